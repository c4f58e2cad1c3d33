//! Records of files: reading and writing them.

mod lists;
mod rows;
mod sides;
pub(super) mod tasks;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use self::rows::{FileRow, SELECT};
use super::changes::json;
use super::dialect::{self, Connection, Pool, Transaction};
use super::error::from_sqlx;
use super::rows::to_count;
use super::{SqlStore, rows as common};
use crate::domain::backfill::Backfill;
use crate::domain::feature::FeatureId;
use crate::domain::file::{Checksum, FileId, FileRecord, FileTask, SideState};
use crate::domain::path::Path;
use crate::server::store::{
    FileQuery, FileStore, FileTaskQuery, Holders, OperationClass, SideWrite, StoreError, StoreTurn,
};

#[async_trait]
impl FileStore for SqlStore {
    async fn add_file(
        &self,
        file: &FileRecord,
        tasks: &[FileTask],
        turn: Option<&StoreTurn>,
    ) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, add(&self.writer, file, tasks, turn)).await).await
    }

    async fn adopt_file(&self, file: &FileRecord, side: Path) -> Result<bool, StoreError> {
        self.written(self.timings.of(OperationClass::Change, adopt(&self.writer, file, side)).await).await
    }

    async fn file(&self, id: &FileId) -> Result<Option<FileRecord>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE files.id = $1"));
        let row: Option<FileRow> = self.answered(sqlx::query_as(sql).bind(&id.0).fetch_optional(&self.readers)).await?;
        row.map(FileRecord::try_from).transpose()
    }

    async fn files(&self, query: &FileQuery) -> Result<Vec<FileRecord>, StoreError> {
        self.timings.of(OperationClass::Read, files(&self.readers, query)).await
    }

    async fn file_at(&self, side: Path, provider_id: &str) -> Result<Option<FileRecord>, StoreError> {
        let found = async {
            let mut connection = self.readers.acquire().await.map_err(from_sqlx)?;
            file_at(&mut connection, side, provider_id).await
        };
        self.timings.of(OperationClass::Read, found).await
    }

    async fn object_holders(&self, side: Path, provider_id: &str) -> Result<Holders, StoreError> {
        let held = sqlx::query_as(
            "SELECT count(*), count(*) FILTER (WHERE file_sides.state = 'present') FROM file_sides
             JOIN files ON files.id = file_sides.file_id
             WHERE file_sides.side = $1 AND file_sides.provider_id = $2 AND file_sides.state <> 'absent'
                 AND files.deleted_at IS NULL",
        )
        .bind(side.as_str())
        .bind(provider_id)
        // Who is about to remove an object has to know of every commit before.
        .fetch_one(&self.writer);
        let (live, sound): (i64, i64) = self.answered(held).await?;
        let count = |column, value| common::count("file_sides", column, value);
        Ok(Holders { live: count("file_id", live)?, sound: count("state", sound)? })
    }

    async fn delete_file(&self, id: &FileId, at: DateTime<Utc>) -> Result<Option<FileRecord>, StoreError> {
        self.written(self.timings.of(OperationClass::Change, delete(&self.writer, id, at)).await).await
    }

    async fn set_file_side(
        &self,
        write: &SideWrite,
        turn: Option<&StoreTurn>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, sides::set(&self.writer, write, turn, at)).await).await
    }

    async fn fail_object(
        &self,
        side: Path,
        provider_id: &str,
        error: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.written(
            self.timings.of(OperationClass::Change, sides::fail(&self.writer, side, provider_id, error, at)).await,
        )
        .await
    }

    async fn file_tasks(&self, query: &FileTaskQuery) -> Result<Vec<FileTask>, StoreError> {
        self.timings.of(OperationClass::Read, tasks::read(&self.readers, query)).await
    }

    async fn file_backfills(&self) -> Result<Vec<(FeatureId, Backfill)>, StoreError> {
        let rows: Vec<(i64, String)> = self
            .answered(
                sqlx::query_as("SELECT feature_id, progress FROM file_backfills ORDER BY feature_id")
                    .fetch_all(&self.readers),
            )
            .await?;
        let progress = |text: &str| common::document("file_backfills", "progress", text);
        rows.into_iter().map(|(feature, text)| Ok((FeatureId(feature), progress(&text)?))).collect()
    }

    async fn set_file_backfill(&self, feature: FeatureId, progress: &Backfill) -> Result<(), StoreError> {
        let written = sqlx::query(
            "INSERT INTO file_backfills (feature_id, progress) VALUES ($1, $2)
             ON CONFLICT (feature_id) DO UPDATE SET progress = excluded.progress",
        )
        .bind(feature.0)
        .bind(json(progress)?)
        .execute(&self.writer);
        self.changed(written).await.map(drop)
    }
}

