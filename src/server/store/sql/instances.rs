//! Instances on the same data, and the lease of what only one of them does.
//!
//! These statements do not wait for the write lock of changes, nor for a connection that others may hold: whoever leads must
//! be able to say so while a large batch is written.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::SqlStore;
use super::dialect::{TELLING, listen};
use super::error::from_sqlx;
use super::rows::moment;
use crate::domain::instance::{FilePlaces, Instance, InstanceId};
use crate::domain::lease::{Claim, Lease};
use crate::server::store::{InstanceStore, StoreError, Telling};

#[async_trait]
impl InstanceStore for SqlStore {
    async fn lease(&self) -> Result<Lease, StoreError> {
        let row: Option<(Option<String>, i64, i64)> =
            sqlx::query_as("SELECT holder, term, renewal FROM leases WHERE name = $1")
                .bind(TIMED_WORK)
                .fetch_optional(&self.beats)
                .await
                .map_err(from_sqlx)?;
        Ok(row.map_or_else(Lease::default, |(holder, term, renewal)| Lease {
            holder: holder.map(InstanceId),
            term,
            renewal,
        }))
    }

    async fn claim_lease(&self, claim: &Claim) -> Result<bool, StoreError> {
        let Claim { expected, next } = claim;
        let written = sqlx::query(
            "UPDATE leases SET holder = $1, term = $2, renewal = $3
             WHERE name = $4 AND coalesce(holder, '') = $5 AND term = $6 AND renewal = $7",
        )
        .bind(next.holder.as_ref().map(|holder| holder.0.as_str()))
        .bind(next.term)
        .bind(next.renewal)
        .bind(TIMED_WORK)
        .bind(expected.holder.as_ref().map_or("", |holder| holder.0.as_str()))
        .bind(expected.term)
        .bind(expected.renewal)
        .execute(&self.beats)
        .await
        .map_err(from_sqlx)?;
        Ok(written.rows_affected() == 1)
    }

    async fn instances(&self) -> Result<Vec<Instance>, StoreError> {
        let rows: Vec<InstanceRow> = sqlx::query_as("SELECT * FROM instances ORDER BY started_at, id")
            .fetch_all(&self.beats)
            .await
            .map_err(from_sqlx)?;
        rows.into_iter().map(Instance::try_from).collect()
    }

    async fn note_instance(&self, instance: &Instance) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO instances (id, name, version, started_at, seen_at, decisions_at, files)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at,
                 decisions_at = excluded.decisions_at, files = excluded.files",
        )
        .bind(&instance.id.0)
        .bind(&instance.name)
        .bind(&instance.version)
        .bind(instance.started_at.timestamp_millis())
        .bind(instance.seen_at.timestamp_millis())
        .bind(instance.decisions_at.map(|at| at.timestamp_millis()))
        .bind(instance.files.as_ref().map(|files| files.0.as_str()))
        .execute(&self.beats)
        .await
        .map_err(from_sqlx)?;
        Ok(())
    }

    async fn remove_instance(&self, id: &InstanceId) -> Result<(), StoreError> {
        let removed = sqlx::query("DELETE FROM instances WHERE id = $1").bind(&id.0).execute(&self.beats).await;
        removed.map(drop).map_err(from_sqlx)
    }

    async fn forget_instances(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let forgotten = sqlx::query("DELETE FROM instances WHERE seen_at < $1")
            .bind(before.timestamp_millis())
            .execute(&self.beats)
            .await
            .map_err(from_sqlx)?;
        Ok(forgotten.rows_affected())
    }

    fn telling(&self) -> Telling {
        TELLING
    }

    async fn listen(&self, changed: &Notify) -> Result<(), StoreError> {
        listen(&self.beats, changed).await
    }
}

/// The one lease that there is.
const TIMED_WORK: &str = "timed work";

#[derive(sqlx::FromRow)]
struct InstanceRow {
    id: String,
    name: String,
    version: String,
    started_at: i64,
    seen_at: i64,
    decisions_at: Option<i64>,
    files: Option<String>,
}

impl TryFrom<InstanceRow> for Instance {
    type Error = StoreError;

    fn try_from(row: InstanceRow) -> Result<Self, StoreError> {
        const TABLE: &str = "instances";
        Ok(Self {
            id: InstanceId(row.id),
            name: row.name,
            version: row.version,
            started_at: moment(TABLE, "started_at", row.started_at)?,
            seen_at: moment(TABLE, "seen_at", row.seen_at)?,
            decisions_at: row.decisions_at.map(|at| moment(TABLE, "decisions_at", at)).transpose()?,
            files: row.files.map(FilePlaces),
        })
    }
}
