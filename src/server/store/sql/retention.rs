//! Removing what is no longer kept, and how much there is. What there is to remove is found by a connection that reads, so
//! that the one that writes is only taken when there is something, and only for as long as a few rows take.

use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{AssertSqlSafe, QueryBuilder};

use super::dialect::{self, Connection, Db, Over, Pool};
use super::error::from_sqlx;
use super::ingest::KEY_LIFETIME;
use super::rows::corrupt;
use super::series::KNOWN_FOR;
use super::{SqlStore, sizes};
use crate::domain::login_limit::FORGOTTEN_AFTER;
use crate::domain::retention::{Retention, SETTLED};
use crate::domain::session::{IDLE, LONGEST};
use crate::server::store::retention::{Expiring, GroupSize, Removed, RemovedIds, RetentionStore, StoreFiles};
use crate::server::store::{Digest, OperationClass, StoreError};

/// How many ids are read at once.
const LOOKED_AT: u32 = 1_000;

/// A table with rows that are over before some number.
struct Table {
    name: &'static str,
    key: &'static str,
    /// Those that are over, as `t`; `?1` stands for the number.
    rows: &'static str,
}

/// But for the hour in which a feature entered its present stage: evidence counts from the minute.
const MINUTES: &str = "features f CROSS JOIN {table} t
    WHERE t.feature_id = f.id AND t.start < $1 AND t.start / 60 <> f.entered_at / 3600000";

/// But for the hours since a feature entered its present stage.
const HOURS: &str = "features f CROSS JOIN {table} t
    WHERE t.feature_id = f.id AND t.start < $1 AND t.start < f.entered_at / 3600000 * 60";

/// Not the last that a target was told of an alert while that is that it fires: it is told again from there. What is over of
/// an alert goes from its beginning, so that nothing seems to fire because only its end is forgotten.
const NOTIFICATIONS: &str = "{table} t WHERE t.ended_at < $1 AND (
    EXISTS (SELECT 1 FROM {table} later WHERE later.target_id = t.target_id AND later.alert = t.alert AND later.seq > t.seq)
    OR (t.status = 'resolved' OR t.state <> 'delivered') AND NOT EXISTS
        (SELECT 1 FROM {table} earlier
         WHERE earlier.target_id = t.target_id AND earlier.alert = t.alert AND earlier.seq < t.seq))";

/// But for the last complete one of each kind, which gates ask for, and those that a finding names.
const CHECKS: &str =
    "{table} t WHERE t.ended_at < $1 AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.last_check = t.id)
    AND t.id NOT IN (SELECT max(id) FROM {table} WHERE state = 'complete' GROUP BY mode)";

const fn minutes(name: &'static str, key: &'static str) -> Table {
    Table { name, key, rows: MINUTES }
}

const fn hours(name: &'static str, key: &'static str) -> Table {
    Table { name, key, rows: HOURS }
}

