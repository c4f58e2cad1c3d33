//! The command line: what there is to say, and which part of the program hears it.

pub mod audit;
pub mod db;
pub mod drive;
pub mod evidence;
pub mod files;
pub mod import;
mod output;
pub mod rollback;
pub mod runbook;
pub mod token;
pub mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::config::{LogFormat, ServeArgs, StoreArgs};
use super::startup::Application;
use super::state::AppState;
use super::{startup, telemetry};
use crate::domain::access::Principal;

/// Moves live traffic from a legacy implementation to its replacement, with proof at every step.
#[derive(Debug, Parser)]
#[command(name = "crossfade", version, about, long_about = None, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// What to log: a level, or levels by module as in `info,crossfade=debug`
    #[arg(long, global = true, display_order = 900, env = "CROSSFADE_LOG", value_name = "FILTER")]
    log: Option<String>,

    /// How log lines look
    #[arg(long, global = true, display_order = 901, env = "CROSSFADE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the panel and the API
    Serve(ServeArgs),
    /// Take in history: observations and comparisons as NDJSON, optionally gzip
    Import(import::ImportArgs),
    /// Manage users
    User(user::UserArgs),
    /// Manage tokens for programs
    Token(token::TokenArgs),
    /// Take traffic back
    Rollback(rollback::RollbackArgs),
    /// Check the audit chain, or write it down
    Audit(audit::AuditArgs),
    /// Make evidence packs, and check them
    Evidence(evidence::EvidenceArgs),
    /// Look after the database: its schema, where that has drifted, copies and backups
    Db(db::DbArgs),
    /// Bring the sides of the file service in step, and check them
    Files(files::FilesCommandArgs),
    /// Give a migration its checklist
    Runbook(runbook::RunbookArgs),
    /// Make traffic of files to be thrown away, with faults if wanted, for a Crossfade that runs
    Drive(drive::DriveArgs),
}

impl Command {
    /// What is logged when nobody says; `None` for what is usual.
    const fn usual_log(&self) -> Option<&'static str> {
        match self {
            // Its files suffer the faults that are asked for, and nobody wants to read of each.
            Self::Drive(_) => Some("warn,crossfade::server::files=off"),
            _ => None,
        }
    }
}

/// Does what the command line says, and gives the code to end with.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    telemetry::start(cli.log.as_deref().or(cli.command.usual_log()), cli.log_format)?;
    match cli.command {
        Command::Serve(args) => startup::serve(args).await?,
        Command::Import(args) => import::run(args).await?,
        Command::User(args) => user::run(args).await?,
        Command::Token(args) => token::run(args).await?,
        Command::Rollback(args) => rollback::run(args).await?,
        Command::Audit(args) => return audit::run(args).await,
        Command::Evidence(args) => return evidence::run(args).await,
        Command::Db(args) => return db::run(args).await,
        Command::Files(args) => return files::run(args).await,
        Command::Runbook(args) => runbook::run(args).await?,
        Command::Drive(args) => drive::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever runs the program, as the system calls them.
fn principal() -> Principal {
    Principal::cli(&std::env::var("USER").unwrap_or_default())
}

/// Does `work` on the data that `store` names, and closes it whatever came of it.
async fn with_application(
    store: &StoreArgs,
    work: impl AsyncFnOnce(&AppState) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let application = Application::start(store).await?;
    let result = work(&application.state).await;
    application.stop().await;
    result
}
