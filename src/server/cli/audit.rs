//! `crossfade audit`: checks the audit chain, and writes it down; also while a server runs on the same database.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use futures::TryStreamExt as _;

use super::with_application;
use crate::server::audit_chain::{self, Verdict};
use crate::server::config::StoreArgs;
use crate::server::state::AppState;
use crate::server::store::{AuditOrder, AuditQuery};

/// `crossfade audit`.
#[derive(Args, Clone, Debug)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum AuditCommand {
    /// Check every event of the audit chain, and its end. Ends with 1 at the first that is not as it was recorded
    Verify {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Write the whole audit chain as NDJSON, oldest event first, as `GET /api/v1/audit` gives it
    Export {
        /// Where to write it. Default: standard output
        #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
        out: PathBuf,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say.
pub async fn run(args: AuditArgs) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    match args.command {
        AuditCommand::Verify { store } => {
            with_application(&store, async |state| {
                let verdict = audit_chain::verify(state).await?;
                let mut out = std::io::stdout().lock();
                match verdict {
                    Verdict::Whole(head) => writeln!(out, "confirmed: {} events, head {}", head.seq, head.hash)?,
                    Verdict::Broken(broken) => {
                        writeln!(out, "contradicted: {broken}")?;
                        code = ExitCode::FAILURE;
                    }
                }
                Ok(())
            })
            .await?;
        }
        AuditCommand::Export { out, store } => {
            with_application(&store, async |state| export(state, &out).await).await?;
        }
    }
    Ok(code)
}

async fn export(state: &AppState, out: &Path) -> anyhow::Result<()> {
    let target: Box<dyn Write> = if out == Path::new("-") {
        Box::new(std::io::stdout())
    } else {
        Box::new(std::fs::File::create(out).with_context(|| format!("could not write {}", out.display()))?)
    };
    let mut target = BufWriter::new(target);
    let all = AuditQuery::any(AuditOrder::OldestFirst, None, 0);
    let mut chunks = pin!(audit_chain::chunks(state.clone(), all));
    while let Some(rows) = chunks.try_next().await? {
        target.write_all(audit_chain::text(&rows).as_bytes())?;
    }
    Ok(target.flush()?)
}
