//! `crossfade rollback`: takes traffic back from the command line, with the same command as the panel, also while a server
//! runs on the same database.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::{principal, with_application};
use crate::domain::feature_key::MigrationSlug;
use crate::server::commands::CommandError;
use crate::server::commands::rollback::{Outcome, emergency};
use crate::server::config::StoreArgs;
use crate::server::orders;
use crate::server::state::AppState;
use crate::views::rollback::RollbackView;

/// `crossfade rollback`.
#[derive(Args, Clone, Debug)]
pub struct RollbackArgs {
    #[command(subcommand)]
    command: RollbackCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum RollbackCommand {
    /// Candidate off, fallback on, every percentage 0: of one migration, or of everything
    Emergency {
        /// Only this migration; everything when it is not given
        #[arg(long, value_name = "SLUG")]
        migration: Option<MigrationSlug>,

        /// Why, for the record
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,

        /// Do it without asking
        #[arg(long)]
        yes: bool,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say.
pub async fn run(args: RollbackArgs) -> anyhow::Result<()> {
    let RollbackCommand::Emergency { migration, reason, yes, store } = args.command;
    let scope = migration.as_ref().map_or_else(|| "everything".to_owned(), |slug| format!("everything in {slug}"));
    if !yes {
        ask(&format!("Take back {scope}: candidate off, fallback on, every percentage 0? Type yes: "))?;
    }
    with_application(&store, async |state| take_back(state, migration.as_ref(), &reason).await).await
}

async fn take_back(state: &AppState, migration: Option<&MigrationSlug>, reason: &str) -> anyhow::Result<()> {
    let order = orders::rollback(reason, &principal()).map_err(in_words)?;
    let outcome = emergency(state, migration, &order).await.map_err(in_words)?;
    let view = RollbackView::new(outcome.rollback(), None, state.clock.now());
    let mut out = std::io::stdout().lock();
    match outcome {
        Outcome::Made(_) => writeln!(out, "took back {}: rollback {}", view.scope_in_words(), view.id)?,
        Outcome::AlreadySo(_) => {
            writeln!(out, "nothing to take back: {} is so since rollback {}", view.scope_in_words(), view.id)?;
            return Ok(());
        }
    }
    writeln!(out, "candidate off, fallback to legacy on")?;
    for covered in &view.covered {
        writeln!(out, "{}: {} → {}", covered.feature, covered.from, view.target)?;
    }
    Ok(())
}

fn ask(question: &str) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask on; say --yes to do it without asking");
    }
    let mut out = std::io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was done");
    }
    Ok(())
}

/// What stands in the way, all of it on one line.
fn in_words(error: CommandError) -> anyhow::Error {
    match error {
        CommandError::Invalid(errors) => super::user::invalid(&errors),
        CommandError::Refused(refusals) => {
            let refusals: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("{}", refusals.join("; "))
        }
        other => other.into(),
    }
}
