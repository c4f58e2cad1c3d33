//! Rows of users, tokens and sessions as SQLite has them. A row that does not parse names its table and column.

use super::super::rows::{corrupt, moment};
use crate::domain::access::Role;
use crate::domain::account::{Login, User, UserId};
use crate::domain::feature::Switch;
use crate::domain::scope::Scopes;
use crate::domain::session::Session;
use crate::domain::text::{Actor, Name};
use crate::domain::token::{ApiToken, Owner, TokenId};
use crate::server::store::StoreError;
use crate::server::store::account::{Credentials, PasswordHash};

#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    id: i64,
    login: String,
    name: String,
    role: String,
    enabled: bool,
    password_hash: String,
    created_at: i64,
    version: i64,
}

impl TryFrom<UserRow> for Credentials {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        const TABLE: &str = "users";
        let user = User {
            id: UserId(row.id),
            login: Login::parse(&row.login).map_err(|error| corrupt(TABLE, "login", error))?,
            name: Name::parse(&row.name).map_err(|error| corrupt(TABLE, "name", error))?,
            role: Role::parse(&row.role).map_err(|error| corrupt(TABLE, "role", error))?,
            enabled: Switch::from_bool(row.enabled),
            created_at: moment(TABLE, "created_at", row.created_at)?,
            version: row.version,
        };
        Ok(Self { user, password: PasswordHash(row.password_hash) })
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Credentials::try_from(row).map(|credentials| credentials.user)
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct TokenRow {
    id: i64,
    name: String,
    scopes: String,
    pub(super) user_id: Option<i64>,
    made_by: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TokenRow {
    /// The token, made by `user` or, without one, at the command line.
    pub(super) fn with_owner(self, user: Option<User>) -> Result<ApiToken, StoreError> {
        const TABLE: &str = "api_tokens";
        let optional = |column, millis: Option<i64>| millis.map(|millis| moment(TABLE, column, millis)).transpose();
        let made_by = Actor::parse(&self.made_by).map_err(|error| corrupt(TABLE, "made_by", error))?;
        Ok(ApiToken {
            id: TokenId(self.id),
            name: Name::parse(&self.name).map_err(|error| corrupt(TABLE, "name", error))?,
            scopes: Scopes::parse(&self.scopes).map_err(|error| corrupt(TABLE, "scopes", error))?,
            owner: user.map_or(Owner::CommandLine(made_by), Owner::User),
            created_at: moment(TABLE, "created_at", self.created_at)?,
            expires_at: optional("expires_at", self.expires_at)?,
            last_used_at: optional("last_used_at", self.last_used_at)?,
            revoked_at: optional("revoked_at", self.revoked_at)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct SessionRow {
    pub(super) user_id: i64,
    started_at: i64,
    seen_at: i64,
}

impl SessionRow {
    pub(super) fn with_user(self, user: User) -> Result<Session, StoreError> {
        const TABLE: &str = "sessions";
        Ok(Session {
            user,
            started_at: moment(TABLE, "started_at", self.started_at)?,
            seen_at: moment(TABLE, "seen_at", self.seen_at)?,
        })
    }
}
