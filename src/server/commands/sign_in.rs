//! Signing in and out, the own password, and the link for the first admin.

use std::net::IpAddr;

use chrono::TimeDelta;

use super::CommandError;
use super::accounts::{self, AccountError};
use crate::domain::access::Principal;
use crate::domain::account::{Login, Password, User};
use crate::server::access::password::HashError;
use crate::server::access::secret::Secret;
use crate::server::state::AppState;
use crate::server::store::{LoginAttempt, LoginGate, SecretDigest, StoreError};

/// How long the link for the first admin may be used.
pub const SETUP_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Which of the two is not told.
    #[error("the login or the password is wrong")]
    WrongPassword,
    #[error("too many attempts have failed; {seconds} s to wait")]
    TooManyAttempts { seconds: i64 },
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Begins a session for whoever knows the password, with a secret of its own.
pub async fn log_in(
    state: &AppState,
    login: &str,
    password: &str,
    from: Option<IpAddr>,
) -> Result<Secret, SignInError> {
    let user = check_password(state, login.trim(), password, from).await?;
    tracing::info!(login = %user.login, "signed in");
    Ok(start_session(state, &user).await?)
}

/// Begins a session for a user who was just created.
pub async fn begin_session(state: &AppState, login: &Login) -> Result<Secret, SignInError> {
    let found = state.store.credentials(login).await?;
    let user = found.map(|credentials| credentials.user).ok_or(SignInError::WrongPassword)?;
    Ok(start_session(state, &user).await?)
}

/// Ends the session that `secret` is of.
pub async fn log_out(state: &AppState, secret: &str) -> Result<(), StoreError> {
    state.store.end_session(&SecretDigest::of(secret)).await
}

/// Sets the password of the person themselves, who must know the present one. All their sessions end; the new one is for
/// whoever changed it.
pub async fn change_password(
    state: &AppState,
    login: &Login,
    current: &str,
    new: Password,
    from: Option<IpAddr>,
) -> Result<Secret, SignInError> {
    let user = check_password(state, login.as_str(), current, from).await?;
    accounts::set_password(state, login, new, &Principal::user(&user)).await?;
    Ok(start_session(state, &user).await?)
}

/// Makes the link for the first admin, in place of an earlier one; `None` when there are users.
pub async fn make_setup_link(state: &AppState) -> Result<Option<Secret>, StoreError> {
    if !state.store.users().await?.is_empty() {
        return Ok(None);
    }
    let secret = Secret::new();
    state.store.put_setup_link(&secret.digest(), state.clock.now() + SETUP_LIFETIME).await?;
    Ok(Some(secret))
}

async fn check_password(
    state: &AppState,
    login: &str,
    password: &str,
    from: Option<IpAddr>,
) -> Result<User, SignInError> {
    let now = state.clock.now();
    let attempt = LoginAttempt {
        account: SecretDigest::of(&format!("account {login}")),
        address: from.map(|address| SecretDigest::of(&format!("address {address}"))),
    };
    if let LoginGate::ClosedUntil(moment) = state.store.begin_login(&attempt, now).await? {
        let seconds = (moment - now).num_milliseconds().div_euclid(1_000) + 1;
        tracing::warn!(seconds, "an attempt to sign in was turned away");
        return Err(SignInError::TooManyAttempts { seconds });
    }
    let credentials = match Login::parse(login) {
        Ok(login) => state.store.credentials(&login).await?,
        Err(_) => None,
    };
    let hash = credentials.as_ref().map(|credentials| credentials.password.clone());
    // Turned away in a flood it still counts: otherwise a flood would be the way to forget failures.
    let is_right = state.passwords.verify(password, hash).await?;
    match credentials {
        Some(credentials) if is_right && credentials.user.enabled.is_on() => {
            state.store.forgive_login(&attempt).await?;
            Ok(credentials.user)
        }
        _ => {
            tracing::warn!("an attempt to sign in failed");
            Err(SignInError::WrongPassword)
        }
    }
}

async fn start_session(state: &AppState, user: &User) -> Result<Secret, StoreError> {
    let secret = Secret::new();
    state.store.start_session(&secret.digest(), user.id, state.clock.now()).await?;
    Ok(secret)
}

impl From<CommandError> for SignInError {
    fn from(error: CommandError) -> Self {
        Self::Account(error.into())
    }
}
