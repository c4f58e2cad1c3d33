//! Tokens: making and revoking them.

use serde_json::{Value, json};

use super::CommandError;
use super::accounts::{commit, event};
use crate::domain::access::{Denied, Permission, Principal};
use crate::domain::scope::Scope;
use crate::domain::token::{ApiToken, NewToken, Owner, TokenId};
use crate::server::access::secret::Secret;
use crate::server::state::AppState;
use crate::server::store::AccountWrite;

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody grants what they do not have.
    #[error("must not hold {}: that is more than you may grant", .0.as_str())]
    TooMuch(Scope),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// Makes a token; its text is given here and never again.
pub async fn create(state: &AppState, new: NewToken, by: &Principal) -> Result<Secret, TokenError> {
    if let Some(scope) = new.scopes.iter().find(|scope| !by.may_grant(*scope)) {
        return Err(TokenError::TooMuch(scope));
    }
    let secret = Secret::new_token();
    let expires_at = new.lifetime.map(|lifetime| state.clock.now() + lifetime);
    let after = json!({"name": new.name, "scopes": new.scopes, "expires_at": expires_at});
    let audit = event("token.created", format!("token {}", new.name), Value::Null, after);
    let write = AccountWrite::CreateToken {
        digest: secret.digest(),
        name: new.name,
        scopes: new.scopes,
        owner: by.user_id(),
        made_by: by.actor.clone(),
        expires_at,
    };
    commit(state, &by.actor, write, audit).await?;
    Ok(secret)
}

/// The tokens that `by` may see, newest first: their own, and for who administers everyone's.
pub async fn list(state: &AppState, by: &Principal) -> Result<Vec<ApiToken>, CommandError> {
    let tokens = state.store.tokens().await?;
    Ok(tokens.into_iter().filter(|token| may_manage(by, token)).collect())
}

/// Revokes a token for good.
pub async fn revoke(state: &AppState, token: TokenId, by: &Principal) -> Result<(), TokenError> {
    let found = list(state, by).await?.into_iter().find(|it| it.id == token);
    // Of other people's tokens nobody learns that they are there.
    let token = found.ok_or_else(|| CommandError::NotFound { what: "token with this number".to_owned() })?;
    Ok(revoke_it(state, &token, by).await?)
}

/// Revokes the token of this name that is not revoked.
pub async fn revoke_named(state: &AppState, name: &str, by: &Principal) -> Result<(), TokenError> {
    let tokens = list(state, by).await?;
    let found = tokens.iter().find(|token| token.name.as_str() == name.trim() && token.revoked_at.is_none());
    let token = found.ok_or_else(|| CommandError::NotFound { what: format!("token {name}") })?;
    Ok(revoke_it(state, token, by).await?)
}

async fn revoke_it(state: &AppState, token: &ApiToken, by: &Principal) -> Result<(), CommandError> {
    if token.revoked_at.is_some() {
        return Ok(());
    }
    let (before, after) = (json!({"revoked": false}), json!({"revoked": true}));
    let audit = event("token.revoked", format!("token {}", token.name), before, after);
    commit(state, &by.actor, AccountWrite::RevokeToken { token: token.id }, audit).await
}

fn may_manage(by: &Principal, token: &ApiToken) -> bool {
    let is_own = match &token.owner {
        Owner::User(user) => by.user_id() == Some(user.id),
        Owner::CommandLine(_) => false,
    };
    is_own || by.may(Permission::Administer)
}
