//! The group commit: batches are deduplicated, folded together and written in one transaction.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::QueryBuilder;

use super::dialect::{self, Connection, Db, Pool};
use super::error::from_sqlx;
use super::rows::corrupt;
use super::{rollups, series};
use crate::domain::rollup::Rollups;
use crate::server::store::{Answer, Batch, BatchKey, Digest, Identified, Ingested, Receipt, StoreError};

/// How long a batch key is remembered.
pub(super) const KEY_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Rows a statement, well below SQLite's limit of bound values.
const ROWS_A_STATEMENT: usize = 1_000;

pub(super) async fn ingest(pool: &Pool, batches: &[Batch], now: DateTime<Utc>) -> Result<Ingested, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    forget_old_keys(&mut transaction, now).await?;
    let mut rollups = Rollups::default();
    let mut receipts = Vec::with_capacity(batches.len());
    for batch in batches {
        receipts.push(take_in(&mut transaction, batch, now, &mut rollups).await?);
    }
    dialect::make_room(&mut transaction, &rollups).await?;
    rollups::add(&mut transaction, &rollups).await?;
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(Ingested { receipts, added: rollups })
}

/// Adds what is new in `batch` to `rollups`.
async fn take_in(
    connection: &mut Connection,
    batch: &Batch,
    now: DateTime<Utc>,
    rollups: &mut Rollups,
) -> Result<Receipt, StoreError> {
    if let Some(key) = &batch.key
        && let Some(receipt) = earlier(connection, key).await?
    {
        return Ok(receipt);
    }
    let mut new = note_ids(connection, &batch.identified).await?;
    let mut answer = Answer { accepted: batch.folded_count, duplicates: 0, rejected: batch.rejected.clone() };
    for Identified { digest, item } in &batch.identified {
        // Removed, so that the same id twice in one batch counts once as well.
        if new.remove(digest) {
            item.fold_into(rollups);
            answer.accepted += 1;
        } else {
            answer.duplicates += 1;
        }
    }
    rollups.merge(&batch.folded);
    series::take_in(connection, &batch.cumulative, now, rollups, &mut answer).await?;
    if let Some(key) = &batch.key {
        remember(connection, key, &answer, now).await?;
    }
    Ok(Receipt::Stored(answer))
}

/// What was answered when this key was first used.
async fn earlier(connection: &mut Connection, key: &BatchKey) -> Result<Option<Receipt>, StoreError> {
    let row: Option<(Vec<u8>, String)> =
        sqlx::query_as("SELECT fingerprint, answer FROM ingest_keys WHERE digest = $1")
            .bind(&key.digest.0[..])
            .fetch_optional(connection)
            .await
            .map_err(from_sqlx)?;
    let Some((fingerprint, answer)) = row else { return Ok(None) };
    if fingerprint != key.fingerprint.0 {
        return Ok(Some(Receipt::KeyReused));
    }
    let answer = serde_json::from_str(&answer).map_err(|error| corrupt("ingest_keys", "answer", error))?;
    Ok(Some(Receipt::Repeated(answer)))
}

async fn remember(
    connection: &mut Connection,
    key: &BatchKey,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let answer = serde_json::to_string(answer).map_err(|error| corrupt("ingest_keys", "answer", error))?;
    sqlx::query("INSERT INTO ingest_keys (digest, fingerprint, answer, at) VALUES ($1, $2, $3, $4)")
        .bind(&key.digest.0[..])
        .bind(&key.fingerprint.0[..])
        .bind(answer)
        .bind(now.timestamp_millis())
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

async fn forget_old_keys(connection: &mut Connection, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM ingest_keys WHERE at <= $1")
        .bind((now - KEY_LIFETIME).timestamp_millis())
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

/// Notes the ids of `items` and gives those that were not noted before.
async fn note_ids(connection: &mut Connection, items: &[Identified]) -> Result<HashSet<Digest>, StoreError> {
    // In order of their digests, since neighbours in the index are written together; each once, with the minute of the
    // first, which is the one that is counted.
    let mut rows: Vec<(Digest, i64)> = items.iter().map(|item| (item.digest, item.item.minute().0)).collect();
    rows.sort_by_key(|(digest, _)| *digest);
    rows.dedup_by_key(|(digest, _)| *digest);
    let old = noted(connection, &rows).await?;
    rows.retain(|(digest, _)| !old.contains(digest));
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO ingested_ids (digest, minute) ");
        insert.push_values(rows, |mut row, (digest, minute)| {
            row.push_bind(&digest.0[..]).push_bind(minute);
        });
        let insert = insert.build().persistent(rows.len() == ROWS_A_STATEMENT);
        insert.execute(&mut *connection).await.map_err(from_sqlx)?;
    }
    Ok(rows.into_iter().map(|(digest, _)| digest).collect())
}

/// Those of `rows` whose ids were noted before. Asked for first, so that the usual answer, none, costs no rows.
async fn noted(connection: &mut Connection, rows: &[(Digest, i64)]) -> Result<HashSet<Digest>, StoreError> {
    let mut old = HashSet::new();
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        let mut select = QueryBuilder::<Db>::new("SELECT digest FROM ingested_ids WHERE digest IN ");
        select.push_tuples(rows, |mut tuple, (digest, _)| {
            tuple.push_bind(&digest.0[..]);
        });
        let digests: Vec<Vec<u8>> = select
            .build_query_scalar()
            .persistent(rows.len() == ROWS_A_STATEMENT)
            .fetch_all(&mut *connection)
            .await
            .map_err(from_sqlx)?;
        for digest in digests {
            let digest = digest.try_into().map_err(|_| corrupt("ingested_ids", "digest", "of another length"))?;
            old.insert(Digest(digest));
        }
    }
    Ok(old)
}
