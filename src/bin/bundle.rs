//! Turns the compiled client into what the browser loads.
//!
//! ```text
//! bundle [--plain] [--max-brotli-kib N] CLIENT.wasm SITE
//! ```
//!
//! Into the folder `SITE` it puts `pkg/crossfade.js` and `pkg/crossfade.wasm` (made from `CLIENT.wasm` by wasm-bindgen),
//! `pkg/crossfade.css` (`style/main.css`) and everything in `public/`. Beside each text and program it puts a brotli and a
//! gzip copy, made once here at the best ratio so that no request pays for it; `--plain` leaves these out, for a quick
//! turn in development. With `--max-brotli-kib` it fails when the client is larger than that on the wire.
//!
//! What has not changed is not written, and what an earlier run wrote and this one does not is deleted. Files that it
//! never wrote are left alone.
//!
//! It links the same version of wasm-bindgen as the client does, because both follow `Cargo.lock`: an installed
//! `wasm-bindgen` program would have to be kept equal by hand. It does not compile anything, shrink with wasm-opt (smaller
//! raw, larger compressed) or name files after their content.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use wasm_bindgen_cli_support::Bindgen;

/// The name that the page asks for: `[package.metadata.leptos] output-name`, and `LEPTOS_OUTPUT_NAME` of the server.
const NAME: &str = "crossfade";
const STYLE: &str = "style/main.css";
const PUBLIC: &str = "public";

const USAGE: &str = "usage: bundle [--plain] [--max-brotli-kib N] CLIENT.wasm SITE";

/// What compresses; images and fonts are compressed already.
const COMPRESSED: [&str; 7] = ["css", "js", "json", "svg", "txt", "wasm", "webmanifest"];

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let client = fs::read(&options.client).with_context(|| {
        let client = options.client.display();
        format!("could not read {client}, which `scripts/cargo-front build` makes")
    })?;
    fs::create_dir_all(&options.site)
        .with_context(|| format!("could not create {}", options.site.display()))?;

    let mut site = Site::open(&options.site, options.copies, fingerprint(&client))?;
    if site.is_current() {
        site.keep_client();
    } else {
        add_client(&mut site, &options.client)?;
    }
    let style = fs::read(STYLE).with_context(|| format!("could not read {STYLE}"))?;
    site.put(&PathBuf::from(format!("pkg/{NAME}.css")), &style)?;
    for file in files_under(Path::new(PUBLIC))? {
        let bytes = fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
        site.put(file.strip_prefix(PUBLIC)?, &bytes)?;
    }
    site.finish()?;

    let sizes = site.sizes(&format!("pkg/{NAME}.wasm"))?;
    report(&site)?;
    if let Some(limit_kib) = options.max_brotli_kib {
        let brotli = sizes.brotli.context("--max-brotli-kib has nothing to measure with --plain")?;
        ensure!(
            brotli <= limit_kib * 1024,
            "the client is {} compressed with brotli, more than the {limit_kib} KiB that it may be",
            kib(brotli),
        );
    }
    Ok(())
}

struct Options {
    client: PathBuf,
    site: PathBuf,
    copies: Copies,
    max_brotli_kib: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    Compressed,
    Plain,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut copies = Copies::Compressed;
        let mut max_brotli_kib = None;
        let mut paths = Vec::new();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--plain" => copies = Copies::Plain,
                "--max-brotli-kib" => {
                    let value = args.next().with_context(|| format!("{arg} needs a number; {USAGE}"))?;
                    let value = value.parse().with_context(|| format!("{arg} {value} is not a number; {USAGE}"))?;
                    max_brotli_kib = Some(value);
                }
                _ if arg.starts_with('-') => bail!("unknown option {arg}; {USAGE}"),
                _ => paths.push(PathBuf::from(arg)),
            }
        }
        let Ok([client, site]) = <[PathBuf; 2]>::try_from(paths) else {
            bail!("{USAGE}");
        };
        Ok(Self { client, site, copies, max_brotli_kib })
    }
}

/// Runs wasm-bindgen and puts what it makes under `pkg/`, snippets of JavaScript from dependencies included.
fn add_client(site: &mut Site, client: &Path) -> Result<()> {
    let scratch = site.root.with_extension("bindgen");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("could not remove {}", scratch.display()))?;
    }
    Bindgen::new()
        .input_path(client)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page always says where the program is, so the script need not guess.
        .omit_default_module_path(true)
        .out_name(NAME)
        .generate(&scratch)
        .with_context(|| format!("wasm-bindgen could not read {}", client.display()))?;

    for file in files_under(&scratch)? {
        let mut name = file.strip_prefix(&scratch)?.to_owned();
        if name == Path::new(&format!("{NAME}_bg.wasm")) {
            name = PathBuf::from(format!("{NAME}.wasm"));
        }
        let bytes = fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
        site.put_client(&Path::new("pkg").join(name), &bytes)?;
    }
    fs::remove_dir_all(&scratch).with_context(|| format!("could not remove {}", scratch.display()))
}

/// The folder being filled, and the record beside it of what was put there and from which client.
struct Site {
    root: PathBuf,
    record: PathBuf,
    copies: Copies,
    fingerprint: String,
    before: Record,
    now: Record,
}

#[derive(Default)]
struct Record {
    fingerprint: String,
    /// What wasm-bindgen made.
    client: BTreeSet<PathBuf>,
    /// The style and `public/`.
    others: BTreeSet<PathBuf>,
}

