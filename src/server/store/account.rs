//! What the store is given and gives of accounts: digests of secrets, never the secrets.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::domain::access::Role;
use crate::domain::account::{Login, User, UserId};
use crate::domain::feature::Switch;
use crate::domain::scope::Scopes;
use crate::domain::text::{Actor, Name};
use crate::domain::token::TokenId;

/// The SHA-256 of a secret: of a session, a token or a link. The secret has 256 random bits, so one round is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest of a secret as it is sent.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A password's hash, a text in PHC form. It is not shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// An account without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub login: Login,
    pub name: Name,
    pub role: Role,
}

/// A change of accounts or tokens. Each that names a `version` is refused when the account has another by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountWrite {
    /// A new account, enabled.
    CreateUser { account: Account, password: PasswordHash },
    /// The first account, for whoever has the link: refused when there are accounts or the link is not the present one.
    CreateFirstAdmin { link: SecretDigest, account: Account, password: PasswordHash },
    /// Another role. The last enabled admin keeps theirs.
    SetRole { user: UserId, role: Role, version: i64 },
    /// Another password, which ends the account's sessions.
    SetPassword { user: UserId, password: PasswordHash, version: i64 },
    /// Switched on, or off, which ends the account's sessions. The last enabled admin stays on.
    SetEnabled { user: UserId, enabled: Switch, version: i64 },
    /// A new token; `owner` is there when a person of the accounts made it.
    CreateToken {
        digest: SecretDigest,
        name: Name,
        scopes: Scopes,
        owner: Option<UserId>,
        made_by: Actor,
        expires_at: Option<DateTime<Utc>>,
    },
    /// A token that works no more, for good. One that was revoked before stays so.
    RevokeToken { token: TokenId },
}

/// What signing in is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub user: User,
    pub password: PasswordHash,
}

/// Who tries to sign in, and from where, as digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginAttempt {
    pub account: SecretDigest,
    pub address: Option<SecretDigest>,
}

/// Whether an attempt to sign in may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginGate {
    /// It may, and counts as failed until it is forgiven.
    Open,
    /// It may not before this moment.
    ClosedUntil(DateTime<Utc>),
}
