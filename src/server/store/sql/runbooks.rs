//! Checklists and what is done of them: reading and writing both.

use async_trait::async_trait;

use super::SqlStore;
use super::changes::{json, one};
use super::dialect::Connection;
use super::error::from_sqlx;
use super::rows::{actor, document, moment};
use crate::domain::migration::MigrationId;
use crate::domain::runbook::{ItemId, Runbook, Tick};
use crate::server::store::{CommitError, RunbookStore, RunbookWrite, StoreError};

#[async_trait]
impl RunbookStore for SqlStore {
    async fn runbook(&self, migration: MigrationId) -> Result<Option<Runbook>, StoreError> {
        let row = sqlx::query_as("SELECT * FROM runbooks WHERE migration_id = $1").bind(migration.0);
        let row: Option<RunbookRow> = self.answered(row.fetch_optional(&self.readers)).await?;
        row.map(Runbook::try_from).transpose()
    }

    async fn runbook_ticks(&self, migration: MigrationId) -> Result<Vec<Tick>, StoreError> {
        let rows: Vec<TickRow> = self
            .answered(
                sqlx::query_as("SELECT * FROM runbook_ticks WHERE migration_id = $1 ORDER BY at, text, item")
                    .bind(migration.0)
                    .fetch_all(&self.readers),
            )
            .await?;
        rows.into_iter().map(Tick::try_from).collect()
    }
}

pub(super) async fn write(connection: &mut Connection, write: &RunbookWrite) -> Result<(), CommitError> {
    match write {
        RunbookWrite::Import { migration, runbook, expected } => {
            let written = sqlx::query(
                "INSERT INTO runbooks (migration_id, source, imported_at, actor, version)
                 SELECT $1, $2, $3, $4, $5
                 WHERE coalesce((SELECT version FROM runbooks WHERE migration_id = $1), 0) = $6
                 ON CONFLICT (migration_id) DO UPDATE SET source = excluded.source, imported_at = excluded.imported_at,
                     actor = excluded.actor, version = excluded.version",
            )
            .bind(migration.0)
            .bind(&runbook.source)
            .bind(runbook.imported_at.timestamp_millis())
            .bind(runbook.actor.as_str())
            .bind(runbook.version)
            .bind(expected)
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
            one(&written, || "the runbook".to_owned())
        }
        RunbookWrite::Tick { migration, tick, expected } => {
            let written = sqlx::query(
                "INSERT INTO runbook_ticks (migration_id, item, headings, text, is_done, at, actor, note, version)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                 WHERE coalesce((SELECT version FROM runbook_ticks WHERE migration_id = $1 AND item = $2), 0) = $10
                 ON CONFLICT (migration_id, item) DO UPDATE SET headings = excluded.headings, text = excluded.text,
                     is_done = excluded.is_done, at = excluded.at, actor = excluded.actor, note = excluded.note,
                     version = excluded.version",
            )
            .bind(migration.0)
            .bind(&tick.item.0)
            .bind(json(&tick.headings)?)
            .bind(&tick.text)
            .bind(tick.is_done)
            .bind(tick.at.timestamp_millis())
            .bind(tick.actor.as_str())
            .bind(&tick.note)
            .bind(tick.version)
            .bind(expected)
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
            one(&written, || format!("the item {:?}", tick.text))
        }
    }
}

#[derive(sqlx::FromRow)]
struct RunbookRow {
    source: String,
    imported_at: i64,
    actor: String,
    version: i64,
}

impl TryFrom<RunbookRow> for Runbook {
    type Error = StoreError;

    fn try_from(row: RunbookRow) -> Result<Self, StoreError> {
        const TABLE: &str = "runbooks";
        Ok(Self {
            source: row.source,
            imported_at: moment(TABLE, "imported_at", row.imported_at)?,
            actor: actor(TABLE, "actor", &row.actor)?,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
struct TickRow {
    item: String,
    headings: String,
    text: String,
    is_done: bool,
    at: i64,
    actor: String,
    note: Option<String>,
    version: i64,
}

impl TryFrom<TickRow> for Tick {
    type Error = StoreError;

    fn try_from(row: TickRow) -> Result<Self, StoreError> {
        const TABLE: &str = "runbook_ticks";
        Ok(Self {
            item: ItemId(row.item),
            headings: document(TABLE, "headings", &row.headings)?,
            text: row.text,
            is_done: row.is_done,
            at: moment(TABLE, "at", row.at)?,
            actor: actor(TABLE, "actor", &row.actor)?,
            note: row.note,
            version: row.version,
        })
    }
}
