//! `crossfade evidence`: makes evidence packs from the database, and checks them without one.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::output::write_to;
use super::with_application;
use crate::domain::evidence_pack::{Outcome, PackVerdict, verify};
use crate::domain::feature_key::FeatureKey;
use crate::domain::sign_off::SignOffId;
use crate::server::config::StoreArgs;
use crate::server::evidence_pack::{Wanted, export, read_archive};

/// The largest archive that is read.
const MAX_ARCHIVE_BYTES: u64 = 512 << 20;

/// What is no pack.
const NO_PACK: u8 = 2;

/// `crossfade evidence`.
#[derive(Args, Clone, Debug)]
pub struct EvidenceArgs {
    #[command(subcommand)]
    command: EvidenceCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum EvidenceCommand {
    /// Check an evidence pack; needs no database. Ends with 0 when it is confirmed, 1 when something in it is
    /// contradicted, 2 when it is no pack
    Verify {
        /// The pack
        file: PathBuf,
    },
    /// Write the evidence pack of a feature's gate
    Export {
        /// The feature's key
        #[arg(long)]
        feature: FeatureKey,

        /// The gate as the reviewer of this sign-off saw it, in place of the gate as it is now
        #[arg(long, value_name = "ID", conflicts_with = "change")]
        sign_off: Option<String>,

        /// The gate as it was frozen with the rollout change of this number
        #[arg(long, value_name = "NUMBER")]
        change: Option<i64>,

        /// Where to write it, `-` for standard output. Default: the name that the server gives it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say.
pub async fn run(args: EvidenceArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        EvidenceCommand::Verify { file } => check(&file),
        EvidenceCommand::Export { feature, sign_off, change, out, store } => {
            let wanted = match (sign_off, change) {
                (Some(id), _) => Wanted::SignOff(SignOffId(id)),
                (None, Some(number)) => Wanted::Change(number),
                (None, None) => Wanted::Now,
            };
            with_application(&store, async |state| {
                let (name, bytes) = export(state, &feature, &wanted).await?;
                let out = out.unwrap_or_else(|| PathBuf::from(name));
                write_to(&out, &bytes)?;
                if out != Path::new("-") {
                    writeln!(std::io::stdout(), "{}", out.display())?;
                }
                Ok(())
            })
            .await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(path: &Path) -> anyhow::Result<ExitCode> {
    let verdict = match read(path) {
        Ok(verdict) => verdict,
        Err(error) => {
            writeln!(std::io::stderr(), "Error: {} is no evidence pack: {error:#}", path.display())?;
            return Ok(ExitCode::from(NO_PACK));
        }
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "This is {}.", plain(&verdict.subject))?;
    for check in &verdict.checks {
        writeln!(out, "{:<13} {}: {}", check.outcome.in_words(), check.about, plain(&check.found))?;
    }
    let (word, code) = if verdict.is_confirmed() {
        ("confirmed", ExitCode::SUCCESS)
    } else {
        (Outcome::Contradicted.in_words(), ExitCode::FAILURE)
    };
    writeln!(out, "{word}")?;
    Ok(code)
}

fn read(path: &Path) -> anyhow::Result<PackVerdict> {
    let file = std::fs::File::open(path).context("it cannot be opened")?;
    let mut bytes = Vec::new();
    file.take(MAX_ARCHIVE_BYTES + 1).read_to_end(&mut bytes).context("it cannot be read")?;
    anyhow::ensure!(bytes.len() as u64 <= MAX_ARCHIVE_BYTES, "it is larger than {} MiB", MAX_ARCHIVE_BYTES >> 20);
    Ok(verify(&read_archive(&bytes)?)?)
}

/// Words from a file, on one line and harmless to a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
