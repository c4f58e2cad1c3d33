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

mod site;

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

use site::{Copies, Site, Sizes, files_under};

/// The name that the page asks for: `[package.metadata.leptos] output-name`, and `LEPTOS_OUTPUT_NAME` of the server.
const NAME: &str = "crossfade";
const STYLE: &str = "style/main.css";
const PUBLIC: &str = "public";

const USAGE: &str = "usage: bundle [--plain] [--max-brotli-kib N] CLIENT.wasm SITE";

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let client = fs::read(&options.client).with_context(|| {
        let client = options.client.display();
        format!("could not read {client}, which `scripts/cargo-front build` makes")
    })?;
    fs::create_dir_all(&options.site).with_context(|| format!("could not create {}", options.site.display()))?;

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

    let sizes = site.sizes(format!("pkg/{NAME}.wasm"))?;
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
    // Of this process alone: another may be bundling for the same folder.
    let scratch = site.root().with_extension(format!("bindgen-{}", std::process::id()));
    let added = generate(client, &scratch).and_then(|()| add_generated(site, &scratch));
    let removed = fs::remove_dir_all(&scratch).with_context(|| format!("could not remove {}", scratch.display()));
    added.and(removed)
}

fn generate(client: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    Bindgen::new()
        .input_path(client)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The page always says where the program is, so the script need not guess.
        .omit_default_module_path(true)
        .out_name(NAME)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not read {}", client.display()))
}

fn add_generated(site: &mut Site, folder: &Path) -> Result<()> {
    for file in files_under(folder)? {
        let mut name = file.strip_prefix(folder)?.to_owned();
        if name == Path::new(&format!("{NAME}_bg.wasm")) {
            name = PathBuf::from(format!("{NAME}.wasm"));
        }
        let bytes = fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
        site.put_client(&Path::new("pkg").join(name), &bytes)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the sizes are what a person runs this for")]
fn report(site: &Site) -> Result<()> {
    for file in site.files() {
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

/// Tells one build of the client from another. Nobody gains by a collision, so a fast hash is enough.
fn fingerprint(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}", hasher.finish())
}
