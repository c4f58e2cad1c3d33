//! Logging. Lines go to standard error; standard output is for answers.

use std::io::IsTerminal;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use super::config::LogFormat;

/// Starts logging what `filter` lets through, `info` when it is not said.
pub fn start(filter: Option<&str>, format: LogFormat) -> anyhow::Result<()> {
    let filter = filter.unwrap_or("info");
    let filter = EnvFilter::try_new(filter).with_context(|| format!("--log cannot be {filter:?}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        // Where a line cannot be written (the disk under the log is full, say), the program goes on without it: the
        // complaint about that would be a panic.
        .log_internal_errors(false);
    match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    }
    .map_err(|error| anyhow::anyhow!(error))
}
