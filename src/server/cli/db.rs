//! `crossfade db`: the database as a whole. Most of it also while a server runs on it.

mod copies;
mod tell;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::domain::schema::steps::{StepState, steps};
use crate::server::config::{Database, StoreArgs, parse_database};
use crate::server::store::postgres;
use crate::server::store::schema::audit::{BaselineError, Shape, audit, baseline, status};
use crate::server::store::schema::transfer::Start;
use crate::server::store::schema::{Base, Missing, Present, apply};

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
    /// Try the migrations that wait on a copy of the database with its rows. Ends with 1 when what they make differs
    Branch {
        /// Keep the copy: a file, or a database of the same server. Default: it is removed
        #[arg(long, value_name = "NAME")]
        keep: Option<String>,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Back the database up as it is at this moment, into a new file that tells whether it is whole
    Backup {
        /// The file, an SQLite database whatever the database is
        #[arg(long, value_name = "FILE")]
        out: PathBuf,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Verify a backup and put it in the place of the database, all at once. No server may run on it
    Restore {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Put it in the place of the database that is there
        #[arg(long)]
        replace: bool,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Copy everything to another database, verify it, and put it in place. The source takes no writes meanwhile; what was
    /// interrupted goes on where it was
    Move {
        /// The database that is copied: `sqlite:FILE` or `postgres://…`
        #[arg(long, value_name = "URL", value_parser = parse_database)]
        from: Database,

        /// The database that it is copied to, which is empty
        #[arg(long, value_name = "URL", value_parser = parse_database)]
        to: Database,

        /// Forget what an earlier run copied
        #[arg(long)]
        restart: bool,

        /// Stop after that many rows, as if it were interrupted
        #[arg(long, value_name = "ROWS", hide = true)]
        stop_after: Option<u64>,
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
        DbCommand::Branch { keep, store } => copies::branch(&store.database(), keep.as_deref()).await,
        DbCommand::Backup { out, store } => copies::backup(&store.database(), &out).await,
        DbCommand::Restore { file, replace, store } => {
            let present = if replace { Present::Replaced } else { Present::Kept };
            let database = store.database();
            make_folder(&database)?;
            copies::restore(&database, &file, present).await
        }
        DbCommand::Move { from, to, restart, stop_after } => {
            make_folder(&to)?;
            let start = if restart { Start::Anew } else { Start::Resumed };
            copies::transfer(&from, &to, start, stop_after).await
        }
    }
}

/// Makes the folder that a database in a file is to be in.
fn make_folder(database: &Database) -> anyhow::Result<()> {
    let Database::Sqlite(file) = database else { return Ok(()) };
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))
}

async fn migrate(store: &StoreArgs) -> anyhow::Result<ExitCode> {
    let database = store.database();
    make_folder(&database)?;
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
    Base::open(database, missing).await.with_context(|| format!("could not open the database {}", named(database)))
}

/// Which database it is, for people.
fn named(database: &Database) -> String {
    match database {
        Database::Sqlite(file) => file.display().to_string(),
        Database::Postgres(url) => postgres::named(url.expose()),
    }
}
