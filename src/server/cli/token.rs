//! `crossfade token`: tokens for programs from the command line, also while a server runs on the same database.

use std::io::Write as _;

use clap::{Args, Subcommand};

use super::user::invalid;
use super::{principal, with_application};
use crate::domain::token::{NewToken, TokenState};
use crate::server::commands::tokens;
use crate::server::config::StoreArgs;
use crate::server::state::AppState;

/// `crossfade token`.
#[derive(Args, Clone, Debug)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum TokenCommand {
    /// Make a token and print it, alone, on standard output; it is not shown again
    Create {
        /// What the token is for
        #[arg(long)]
        name: String,

        /// What it allows, with commas between: `evaluate`, `ingest`, `read`, `operate`, `sign_off`
        #[arg(long, value_name = "SCOPES")]
        scope: Vec<String>,

        /// Days until it works no more; it works until it is revoked when they are not given
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<String>,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// List all tokens
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Revoke a token for good
    Revoke {
        #[arg(long)]
        name: String,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Does what `args` say.
pub async fn run(args: TokenArgs) -> anyhow::Result<()> {
    match args.command {
        TokenCommand::Create { name, scope, expires_in_days, store } => {
            let days = expires_in_days.unwrap_or_default();
            let token = NewToken::parse(&name, &scope.join(","), &days).map_err(|errors| invalid(&errors))?;
            with_application(&store, async |state| {
                let secret = tokens::create(state, token, &principal()).await?;
                writeln!(std::io::stdout(), "{}", secret.expose())?;
                Ok(())
            })
            .await
        }
        TokenCommand::List { store } => with_application(&store, list).await,
        TokenCommand::Revoke { name, store } => {
            with_application(&store, async |state| Ok(tokens::revoke_named(state, &name, &principal()).await?)).await
        }
    }
}

async fn list(state: &AppState) -> anyhow::Result<()> {
    let now = state.clock.now();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<30} {:<14} {:<20} {:<36} NAME", "STATE", "OWNER", "LAST USED", "SCOPES")?;
    for token in tokens::list(state, &principal()).await? {
        let token_state = match (token.state(now), token.expires_at) {
            (TokenState::Works, None) => "works".to_owned(),
            (TokenState::Works, Some(end)) => format!("works until {}", end.format("%F %R")),
            (TokenState::Revoked, _) => "revoked".to_owned(),
            (TokenState::Expired, _) => "expired".to_owned(),
            (TokenState::OwnerDisabled, _) => "owner disabled".to_owned(),
        };
        let used = token.last_used_at.map_or_else(|| "never".to_owned(), |at| at.format("%F %R").to_string());
        let (owner, scopes) = (token.owner.actor(), token.scopes.to_string());
        writeln!(out, "{token_state:<30} {:<14} {used:<20} {scopes:<36} {}", owner.as_str(), token.name)?;
    }
    Ok(())
}
