//! `crossfade runbook import`: gives a migration its checklist; also while a server runs on the same database.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{principal, with_application};
use crate::server::commands::runbook;
use crate::server::config::StoreArgs;
use crate::server::orders;

/// `crossfade runbook`.
#[derive(Args, Clone, Debug)]
pub struct RunbookArgs {
    #[command(subcommand)]
    command: RunbookCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum RunbookCommand {
    /// Read a checklist in Markdown. What was ticked before stays so
    Import {
        /// The file: headings, and lines like `- [ ] Do it`, within each other where they are indented
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// The migration that goes by it
        #[arg(long, value_name = "SLUG")]
        migration: String,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say.
pub async fn run(args: RunbookArgs) -> anyhow::Result<()> {
    let RunbookCommand::Import { file, migration, store } = args.command;
    let text = std::fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
    with_application(&store, async |state| {
        let slug = orders::slug(&migration)?;
        let progress = runbook::import(state, &slug, None, &text, &principal()).await?;
        writeln!(std::io::stdout(), "{} items, {} done", progress.items, progress.done)?;
        Ok(())
    })
    .await
}