/// The tables of each kind, and what is over before what.
fn tables(what: Expiring, retention: Retention, now: DateTime<Utc>) -> (i64, Vec<Table>) {
    let ago = |ago: TimeDelta| (now - ago).timestamp_millis();
    match what {
        Expiring::Minutes => {
            let tables = vec![
                minutes("observation_minutes", "feature_id, start, operation, path"),
                minutes("comparison_minutes", "feature_id, start, operation"),
                minutes("origin_minutes", "feature_id, start"),
            ];
            (retention.first_minute(now).0, tables)
        }
        Expiring::Hours => {
            let tables = vec![
                hours("observation_hours", "feature_id, start, operation, path"),
                hours("comparison_hours", "feature_id, start, operation"),
                hours("unit_hours", "feature_id, start, path"),
                hours("discrepancy_hours", "feature_id, start, operation, field, kind"),
                hours("error_kind_hours", "feature_id, start, operation, path, kind"),
                hours("second_run_hours", "feature_id, start, operation"),
                hours("noise_hours", "feature_id, start, operation, field"),
            ];
            (retention.first_hour(now).0 * 60, tables)
        }
        Expiring::Examples => {
            let rows = "features f CROSS JOIN {table} t WHERE t.feature_id = f.id AND t.at < $1";
            let table = Table { name: "discrepancy_examples", key: "id", rows };
            (retention.first_hour(now).first_minute().start().timestamp_millis(), vec![table])
        }
        Expiring::BatchKeys => {
            (ago(KEY_LIFETIME), vec![Table { name: "ingest_keys", key: "digest", rows: "{table} t WHERE t.at <= $1" }])
        }
        Expiring::Sessions => {
            let rows = "{table} t WHERE t.seen_at <= $1 OR t.started_at <= $1 - {longest}";
            (ago(IDLE), vec![Table { name: "sessions", key: "digest", rows }])
        }
        Expiring::LoginFailures => {
            let table = Table { name: "login_failures", key: "digest", rows: "{table} t WHERE t.last_at <= $1" };
            (ago(FORGOTTEN_AFTER), vec![table])
        }
        Expiring::Series => {
            let table = Table { name: "metric_series", key: "digest", rows: "{table} t WHERE t.seen_at < $1" };
            (ago(KNOWN_FOR), vec![table])
        }
        Expiring::Notifications => {
            (ago(SETTLED), vec![Table { name: "notifications", key: "seq", rows: NOTIFICATIONS }])
        }
        Expiring::Findings => {
            let findings = Table { name: "findings", key: "id", rows: "{table} t WHERE t.closed_at < $1" };
            (ago(SETTLED), vec![findings, Table { name: "checks", key: "id", rows: CHECKS }])
        }
    }
}

impl Table {
    fn rows(&self) -> String {
        let longest = (LONGEST - IDLE).num_milliseconds().to_string();
        self.rows.replace("{table}", self.name).replace("{longest}", &longest)
    }

    async fn has_expired(&self, readers: &Pool, before: i64) -> Result<bool, StoreError> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", self.rows());
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(before).fetch_one(readers).await.map_err(from_sqlx)
    }

    async fn remove(&self, connection: &mut Connection, before: i64, most: u32) -> Result<u64, StoreError> {
        let Self { name, key, .. } = self;
        let of_rows = key.split(", ").map(|column| format!("t.{column}")).collect::<Vec<_>>().join(", ");
        let rows = self.rows();
        let sql = format!("DELETE FROM {name} WHERE ({key}) IN (SELECT {of_rows} FROM {rows} LIMIT $2)");
        let removed = sqlx::query(AssertSqlSafe(sql)).bind(before).bind(i64::from(most)).execute(connection).await;
        Ok(removed.map_err(from_sqlx)?.rows_affected())
    }
}

