//! Failed attempts to sign in. An attempt counts as failed before its password is tried, or many at once would each find
//! the gate open.

use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, SqlitePool};

use crate::domain::login_limit::{FORGOTTEN_AFTER, Failures, Subject};
use crate::server::store::StoreError;
use crate::server::store::account::{LoginAttempt, LoginGate, SecretDigest};
use crate::server::store::sqlite::error::from_sqlx;
use crate::server::store::sqlite::rows::{corrupt, moment};

pub(in super::super) async fn begin_login(
    pool: &SqlitePool,
    attempt: &LoginAttempt,
    now: DateTime<Utc>,
) -> Result<LoginGate, StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
    sqlx::query("DELETE FROM login_failures WHERE last_at <= ?")
        .bind((now - FORGOTTEN_AFTER).timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    let mut counted = Vec::new();
    let mut closed_until = None;
    for (subject, digest) in subjects(attempt) {
        let failures = failures(&mut transaction, &digest).await?;
        closed_until = closed_until.max(failures.and_then(|failures| failures.next_at(subject, now)));
        counted.push((digest, Failures::and_one_more(failures, now)));
    }
    if let Some(moment) = closed_until {
        return Ok(LoginGate::ClosedUntil(moment));
    }
    for (digest, failures) in counted {
        sqlx::query("INSERT OR REPLACE INTO login_failures (digest, count, last_at) VALUES (?, ?, ?)")
            .bind(digest.as_bytes())
            .bind(failures.count)
            .bind(failures.last_at.timestamp_millis())
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(LoginGate::Open)
}

/// The account starts anew; of the address only this attempt is taken back, since others may share it.
pub(in super::super) async fn forgive_login(pool: &SqlitePool, attempt: &LoginAttempt) -> Result<(), StoreError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
    for (subject, digest) in subjects(attempt) {
        let sql = match subject {
            Subject::Account => "DELETE FROM login_failures WHERE digest = ?",
            Subject::Address => "UPDATE login_failures SET count = count - 1 WHERE digest = ? AND count > 1",
        };
        sqlx::query(sql).bind(digest.as_bytes()).execute(&mut *transaction).await.map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)
}

fn subjects(attempt: &LoginAttempt) -> impl Iterator<Item = (Subject, SecretDigest)> {
    let address = attempt.address.map(|digest| (Subject::Address, digest));
    std::iter::once((Subject::Account, attempt.account)).chain(address)
}

async fn failures(connection: &mut SqliteConnection, digest: &SecretDigest) -> Result<Option<Failures>, StoreError> {
    let row: Option<(i64, i64)> = sqlx::query_as("SELECT count, last_at FROM login_failures WHERE digest = ?")
        .bind(digest.as_bytes())
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    let Some((count, last_at)) = row else { return Ok(None) };
    let count = u32::try_from(count).map_err(|error| corrupt("login_failures", "count", error))?;
    Ok(Some(Failures { count, last_at: moment("login_failures", "last_at", last_at)? }))
}