async fn add(pool: &Pool, file: &FileRecord, tasks: &[FileTask], turn: Option<&StoreTurn>) -> Result<(), StoreError> {
    let mut transaction = begin_in(pool, turn).await?;
    insert(&mut transaction, file).await?;
    for task in tasks {
        tasks::put(&mut transaction, task).await?;
    }
    transaction.commit().await.map_err(from_sqlx)
}

/// A transaction that changes something, which nobody makes whose turn is lost.
async fn begin_in(pool: &Pool, turn: Option<&StoreTurn>) -> Result<Transaction, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    if let Some(turn) = turn {
        dialect::check_turn(&mut *transaction, turn).await?;
    }
    Ok(transaction)
}

async fn adopt(pool: &Pool, file: &FileRecord, side: Path) -> Result<bool, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    if file_at(&mut transaction, side, &file.side(side).provider_id).await?.is_some() {
        return Ok(false);
    }
    insert(&mut transaction, file).await?;
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(true)
}

pub(super) async fn insert(connection: &mut Connection, file: &FileRecord) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO files (id, feature_id, original_name, mime_type, size, sha256, created_at, metadata, deleted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&file.id.0)
    .bind(file.feature.0)
    .bind(file.original_name.as_str())
    .bind(file.mime_type.as_str())
    .bind(to_count(file.size))
    .bind(file.sha256.as_ref().map(Checksum::as_str))
    .bind(file.created_at.timestamp_millis())
    .bind(json(&file.metadata)?)
    .bind(file.deleted_at.map(|at| at.timestamp_millis()))
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    for path in Path::ALL {
        let side = file.side(path);
        sqlx::query("INSERT INTO file_sides (file_id, side, provider, provider_id, state) VALUES ($1, $2, $3, $4, $5)")
            .bind(&file.id.0)
            .bind(path.as_str())
            .bind(&side.provider)
            .bind(&side.provider_id)
            .bind(side.state.as_str())
            .execute(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    }
    Ok(())
}

async fn files(pool: &Pool, query: &FileQuery) -> Result<Vec<FileRecord>, StoreError> {
    let mut sql = format!("{SELECT} WHERE files.id > $1");
    if query.feature.is_some() {
        sql.push_str(" AND files.feature_id = $3");
    }
    if !query.with_deleted {
        sql.push_str(" AND files.deleted_at IS NULL");
    }
    match query.lacking {
        Some(Path::Legacy) => sql.push_str(" AND legacy.state <> 'present'"),
        Some(Path::Candidate) => sql.push_str(" AND candidate.state <> 'present'"),
        None => {}
    }
    sql.push_str(" ORDER BY files.id LIMIT $2");
    let mut rows = sqlx::query_as::<_, FileRow>(sqlx::AssertSqlSafe(sql));
    rows = rows.bind(query.after.as_ref().map_or("", FileId::as_str)).bind(i64::from(query.limit));
    if let Some(feature) = query.feature {
        rows = rows.bind(feature.0);
    }
    let rows = rows.fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(FileRecord::try_from).collect()
}

/// The record of this id, be the file deleted or not.
pub(super) async fn by_id(connection: &mut Connection, id: &FileId) -> Result<Option<FileRecord>, StoreError> {
    let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE files.id = $1"));
    rows::optional(sqlx::query_as(sql).bind(&id.0).fetch_optional(connection).await)
}

pub(super) async fn file_at(
    connection: &mut Connection,
    side: Path,
    provider_id: &str,
) -> Result<Option<FileRecord>, StoreError> {
    let sql = format!(
        "{SELECT} JOIN file_sides AS wanted ON wanted.file_id = files.id
         WHERE wanted.side = $1 AND wanted.provider_id = $2 AND wanted.state <> 'absent' ORDER BY files.id LIMIT 1"
    );
    let row = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(side.as_str()).bind(provider_id);
    rows::optional(row.fetch_optional(connection).await)
}

async fn delete(pool: &Pool, id: &FileId, at: DateTime<Utc>) -> Result<Option<FileRecord>, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    let sql = sqlx::AssertSqlSafe(format!("{SELECT} WHERE files.id = $1 AND files.deleted_at IS NULL"));
    let row = sqlx::query_as(sql).bind(&id.0).fetch_optional(&mut *transaction).await;
    let Some(file) = rows::optional(row)? else { return Ok(None) };
    sqlx::query("UPDATE files SET deleted_at = $1 WHERE id = $2")
        .bind(at.timestamp_millis())
        .bind(&id.0)
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    for side in Path::ALL.into_iter().filter(|side| file.side(*side).state != SideState::Absent) {
        tasks::put(&mut transaction, &tasks::removal(&file, side, at)).await?;
    }
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(Some(file))
}
