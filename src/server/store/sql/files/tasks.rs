//! The queue of what is still to be done on a side.

use super::super::dialect::{self, Connection, Pool};
use chrono::{DateTime, Utc};

use super::super::changes::json;
use super::super::error::from_sqlx;
use super::super::rows::{corrupt, moment};
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileRecord, FileTask, TaskKind};
use crate::domain::path::Path;
use crate::server::store::{FileTaskQuery, StoreError};

const TABLE: &str = "file_tasks";

pub(super) async fn read(pool: &Pool, query: &FileTaskQuery) -> Result<Vec<FileTask>, StoreError> {
    let without: Vec<String> = query.without_candidate_of.iter().map(|feature| feature.0.to_string()).collect();
    let rows: Vec<TaskRow> = sqlx::query_as(concat!(
        "SELECT file_tasks.*, files.feature_id AS feature_id FROM file_tasks
             JOIN files ON files.id = file_tasks.file_id
             WHERE file_tasks.next_at <= $1 AND ($2 IS NULL OR files.feature_id = $2)
                 AND NOT (file_tasks.side = 'candidate' AND CAST(files.feature_id AS TEXT) IN ",
        dialect::listed!("$3"),
        ") ORDER BY file_tasks.next_at, file_tasks.file_id, file_tasks.side LIMIT $4"
    ))
    .bind(query.due_by.map_or(i64::MAX, |at| at.timestamp_millis()))
    .bind(query.feature.map(|feature| feature.0))
    .bind(json(&without)?)
    .bind(i64::from(query.limit))
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter().map(FileTask::try_from).collect()
}

/// Puts a task in the queue, in place of the one for its side.
pub(in super::super) async fn put(connection: &mut Connection, task: &FileTask) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO file_tasks (file_id, side, kind, attempts, next_at, last_error) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (file_id, side) DO UPDATE
         SET kind = excluded.kind, attempts = excluded.attempts, next_at = excluded.next_at,
             last_error = excluded.last_error",
    )
    .bind(&task.file.0)
    .bind(task.side.as_str())
    .bind(task.kind.as_str())
    .bind(i64::from(task.attempts))
    .bind(task.next_at.timestamp_millis())
    .bind(&task.last_error)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

pub(in super::super) async fn remove(connection: &mut Connection, file: &FileId, side: Path) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM file_tasks WHERE file_id = $1 AND side = $2")
        .bind(&file.0)
        .bind(side.as_str())
        .execute(connection)
        .await
        .map_err(from_sqlx)?;
    Ok(())
}

/// The task to remove `file` from `side`.
pub(in super::super) fn removal(file: &FileRecord, side: Path, at: DateTime<Utc>) -> FileTask {
    FileTask {
        file: file.id.clone(),
        feature: file.feature,
        side,
        kind: TaskKind::Delete,
        attempts: 0,
        next_at: at,
        last_error: None,
    }
}

#[derive(sqlx::FromRow)]
pub(in super::super) struct TaskRow {
    file_id: String,
    feature_id: i64,
    side: String,
    kind: String,
    attempts: i64,
    next_at: i64,
    last_error: Option<String>,
}

impl TryFrom<TaskRow> for FileTask {
    type Error = StoreError;

    fn try_from(row: TaskRow) -> Result<Self, StoreError> {
        let word = |column, text: &str| corrupt(TABLE, column, text);
        Ok(Self {
            file: FileId::parse(&row.file_id).ok_or_else(|| word("file_id", &row.file_id))?,
            feature: FeatureId(row.feature_id),
            side: Path::ALL.into_iter().find(|it| it.as_str() == row.side).ok_or_else(|| word("side", &row.side))?,
            kind: TaskKind::ALL
                .into_iter()
                .find(|it| it.as_str() == row.kind)
                .ok_or_else(|| word("kind", &row.kind))?,
            attempts: u32::try_from(row.attempts).map_err(|error| corrupt(TABLE, "attempts", error))?,
            next_at: moment(TABLE, "next_at", row.next_at)?,
            last_error: row.last_error,
        })
    }
}
