//! Writing what became of one side of a file, and of an object that several files may have.

use chrono::{DateTime, Utc};

use super::super::dialect::{self, Pool};
use super::super::error::from_sqlx;
use super::rows::{self, SELECT};
use super::{begin_in, tasks};
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileTask, SideState, TaskKind};
use crate::domain::path::Path;
use crate::server::store::{SideWrite, StoreError, StoreTurn, TaskWrite};

pub(super) async fn set(
    pool: &Pool,
    write: &SideWrite,
    turn: Option<&StoreTurn>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut transaction = begin_in(pool, turn).await?;
    let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE files.id = $1"));
    let row = sqlx::query_as(sql).bind(&write.file.0).fetch_optional(&mut *transaction).await;
    let Some(file) = rows::optional(row)? else { return Ok(()) };
    sqlx::query("UPDATE file_sides SET provider = $1, provider_id = $2, state = $3 WHERE file_id = $4 AND side = $5")
        .bind(&write.now.provider)
        .bind(&write.now.provider_id)
        .bind(write.now.state.as_str())
        .bind(&write.file.0)
        .bind(write.side.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    let is_deleted = file.deleted_at.is_some();
    match &write.task {
        TaskWrite::Done if is_deleted && write.now.state != SideState::Absent => {
            tasks::put(&mut transaction, &tasks::removal(&file, write.side, at)).await?;
        }
        TaskWrite::Done => tasks::remove(&mut transaction, &write.file, write.side).await?,
        TaskWrite::Due { kind: TaskKind::Put, .. } if is_deleted => {
            tasks::put(&mut transaction, &tasks::removal(&file, write.side, at)).await?;
        }
        TaskWrite::Due { kind, attempts, next_at, last_error } => {
            let task = FileTask {
                kind: *kind,
                attempts: *attempts,
                next_at: *next_at,
                last_error: last_error.clone(),
                ..tasks::removal(&file, write.side, at)
            };
            tasks::put(&mut transaction, &task).await?;
        }
    }
    transaction.commit().await.map_err(from_sqlx)
}

pub(super) async fn fail(
    pool: &Pool,
    side: Path,
    provider_id: &str,
    error: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    const HOLDERS: &str = "SELECT id FROM files WHERE deleted_at IS NULL";
    let mut transaction = dialect::begin_change(pool).await?;
    let sql = format!(
        "UPDATE file_sides SET state = 'failed'
         WHERE side = $1 AND provider_id = $2 AND state <> 'absent' AND file_id IN ({HOLDERS}) RETURNING file_id"
    );
    let failed: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(side.as_str())
        .bind(provider_id)
        .fetch_all(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    for file in failed {
        let task = FileTask {
            file: FileId(file),
            feature: FeatureId(0),
            side,
            kind: TaskKind::Put,
            attempts: 0,
            next_at: at,
            last_error: Some(error.to_owned()),
        };
        tasks::put(&mut transaction, &task).await?;
    }
    transaction.commit().await.map_err(from_sqlx)
}
