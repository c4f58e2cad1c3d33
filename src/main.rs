//! The `crossfade` program. What it does is in the library; see [`crossfade::server::cli`].

use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<std::process::ExitCode> {
    crossfade::server::cli::run(crossfade::server::cli::Cli::parse()).await
}
