//! Users and tokens: reading them. Changing them is in [`write`], what comes and goes without a record in [`sessions`]
//! and [`logins`].

mod logins;
mod rows;
mod sessions;
mod write;

use chrono::{DateTime, Utc};

pub(super) use self::logins::{begin_login, forgive_login};
use self::rows::{TokenRow, UserRow};
pub(super) use self::sessions::{end_session, note_session, put_setup_link, session, start_session};
pub(super) use self::write::write;
use super::dialect::{self, Pool};
use super::error::from_sqlx;
use super::rows::corrupt;
use crate::domain::account::{Login, User};
use crate::domain::token::{ApiToken, TokenId};
use crate::server::store::StoreError;
use crate::server::store::account::{Credentials, SecretDigest};

pub(super) async fn users(pool: &Pool) -> Result<Vec<User>, StoreError> {
    let rows: Vec<UserRow> =
        sqlx::query_as("SELECT * FROM users ORDER BY login").fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(User::try_from).collect()
}

pub(super) async fn credentials(pool: &Pool, login: &Login) -> Result<Option<Credentials>, StoreError> {
    let row: Option<UserRow> = sqlx::query_as("SELECT * FROM users WHERE login = $1")
        .bind(login.as_str())
        .fetch_optional(pool)
        .await
        .map_err(from_sqlx)?;
    row.map(Credentials::try_from).transpose()
}

pub(super) async fn tokens(pool: &Pool) -> Result<Vec<ApiToken>, StoreError> {
    let mut snapshot = dialect::begin_reading(pool).await?;
    let rows: Vec<TokenRow> = sqlx::query_as("SELECT * FROM api_tokens ORDER BY id DESC")
        .fetch_all(&mut *snapshot)
        .await
        .map_err(from_sqlx)?;
    let users: Vec<UserRow> =
        sqlx::query_as("SELECT * FROM users").fetch_all(&mut *snapshot).await.map_err(from_sqlx)?;
    let users = users.into_iter().map(User::try_from).collect::<Result<Vec<_>, _>>()?;
    rows.into_iter()
        .map(|row| {
            let owner = row.user_id.map(|id| users.iter().find(|user| user.id.0 == id).cloned().ok_or_else(no_owner));
            row.with_owner(owner.transpose()?)
        })
        .collect()
}

pub(super) async fn token(pool: &Pool, digest: &SecretDigest) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<TokenRow> = sqlx::query_as("SELECT * FROM api_tokens WHERE digest = $1")
        .bind(digest.as_bytes())
        .fetch_optional(pool)
        .await
        .map_err(from_sqlx)?;
    let Some(row) = row else { return Ok(None) };
    let owner = match row.user_id {
        Some(id) => Some(user(pool, id).await?.ok_or_else(no_owner)?),
        None => None,
    };
    row.with_owner(owner).map(Some)
}

pub(super) async fn note_token(pool: &Pool, token: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("UPDATE api_tokens SET last_used_at = $1 WHERE id = $2")
        .bind(at.timestamp_millis())
        .bind(token.0)
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

async fn user(pool: &Pool, id: i64) -> Result<Option<User>, StoreError> {
    let row: Option<UserRow> =
        sqlx::query_as("SELECT * FROM users WHERE id = $1").bind(id).fetch_optional(pool).await.map_err(from_sqlx)?;
    row.map(User::try_from).transpose()
}

fn no_owner() -> StoreError {
    corrupt("api_tokens", "user_id", "no such user")
}
