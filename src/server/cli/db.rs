//! `crossfade db`: the database as a whole. Most of it also while a server runs on it.

mod tell;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::domain::schema::steps::{StepState, steps};
use crate::server::config::{Database, StoreArgs};
use crate::server::store::schema::audit::{BaselineError, Shape, audit, baseline, status};
use crate::server::store::schema::{Base, Missing, apply};

/// `crossfade db`.
#[derive(Args, Clone, Debug)]
pub struct DbArgs {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum DbCommand {
    /// Apply the migrations of the schema that wait, as the start of a server does
    Migrate {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List the migrations of the schema, and which of them were applied
    Status {
        /// Print one JSON document
        #[arg(long)]
        json: bool,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Compare what is in the database with what the migrations make, and list what differs. Ends with 1 when anything
    /// does
    Audit {
        /// Print one JSON document
        #[arg(long)]
        json: bool,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Record the migrations as applied to a database that has what they make already, without applying them
    Baseline {
        /// The last migration to record. Default: all of them
        #[arg(long, value_name = "VERSION")]
        to: Option<i64>,

        /// Record them although what is there differs from what they make
        #[arg(long)]
        force: bool,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say; the code tells whether all is as it should be.
pub async fn run(args: DbArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        DbCommand::Migrate { store } => migrate(&store).await,
        DbCommand::Status { json, store } => {
            let mut base = open(&store.database(), Missing::Refused).await?;
            let (files, recorded) = status(&mut base).await?;
            let kind = base.kind();
            base.close().await?;
            tell::status(kind, &steps(&files, &recorded), json)?;
            Ok(ExitCode::SUCCESS)
        }
        DbCommand::Audit { json, store } => {
            let mut base = open(&store.database(), Missing::Refused).await?;
            let found = audit(&mut base).await?;
            base.close().await?;
            tell::audit(&found, json)?;
            Ok(if found.drift.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        DbCommand::Baseline { to, force, store } => {
            let shape = if force { Shape::Believed } else { Shape::Compared };
            let mut base = open(&store.database(), Missing::Refused).await?;
            let recorded = baseline(&mut base, to, shape).await;
            base.close().await?;
            let mut out = std::io::stdout().lock();
            match recorded {
                Ok(files) => {
                    for file in &files {
                        writeln!(out, "recorded {:04} {}", file.version, file.name)?;
                    }
                    writeln!(out, "{} migrations recorded as applied", files.len())?;
                    Ok(ExitCode::SUCCESS)
                }
                Err(BaselineError::Differs(drift)) => {
                    for difference in &drift {
                        writeln!(out, "{difference}")?;
                    }
                    writeln!(out, "nothing was recorded: what is there is not what the files make")?;
                    Ok(ExitCode::FAILURE)
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}

async fn migrate(store: &StoreArgs) -> anyhow::Result<ExitCode> {
    let database = store.database();
    if let Database::Sqlite(file) = &database
        && let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    }
    let mut base = open(&database, Missing::Made).await?;
    let (applied, took) = apply::migrate(&mut base).await?;
    let waits = {
        let (files, recorded) = status(&mut base).await?;
        steps(&files, &recorded).iter().filter(|step| step.state != StepState::Applied).count()
    };
    base.close().await?;
    let mut out = std::io::stdout().lock();
    for file in &applied {
        writeln!(out, "applied {:04} {}", file.version, file.name)?;
    }
    writeln!(out, "{} migrations applied in {} ms", applied.len(), took.as_millis())?;
    Ok(if waits == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(database: &Database, missing: Missing) -> anyhow::Result<Base> {
    Base::open(database, missing).await.context("could not open the database")
}
