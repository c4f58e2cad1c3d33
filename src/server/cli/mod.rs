//! The command line: what there is to say, and which part of the program hears it.

pub mod import;

use clap::{Parser, Subcommand};

use super::config::{LogFormat, ServeArgs};
use super::{startup, telemetry};

/// Moves live traffic from a legacy implementation to its replacement, with proof at every step.
#[derive(Debug, Parser)]
#[command(name = "crossfade", version, about, long_about = None, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// What to log: a level, or levels by module as in `info,crossfade=debug`
    #[arg(long, global = true, env = "CROSSFADE_LOG", value_name = "FILTER")]
    log: Option<String>,

    /// How log lines look
    #[arg(long, global = true, env = "CROSSFADE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the panel and the API
    Serve(ServeArgs),
    /// Take in history: observations and comparisons as NDJSON, optionally gzip
    Import(import::ImportArgs),
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    telemetry::start(cli.log.as_deref(), cli.log_format)?;
    match cli.command {
        Command::Serve(args) => startup::serve(args).await,
        Command::Import(args) => import::run(args).await,
    }
}
