//! Users: creating and changing them. Signing in is in [`super::sign_in`], tokens are in [`super::tokens`].

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::access::{Principal, Role};
use crate::domain::account::{Login, NewUser, Password, User};
use crate::domain::audit::AuditDraft;
use crate::domain::feature::Switch;
use crate::domain::text::Actor;
use crate::server::access::password::HashError;
use crate::server::access::secret::Secret;
use crate::server::state::AppState;
use crate::server::store::{Account, AccountWrite, Change, Write};

/// Why a change of an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Creates a user.
pub async fn create_user(state: &AppState, user: NewUser, by: &Principal) -> Result<(), AccountError> {
    let (account, password) = apart(user);
    let password = state.passwords.hash(password).await?;
    let audit = created(&account);
    Ok(commit(state, &by.actor, AccountWrite::CreateUser { account, password }, audit).await?)
}

/// Creates the first admin, who has the one-time link.
pub async fn set_up(state: &AppState, link: &Secret, admin: NewUser) -> Result<(), AccountError> {
    let not_there = || CommandError::NotFound { what: "set-up link with this token".to_owned() };
    // Before a password is hashed for whoever asks.
    if !state.store.users().await.map_err(CommandError::from)?.is_empty() {
        return Err(not_there().into());
    }
    let (account, password) = apart(admin);
    let password = state.passwords.hash(password).await?;
    let (actor, audit) = (Actor::user(&account.login), created(&account));
    let write = AccountWrite::CreateFirstAdmin { link: link.digest(), account, password };
    Ok(commit(state, &actor, write, audit).await?)
}

/// Gives a user another role. `version` is the one that the change was decided on; the present one when there is none.
pub async fn set_role(
    state: &AppState,
    login: &Login,
    role: Role,
    version: Option<i64>,
    by: &Principal,
) -> Result<(), CommandError> {
    let user = user(state, login).await?;
    let version = version.unwrap_or(user.version);
    let (before, after) = (json!({"role": user.role}), json!({"role": role}));
    let audit = changed(&user, "user.role_set", before, after);
    commit(state, &by.actor, AccountWrite::SetRole { user: user.id, role, version }, audit).await
}

/// Lets a user in, or no more: their sessions end, and their tokens do not work.
pub async fn set_enabled(state: &AppState, login: &Login, enabled: Switch, by: &Principal) -> Result<(), CommandError> {
    let user = user(state, login).await?;
    let action = match enabled {
        Switch::On => "user.enabled",
        Switch::Off => "user.disabled",
    };
    let (before, after) = (json!({"enabled": user.enabled.is_on()}), json!({"enabled": enabled.is_on()}));
    let audit = changed(&user, action, before, after);
    let write = AccountWrite::SetEnabled { user: user.id, enabled, version: user.version };
    commit(state, &by.actor, write, audit).await
}

/// Sets a user's password, which ends their sessions.
pub async fn set_password(
    state: &AppState,
    login: &Login,
    password: Password,
    by: &Principal,
) -> Result<(), AccountError> {
    let user = user(state, login).await?;
    let password = state.passwords.hash(password).await?;
    let audit = changed(&user, "user.password_set", Value::Null, Value::Null);
    let write = AccountWrite::SetPassword { user: user.id, password, version: user.version };
    Ok(commit(state, &by.actor, write, audit).await?)
}

/// Makes one change of accounts with its audit event.
pub(super) async fn commit(
    state: &AppState,
    actor: &Actor,
    write: AccountWrite,
    audit: AuditDraft,
) -> Result<(), CommandError> {
    let (action, subject) = (audit.action, audit.subject.clone().unwrap_or_default());
    let change =
        Change { actor: actor.clone(), at: state.clock.now(), writes: vec![Write::Account(write)], audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(action, subject, actor = actor.as_str(), "accounts changed");
    Ok(())
}

/// An audit event of an account or a token.
pub(super) fn event(action: &'static str, subject: String, before: Value, after: Value) -> AuditDraft {
    AuditDraft {
        action,
        migration: None,
        feature: None,
        subject: Some(subject),
        reason: action.replace(['.', '_'], " "),
        before,
        after,
        policy_version: None,
        version: None,
    }
}

async fn user(state: &AppState, login: &Login) -> Result<User, CommandError> {
    let found = state.store.credentials(login).await?.map(|credentials| credentials.user);
    found.ok_or_else(|| CommandError::NotFound { what: format!("user {login}") })
}

fn apart(user: NewUser) -> (Account, Password) {
    let NewUser { login, name, role, password } = user;
    (Account { login, name, role }, password)
}

fn created(account: &Account) -> AuditDraft {
    let after = json!({"login": account.login, "name": account.name, "role": account.role, "enabled": true});
    AuditDraft { version: Some(1), ..event("user.created", format!("user {}", account.login), Value::Null, after) }
}

fn changed(user: &User, action: &'static str, before: Value, after: Value) -> AuditDraft {
    AuditDraft { version: Some(user.version + 1), ..event(action, format!("user {}", user.login), before, after) }
}