#[async_trait]
impl RetentionStore for SqlStore {
    async fn remove_expired(
        &self,
        what: Expiring,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<Removed, StoreError> {
        let (before, tables) = tables(what, retention, now);
        for table in tables {
            if let Some(removed) = self.drop_partition(what, &table, before).await? {
                return Ok(removed);
            }
            if table.has_expired(&self.readers, before).await? {
                return self.clean_up(async |connection| table.remove(connection, before, most).await).await;
            }
        }
        Ok(Removed::default())
    }

    async fn remove_ids(
        &self,
        after: Option<Digest>,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<RemovedIds, StoreError> {
        let start = after.map_or(Vec::new(), |digest| digest.0.to_vec());
        let sql = "SELECT digest, minute FROM ingested_ids WHERE digest > $1 ORDER BY digest LIMIT $2";
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(sql)
            .bind(start)
            .bind(i64::from(LOOKED_AT))
            .fetch_all(&self.readers)
            .await
            .map_err(from_sqlx)?;
        let is_end = rows.len() < LOOKED_AT as usize;
        let last = rows.last().map(|(digest, _)| digest.clone());
        let before = retention.first_minute(now).0;
        let mut over: Vec<Vec<u8>> =
            rows.into_iter().filter(|(_, minute)| *minute < before).map(|(it, _)| it).collect();
        let last = if over.len() > most as usize {
            over.truncate(most as usize);
            over.last().cloned()
        } else {
            last.filter(|_| !is_end)
        };
        let digest =
            |digest: Vec<u8>| digest.try_into().map_err(|_| corrupt("ingested_ids", "digest", "of another length"));
        let next = last.map(digest).transpose()?.map(Digest);
        if over.is_empty() {
            return Ok(RemovedIds { removed: Removed::default(), next });
        }
        let remove = async |connection: &mut Connection| {
            let mut delete = QueryBuilder::<Db>::new("DELETE FROM ingested_ids WHERE digest IN ");
            delete.push_tuples(&over, |mut tuple, digest| {
                tuple.push_bind(&digest[..]);
            });
            let removed = delete.build().persistent(false).execute(connection).await;
            Ok(removed.map_err(from_sqlx)?.rows_affected())
        };
        Ok(RemovedIds { removed: self.clean_up(remove).await?, next })
    }

    async fn store_files(&self) -> Result<StoreFiles, StoreError> {
        self.timings.of(OperationClass::Read, sizes::files(&self.readers)).await
    }

    async fn group_sizes(&self) -> Result<Vec<GroupSize>, StoreError> {
        let mut sizes: Vec<GroupSize> = Vec::new();
        for table in self.timings.of(OperationClass::Read, sizes::tables(&self.readers)).await? {
            let group = group(&table.name);
            let at = sizes.iter().position(|size| size.group == group).unwrap_or_else(|| {
                sizes.push(GroupSize { group, rows: 0, bytes: 0 });
                sizes.len() - 1
            });
            sizes[at].rows += table.rows;
            sizes[at].bytes += table.bytes;
        }
        sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
        Ok(sizes)
    }
}

impl SqlStore {
    /// Drops partitions of `table` that are over, where a database has partitions: one with rows, and all without.
    async fn drop_partition(&self, what: Expiring, table: &Table, before: i64) -> Result<Option<Removed>, StoreError> {
        let over = match what {
            Expiring::Minutes | Expiring::Hours => Over { before, whole: before.min(self.first_entry().await?) },
            _ => return Ok(None),
        };
        let began = Instant::now();
        let dropping = dialect::drop_partition(&self.writer, table.name, over);
        let rows = self.timings.of(OperationClass::CleanUp, dropping).await?;
        Ok(rows.map(|rows| Removed { rows, took: began.elapsed() }))
    }

    /// The first minute of the hour in which the feature that is longest in its stage entered it: evidence of every stage
    /// that is not left counts from there.
    async fn first_entry(&self) -> Result<i64, StoreError> {
        let first: Option<i64> = sqlx::query_scalar("SELECT min(entered_at) / 3600000 * 60 FROM features")
            .fetch_one(&self.readers)
            .await
            .map_err(from_sqlx)?;
        Ok(first.unwrap_or(i64::MAX))
    }

    /// Removes rows in one transaction, and measures for how long nobody else could write.
    async fn clean_up(
        &self,
        remove: impl AsyncFnOnce(&mut Connection) -> Result<u64, StoreError>,
    ) -> Result<Removed, StoreError> {
        let removing = async {
            let mut transaction = dialect::begin_change(&self.writer).await?;
            let began = Instant::now();
            let rows = remove(&mut transaction).await?;
            transaction.commit().await.map_err(from_sqlx)?;
            Ok(Removed { rows, took: began.elapsed() })
        };
        self.written(self.timings.of(OperationClass::CleanUp, removing).await).await
    }
}

/// What a table is part of, for people.
fn group(table: &str) -> &'static str {
    match table {
        "observation_minutes" | "comparison_minutes" | "origin_minutes" => "minutes",
        "observation_hours" | "comparison_hours" | "unit_hours" | "discrepancy_hours" | "error_kind_hours"
        | "second_run_hours" | "noise_hours" => "hours",
        "ingested_ids" | "ingest_keys" | "metric_series" => "ids",
        "discrepancy_examples" => "examples",
        "files" | "file_sides" | "file_tasks" | "file_backfills" => "files",
        "checks" | "findings" => "checks of files",
        "notifications" => "notifications",
        "audit_events" | "audit_head" | "rollout_changes" | "sign_offs" | "rollbacks" | "alerts" | "silences" => {
            "history"
        }
        _ => "settings",
    }
}
