//! Failed attempts to sign in. An attempt counts as failed before its password is tried, or many at once would each find
//! the gate open.

use super::super::dialect::{self, Connection, Pool};
use chrono::{DateTime, Utc};

use super::super::error::from_sqlx;
use super::super::rows::{corrupt, moment};
use crate::domain::login_limit::{FORGOTTEN_AFTER, Failures, Subject};
use crate::server::store::StoreError;
use crate::server::store::account::{LoginAttempt, LoginGate, SecretDigest};

pub(in super::super) async fn begin_login(
    pool: &Pool,
    attempt: &LoginAttempt,
    now: DateTime<Utc>,
) -> Result<LoginGate, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    sqlx::query("DELETE FROM login_failures WHERE last_at <= $1")
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
        sqlx::query(
            "INSERT INTO login_failures (digest, count, last_at) VALUES ($1, $2, $3)
             ON CONFLICT (digest) DO UPDATE SET count = excluded.count, last_at = excluded.last_at",
        )
        .bind(digest.as_bytes())
        .bind(i64::from(failures.count))
        .bind(failures.last_at.timestamp_millis())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(LoginGate::Open)
}

/// The account starts anew; of the address only this attempt is taken back, since others may share it.
pub(in super::super) async fn forgive_login(pool: &Pool, attempt: &LoginAttempt) -> Result<(), StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    for (subject, digest) in subjects(attempt) {
        let sql = match subject {
            Subject::Account => "DELETE FROM login_failures WHERE digest = $1",
            Subject::Address => "UPDATE login_failures SET count = count - 1 WHERE digest = $1 AND count > 1",
        };
        sqlx::query(sql).bind(digest.as_bytes()).execute(&mut *transaction).await.map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)
}

fn subjects(attempt: &LoginAttempt) -> impl Iterator<Item = (Subject, SecretDigest)> {
    let address = attempt.address.map(|digest| (Subject::Address, digest));
    std::iter::once((Subject::Account, attempt.account)).chain(address)
}

async fn failures(connection: &mut Connection, digest: &SecretDigest) -> Result<Option<Failures>, StoreError> {
    let row: Option<(i64, i64)> = sqlx::query_as("SELECT count, last_at FROM login_failures WHERE digest = $1")
        .bind(digest.as_bytes())
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    let Some((count, last_at)) = row else { return Ok(None) };
    let count = u32::try_from(count).map_err(|error| corrupt("login_failures", "count", error))?;
    Ok(Some(Failures { count, last_at: moment("login_failures", "last_at", last_at)? }))
}