impl Site {
    fn open(root: &Path, copies: Copies, fingerprint: String) -> Result<Self> {
        let record = root.with_extension("bundled");
        let before = match fs::read_to_string(&record) {
            Ok(text) if newer_than_this_program(&record)? => Record::parse(&text),
            // Made by another build of this program, which may have made it differently: its files are still known.
            Ok(text) => Record { fingerprint: String::new(), ..Record::parse(&text) },
            Err(_) => Record::default(),
        };
        let now = Record { fingerprint: fingerprint.clone(), ..Record::default() };
        Ok(Self { root: root.to_owned(), record, copies, fingerprint, before, now })
    }

    /// Whether the client in the folder was made from this very file.
    fn is_current(&self) -> bool {
        self.before.fingerprint == self.fingerprint
            && !self.before.client.is_empty()
            && self.before.client.iter().all(|file| self.copies_are_there(file))
    }

    fn copies_are_there(&self, file: &Path) -> bool {
        let path = self.root.join(file);
        let copied = with_suffix(&path, ".br").exists() && with_suffix(&path, ".gz").exists();
        path.exists() && (copied == self.is_compressed(file))
    }

    fn is_compressed(&self, file: &Path) -> bool {
        let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
        self.copies == Copies::Compressed && COMPRESSED.contains(&extension)
    }

    fn keep_client(&mut self) {
        self.now.client = self.before.client.clone();
    }

    fn put_client(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        self.now.client.insert(file.to_owned());
        self.write(file, bytes)
    }

    fn put(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        self.now.others.insert(file.to_owned());
        self.write(file, bytes)
    }

    fn write(&self, file: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(file);
        if self.copies_are_there(file) && fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        // Gone before the file changes: when this is interrupted, no copy is left that says something else.
        remove_copies(&path)?;
        write_whole(&path, bytes)?;
        if self.is_compressed(file) {
            let compressed = brotli(bytes).with_context(|| format!("could not compress {}", path.display()))?;
            write_whole(&with_suffix(&path, ".br"), &compressed)?;
            let compressed = gzip(bytes).with_context(|| format!("could not compress {}", path.display()))?;
            write_whole(&with_suffix(&path, ".gz"), &compressed)?;
        }
        Ok(())
    }

    /// Deletes what only the run before wrote, and notes what this one did.
    fn finish(&self) -> Result<()> {
        for file in self.before.files().filter(|&file| !self.now.contains(file)) {
            let path = self.root.join(file);
            remove_copies(&path)?;
            remove(&path)?;
        }
        let text = self.now.to_text();
        // Left alone when nothing changed, unless its age would have this program do the work again.
        if self.before.to_text() != text {
            write_whole(&self.record, text.as_bytes())?;
        }
        Ok(())
    }

    fn sizes(&self, file: impl AsRef<Path>) -> Result<Sizes> {
        let path = self.root.join(file);
        let size = |path: &Path| fs::metadata(path).map(|metadata| metadata.len());
        Ok(Sizes {
            raw: size(&path).with_context(|| format!("could not read {}", path.display()))?,
            brotli: size(&with_suffix(&path, ".br")).ok(),
            gzip: size(&with_suffix(&path, ".gz")).ok(),
        })
    }
}

impl Record {
    fn parse(text: &str) -> Self {
        let mut record = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("from", fingerprint)) => fingerprint.clone_into(&mut record.fingerprint),
                Some(("client", file)) => drop(record.client.insert(file.into())),
                Some(("other", file)) => drop(record.others.insert(file.into())),
                _ => {}
            }
        }
        record
    }

    fn to_text(&self) -> String {
        let mut text = format!("from {}\n", self.fingerprint);
        let client = self.client.iter().map(|file| ("client", file));
        let others = self.others.iter().map(|file| ("other", file));
        for (kind, file) in client.chain(others) {
            text.push_str(&format!("{kind} {}\n", file.display()));
        }
        text
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.client.iter().chain(&self.others)
    }

    fn contains(&self, file: &Path) -> bool {
        self.client.contains(file) || self.others.contains(file)
    }
}

struct Sizes {
    raw: u64,
    brotli: Option<u64>,
    gzip: Option<u64>,
}

#[expect(clippy::print_stdout, reason = "the sizes are what a person runs this for")]
fn report(site: &Site) -> Result<()> {
    for file in site.now.files() {
        let Sizes { raw, brotli, gzip } = site.sizes(file)?;
        let name = file.display().to_string();
        match (brotli, gzip) {
            (Some(brotli), Some(gzip)) => {
                println!("{name:<24} {:>12}  brotli {:>10}  gzip {:>10}", kib(raw), kib(brotli), kib(gzip));
            }
            _ => println!("{name:<24} {:>12}", kib(raw)),
        }
    }
    Ok(())
}

fn kib(bytes: u64) -> String {
    format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024)
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Tells one build of the client from another. Nobody gains by a collision, so a fast hash is enough.
fn fingerprint(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}

fn newer_than_this_program(record: &Path) -> Result<bool> {
    let changed = |path: &Path| -> Result<SystemTime> {
        let metadata = fs::metadata(path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(metadata.modified()?)
    };
    Ok(changed(record)? > changed(&std::env::current_exe()?)?)
}

/// Every file in a folder and the folders in it, sorted; none when there is no such folder. Hidden files are left out.
fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let read = || format!("could not read {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(read)? {
        let entry = entry.with_context(read)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(read)?.is_dir() {
            files.extend(files_under(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// A server may be reading: it sees the old file or the new one, never half of one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || format!("could not write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(write)?;
    }
    let unfinished = with_suffix(path, ".unfinished");
    fs::write(&unfinished, bytes).with_context(write)?;
    fs::rename(&unfinished, path).with_context(write)
}

fn remove_copies(path: &Path) -> Result<()> {
    remove(&with_suffix(path, ".br"))?;
    remove(&with_suffix(path, ".gz"))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}
