//! Accounts and tokens as the panel shows them: never a password, and the text of a token exactly once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::access::{Permission, Principal, Role};
use crate::domain::account::User;
use crate::domain::token::{ApiToken, Owner, TokenState};

/// Whether there is anybody to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorView {
    /// Without users there is only the set-up link that the server printed when it started.
    pub has_users: bool,
}

/// Whoever is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub login: String,
    pub name: String,
    pub role: Role,
    /// What they may do, for the panel to offer no more than that.
    pub permissions: Vec<Permission>,
}

impl SessionView {
    /// `user`, who is signed in.
    pub fn new(user: &User) -> Self {
        Self {
            login: user.login.to_string(),
            name: user.name.to_string(),
            role: user.role,
            permissions: Permission::ALL.into_iter().filter(|it| user.role.may(*it)).collect(),
        }
    }

    /// Whether they may do that.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }
}

/// One user in the list of users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    pub login: String,
    pub name: String,
    pub role: Role,
    pub enabled: bool,
    pub created_at: DateTime<Utc>,
    /// Goes back with a change of the role.
    pub version: i64,
    /// Whether it is the one who looks.
    pub is_self: bool,
}

impl UserView {
    /// `user` as `by` sees them.
    pub fn new(user: &User, by: &Principal) -> Self {
        Self {
            login: user.login.to_string(),
            name: user.name.to_string(),
            role: user.role,
            enabled: user.enabled.is_on(),
            created_at: user.created_at,
            version: user.version,
            is_self: by.user_id() == Some(user.id),
        }
    }
}

/// All users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersView {
    pub users: Vec<UserView>,
}

/// Whether a token works, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenStateView {
    Works,
    Revoked,
    Expired,
    OwnerDisabled,
}

/// One token in the list of tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    pub id: i64,
    pub name: String,
    /// `ingest`, `read` …
    pub scopes: Vec<String>,
    /// `user:ada` or `cli:root`.
    pub owner: String,
    /// Whether it is of the one who looks.
    pub is_own: bool,
    pub state: TokenStateView,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
}

impl TokenView {
    /// `token` as `by` sees it at `now`.
    pub fn new(token: &ApiToken, by: &Principal, now: DateTime<Utc>) -> Self {
        let state = match token.state(now) {
            TokenState::Works => TokenStateView::Works,
            TokenState::Revoked => TokenStateView::Revoked,
            TokenState::Expired => TokenStateView::Expired,
            TokenState::OwnerDisabled => TokenStateView::OwnerDisabled,
        };
        Self {
            id: token.id.0,
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            owner: token.owner.actor().as_str().to_owned(),
            is_own: matches!(&token.owner, Owner::User(user) if by.user_id() == Some(user.id)),
            state,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

/// The tokens that somebody may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensView {
    pub tokens: Vec<TokenView>,
    /// The scopes that a new token of theirs may have.
    pub grantable: Vec<String>,
    /// The token that was just made by a form without JavaScript: shown here, and never again.
    pub created: Option<CreatedToken>,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedToken {
    /// The token itself, to be copied.
    pub token: String,
}
