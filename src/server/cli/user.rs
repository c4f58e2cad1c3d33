//! `crossfade user`: accounts from the command line, with the same commands as the panel, also while a server runs on the
//! same database.

use std::io::{IsTerminal as _, Read as _, Write as _};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::{principal, with_application};
use crate::domain::access::{Principal, Role};
use crate::domain::account::{Login, NewUser, Password};
use crate::domain::feature::Switch;
use crate::domain::field_error::FieldError;
use crate::server::commands::accounts;
use crate::server::config::StoreArgs;
use crate::server::state::AppState;

/// `crossfade user`.
#[derive(Args, Clone, Debug)]
pub struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand, Clone, Debug)]
enum UserCommand {
    /// Create a user
    Create {
        /// Name to sign in with: a to z, 0 to 9, and . _ -
        #[arg(long)]
        login: Login,

        /// What the user may do: viewer, engineer, manager or admin
        #[arg(long)]
        role: Role,

        /// Name for people; the login when it is not given
        #[arg(long, default_value = "")]
        name: String,

        #[command(flatten)]
        password: PasswordArgs,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// List all users
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Give a user another role
    SetRole {
        #[arg(long)]
        login: Login,

        /// What the user may do: viewer, engineer, manager or admin
        #[arg(long)]
        role: Role,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Set a user's password, which ends their sessions
    SetPassword {
        #[arg(long)]
        login: Login,

        #[command(flatten)]
        password: PasswordArgs,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Let a user in no more; their sessions end and their tokens do not work
    Disable {
        #[arg(long)]
        login: Login,

        #[command(flatten)]
        store: StoreArgs,
    },
    /// Let a user in again
    Enable {
        #[arg(long)]
        login: Login,

        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Where a password comes from.
#[derive(Args, Clone, Copy, Debug)]
struct PasswordArgs {
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

/// Does what `args` say.
pub async fn run(args: UserArgs) -> anyhow::Result<()> {
    let by = principal();
    match args.command {
        UserCommand::Create { login, role, name, password, store } => {
            let password = password.read()?;
            let user = NewUser::parse(login.as_str(), &name, role.as_str(), &password).map_err(|it| invalid(&it))?;
            with_application(&store, async |state| {
                accounts::create_user(state, user, &by).await?;
                Ok(())
            })
            .await
        }
        UserCommand::List { store } => with_application(&store, list).await,
        UserCommand::SetRole { login, role, store } => {
            with_application(&store, async |state| Ok(accounts::set_role(state, &login, role, None, &by).await?)).await
        }
        UserCommand::SetPassword { login, password, store } => {
            let password = Password::parse(&password.read()?, login.as_str()).context("the password cannot be set")?;
            with_application(&store, async |state| Ok(accounts::set_password(state, &login, password, &by).await?))
                .await
        }
        UserCommand::Disable { login, store } => set_enabled(&store, &login, Switch::Off, &by).await,
        UserCommand::Enable { login, store } => set_enabled(&store, &login, Switch::On, &by).await,
    }
}

async fn set_enabled(store: &StoreArgs, login: &Login, enabled: Switch, by: &Principal) -> anyhow::Result<()> {
    with_application(store, async |state| Ok(accounts::set_enabled(state, login, enabled, by).await?)).await
}

async fn list(state: &AppState) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:<40} {:<8} {:<8} NAME", "LOGIN", "ROLE", "STATE")?;
    for user in state.store.users().await? {
        let is_enabled = if user.enabled.is_on() { "enabled" } else { "disabled" };
        writeln!(out, "{:<40} {:<8} {is_enabled:<8} {}", user.login.as_str(), user.role.as_str(), user.name)?;
    }
    Ok(())
}

impl PasswordArgs {
    /// From standard input without its last line end, or asked for twice.
    fn read(self) -> anyhow::Result<String> {
        if self.password_stdin {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("could not read the password")?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            return Ok(text.strip_suffix('\r').unwrap_or(text).to_owned());
        }
        if !std::io::stdin().is_terminal() {
            bail!("there is no terminal to ask for the password on; use --password-stdin");
        }
        let password = rpassword::prompt_password("Password: ").context("could not read the password")?;
        if rpassword::prompt_password("Once more: ").context("could not read the password")? != password {
            bail!("the two passwords differ");
        }
        Ok(password)
    }
}

/// What is wrong with which option.
pub(super) fn invalid(errors: &[FieldError]) -> anyhow::Error {
    let errors: Vec<String> =
        errors.iter().map(|error| format!("{} {}", error.pointer.trim_start_matches('/'), error.detail)).collect();
    anyhow::anyhow!("{}", errors.join("; "))
}
