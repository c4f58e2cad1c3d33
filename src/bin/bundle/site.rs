//! The folder that the server serves files from: written only where it changed, with compressed copies.
//!
//! It knows nothing of wasm-bindgen; it is told which files exist and what is in them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// What compresses; images and fonts are compressed already.
const COMPRESSED: [&str; 7] = ["css", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// Whether compressed copies are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Copies {
    Compressed,
    Plain,
}

/// The folder being filled, and the record beside it of what was put there and from which client.
pub struct Site {
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
    pub fn open(root: &Path, copies: Copies, fingerprint: String) -> Result<Self> {
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

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file put there by this run, without the compressed copies.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.now.files()
    }

    /// Whether the client in the folder was made from this very file.
    pub fn is_current(&self) -> bool {
        self.before.fingerprint == self.fingerprint
            && !self.before.client.is_empty()
            && self.before.client.iter().all(|file| self.copies_are_there(file))
    }

    fn copies_are_there(&self, file: &Path) -> bool {
        let path = self.root.join(file);
        let wanted = self.is_compressed(file);
        path.exists() && [".br", ".gz"].iter().all(|suffix| with_suffix(&path, suffix).exists() == wanted)
    }

    fn is_compressed(&self, file: &Path) -> bool {
        let extension = file.extension().and_then(OsStr::to_str).unwrap_or_default();
        self.copies == Copies::Compressed && COMPRESSED.contains(&extension)
    }

    pub fn keep_client(&mut self) {
        self.now.client = self.before.client.clone();
    }

    pub fn put_client(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
        self.now.client.insert(file.to_owned());
        self.write(file, bytes)
    }

    pub fn put(&mut self, file: &Path, bytes: &[u8]) -> Result<()> {
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
    pub fn finish(&self) -> Result<()> {
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

    pub fn sizes(&self, file: impl AsRef<Path>) -> Result<Sizes> {
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
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{kind} {}", file.display());
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

/// In bytes.
pub struct Sizes {
    pub raw: u64,
    pub brotli: Option<u64>,
    pub gzip: Option<u64>,
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn newer_than_this_program(record: &Path) -> Result<bool> {
    let changed = |path: &Path| -> Result<SystemTime> {
        let metadata = fs::metadata(path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(metadata.modified()?)
    };
    Ok(changed(record)? > changed(&std::env::current_exe()?)?)
}

/// Every file in a folder and the folders in it, sorted; none when there is no such folder. Hidden files are left out.
pub fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
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
    let unfinished = with_suffix(path, &format!(".unfinished-{}", std::process::id()));
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
