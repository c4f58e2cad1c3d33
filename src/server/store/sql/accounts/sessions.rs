//! Sessions and the link for the first admin: what comes and goes without a record.

use chrono::{DateTime, Utc};

use super::super::dialect::{self, Pool};
use super::super::error::from_sqlx;
use super::super::rows::corrupt;
use super::rows::SessionRow;
use super::user;
use crate::domain::account::UserId;
use crate::domain::session::{IDLE, LONGEST, Session};
use crate::server::store::StoreError;
use crate::server::store::account::SecretDigest;

pub(in super::super) async fn session(pool: &Pool, digest: &SecretDigest) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = sqlx::query_as("SELECT * FROM sessions WHERE digest = $1")
        .bind(digest.as_bytes())
        .fetch_optional(pool)
        .await
        .map_err(from_sqlx)?;
    let Some(row) = row else { return Ok(None) };
    let user = user(pool, row.user_id).await?.ok_or_else(|| corrupt("sessions", "user_id", "no such user"))?;
    row.with_user(user).map(Some)
}

/// Those that are over make room.
pub(in super::super) async fn start_session(
    pool: &Pool,
    digest: &SecretDigest,
    user: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    sqlx::query("DELETE FROM sessions WHERE seen_at <= $1 OR started_at <= $2")
        .bind((at - IDLE).timestamp_millis())
        .bind((at - LONGEST).timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    sqlx::query("INSERT INTO sessions (digest, user_id, started_at, seen_at) VALUES ($1, $2, $3, $4)")
        .bind(digest.as_bytes())
        .bind(user.0)
        .bind(at.timestamp_millis())
        .bind(at.timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    transaction.commit().await.map_err(from_sqlx)
}

pub(in super::super) async fn note_session(
    pool: &Pool,
    digest: &SecretDigest,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = $1 WHERE digest = $2 AND seen_at < $1")
        .bind(at.timestamp_millis())
        .bind(digest.as_bytes())
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

pub(in super::super) async fn end_session(pool: &Pool, digest: &SecretDigest) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE digest = $1")
        .bind(digest.as_bytes())
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

pub(in super::super) async fn put_setup_link(
    pool: &Pool,
    digest: &SecretDigest,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO setup_links (id, digest, expires_at) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at",
    )
    .bind(digest.as_bytes())
    .bind(expires_at.timestamp_millis())
    .execute(pool)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}
