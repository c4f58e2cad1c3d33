//! Sessions and the link for the first admin: what comes and goes without a record.

use chrono::{DateTime, Utc};
use sqlx::SqlitePool;

use super::rows::SessionRow;
use super::user;
use crate::domain::account::UserId;
use crate::domain::session::{IDLE, LONGEST, Session};
use crate::server::store::StoreError;
use crate::server::store::account::SecretDigest;
use crate::server::store::sqlite::error::from_sqlx;
use crate::server::store::sqlite::rows::corrupt;

pub(in super::super) async fn session(pool: &SqlitePool, digest: &SecretDigest) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = sqlx::query_as("SELECT * FROM sessions WHERE digest = ?")
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
    pool: &SqlitePool,
    digest: &SecretDigest,
    user: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
    sqlx::query("DELETE FROM sessions WHERE seen_at <= ? OR started_at <= ?")
        .bind((at - IDLE).timestamp_millis())
        .bind((at - LONGEST).timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    sqlx::query("INSERT INTO sessions (digest, user_id, started_at, seen_at) VALUES (?, ?, ?, ?)")
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
    pool: &SqlitePool,
    digest: &SecretDigest,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = max(seen_at, ?) WHERE digest = ?")
        .bind(at.timestamp_millis())
        .bind(digest.as_bytes())
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

pub(in super::super) async fn end_session(pool: &SqlitePool, digest: &SecretDigest) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE digest = ?")
        .bind(digest.as_bytes())
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

pub(in super::super) async fn put_setup_link(
    pool: &SqlitePool,
    digest: &SecretDigest,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT OR REPLACE INTO setup_links (id, digest, expires_at) VALUES (1, ?, ?)")
        .bind(digest.as_bytes())
        .bind(expires_at.timestamp_millis())
        .execute(pool)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}
