//! `crossfade files`: a backfill and a check from the command line, also while a server runs on the same data.

mod check;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::domain::backfill::{Backfill, BackfillState};
use crate::domain::consistency::check::CheckMode;
use crate::domain::feature_key::FeatureKey;
use crate::server::config::{FilesArgs, StoreArgs};
use crate::server::startup::Application;
use crate::server::state::AppState;

/// `crossfade files`.
#[derive(Args, Clone, Debug)]
pub struct FilesCommandArgs {
    #[command(subcommand)]
    command: FilesCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum FilesCommand {
    /// Copy and check what only legacy has; what lies there without a record is given one first
    Backfill {
        /// The feature that files without a record are to be of
        #[arg(long, value_name = "KEY")]
        feature: FeatureKey,

        #[command(flatten)]
        store: StoreArgs,

        #[command(flatten)]
        files: FilesArgs,
    },
    /// Check every file against its record on both sides, and print what is open. Ends with 1 when anything is
    Check {
        /// Read nothing: only what is there, and its size. Such a check does not count for a gate
        #[arg(long)]
        quick: bool,

        #[command(flatten)]
        store: StoreArgs,

        #[command(flatten)]
        files: FilesArgs,
    },
}

/// Does what `args` say; the code tells whether every file was copied, or is as it should be.
pub async fn run(args: FilesCommandArgs) -> anyhow::Result<ExitCode> {
    let (FilesCommand::Backfill { store, files, .. } | FilesCommand::Check { store, files, .. }) = &args.command;
    let application = Application::start(store).await?.with_files_of(files, &store.data_dir)?;
    same_places(&application.state).await?;
    let done = match &args.command {
        FilesCommand::Backfill { feature, .. } => backfill(&application.state, feature).await,
        FilesCommand::Check { quick, files, .. } => {
            let mode = if *quick { CheckMode::Quick } else { CheckMode::Full };
            check::check(&application.state, mode, files.check_settings()).await
        }
    };
    application.stop().await;
    done
}

/// Refuses to work on other files than the instances that run on this database: all of theirs would seem to be missing.
async fn same_places(state: &AppState) -> anyhow::Result<()> {
    let Some(files) = &state.files else { anyhow::bail!("the file service is not set up") };
    let ours = files.places().await?;
    for instance in state.store.instances().await? {
        if let Some(theirs) = instance.files.filter(|theirs| *theirs != ours) {
            anyhow::bail!(
                "{} keeps files elsewhere ({theirs}) than this command would look for them ({ours}); give it the same \
                 --data-dir, --files-legacy and --files-unified",
                instance.name
            );
        }
    }
    Ok(())
}

async fn backfill(state: &AppState, feature: &FeatureKey) -> anyhow::Result<ExitCode> {
    let Some(files) = &state.files else { anyhow::bail!("the file service is not set up") };
    let mut progress = files.begin_backfill(feature).await?;
    while let Some(further) = files.step_backfill(feature).await? {
        progress = further;
        match progress.state {
            BackfillState::Adopting | BackfillState::Copying => say(&progress)?,
            BackfillState::Waiting => {
                anyhow::bail!("the candidate is switched off; the backfill goes on when it is on")
            }
            BackfillState::Complete => break,
            BackfillState::Stopped => {
                anyhow::bail!("the backfill stopped: {}", progress.last_error.unwrap_or_default())
            }
        }
    }
    say(&progress)?;
    Ok(if progress.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn say(progress: &Backfill) -> std::io::Result<()> {
    let Backfill { adopted, copied, copied_bytes, failed, .. } = progress;
    writeln!(std::io::stdout(), "{adopted} given a record, {copied} copied ({copied_bytes} bytes), {failed} failed")
}
