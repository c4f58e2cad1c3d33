//! Files as people look through them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::super::SqlStore;
use super::super::dialect::Db;
use super::super::rows::{count, moment};
use super::rows::{FileRow, SELECT};
use crate::domain::feature::FeatureId;
use crate::domain::file::FileRecord;
use crate::domain::path::Path;
use crate::server::store::{
    FileListQuery, FileListStore, FileTotals, Holding, QueueLength, Sharing, SideTotals, StoreError,
};

#[async_trait]
impl FileListStore for SqlStore {
    async fn file_totals(&self) -> Result<Vec<FileTotals>, StoreError> {
        let rows: Vec<TotalsRow> = self.answered(sqlx::query_as(
            "SELECT files.feature_id AS feature_id, count(*) AS files, CAST(sum(files.size) AS BIGINT) AS bytes,
                 count(*) FILTER (WHERE legacy.state = 'present') AS legacy_files,
                 CAST(coalesce(sum(files.size) FILTER (WHERE legacy.state = 'present'), 0) AS BIGINT) AS legacy_bytes,
                 count(*) FILTER (WHERE legacy.state IN ('pending', 'failed')) AS legacy_behind,
                 count(*) FILTER (WHERE candidate.state = 'present') AS candidate_files,
                 CAST(coalesce(sum(files.size) FILTER (WHERE candidate.state = 'present'), 0) AS BIGINT)
                     AS candidate_bytes,
                 count(*) FILTER (WHERE candidate.state IN ('pending', 'failed')) AS candidate_behind
             FROM files
             JOIN file_sides AS legacy ON legacy.file_id = files.id AND legacy.side = 'legacy'
             JOIN file_sides AS candidate ON candidate.file_id = files.id AND candidate.side = 'candidate'
             WHERE files.deleted_at IS NULL GROUP BY files.feature_id ORDER BY files.feature_id",
        ).fetch_all(&self.readers)).await?;
        rows.into_iter().map(FileTotals::try_from).collect()
    }

    async fn file_sharing(&self) -> Result<Sharing, StoreError> {
        let (file_bytes, objects, object_bytes): (i64, i64, i64) = self.answered(sqlx::query_as(
            "SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT), count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM (
                 SELECT sum(files.size) AS bytes, max(files.size) AS size FROM file_sides
                 JOIN files ON files.id = file_sides.file_id
                 WHERE file_sides.side = 'candidate' AND file_sides.state = 'present' AND files.deleted_at IS NULL
                 GROUP BY file_sides.provider_id
             ) AS shared",
        ).fetch_one(&self.readers)).await?;
        let count = |value| count("files", "size", value);
        Ok(Sharing { file_bytes: count(file_bytes)?, objects: count(objects)?, object_bytes: count(object_bytes)? })
    }

    async fn queue_length(&self) -> Result<QueueLength, StoreError> {
        let (tasks, failing, due): (i64, i64, Option<i64>) = self
            .answered(
                sqlx::query_as("SELECT count(*), count(*) FILTER (WHERE attempts > 0), min(next_at) FROM file_tasks")
                    .fetch_one(&self.readers),
            )
            .await?;
        Ok(QueueLength {
            tasks: count("file_tasks", "file_id", tasks)?,
            failing: count("file_tasks", "attempts", failing)?,
            due_since: due.map(|at| moment("file_tasks", "next_at", at)).transpose()?,
        })
    }

    async fn file_list(&self, query: &FileListQuery) -> Result<Vec<FileRecord>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new(format!("{SELECT} WHERE files.deleted_at IS NULL"));
        if let Some(feature) = query.feature {
            sql.push(" AND files.feature_id = ").push_bind(feature.0);
        }
        if !query.name.is_empty() {
            sql.push(" AND length(replace(lower(files.original_name), lower(").push_bind(&query.name);
            sql.push("), '')) < length(files.original_name)");
        }
        if let Some((side, holding)) = query.side {
            sql.push(match side {
                Path::Legacy => " AND legacy.state",
                Path::Candidate => " AND candidate.state",
            });
            sql.push(match holding {
                Holding::Has => " = 'present'",
                Holding::Lacks => " <> 'present'",
            });
        }
        if let Some(before) = &query.before {
            sql.push(" AND files.id < ").push_bind(before.as_str());
        }
        sql.push(" ORDER BY files.id DESC LIMIT ").push_bind(i64::from(query.limit));
        // Planned each time: few files lack a side, and most have it.
        let found = sql.build_query_as().persistent(false).fetch_all(&self.readers);
        let rows: Vec<FileRow> = self.answered(found).await?;
        rows.into_iter().map(FileRecord::try_from).collect()
    }

    async fn hasten_tasks(&self, at: DateTime<Utc>) -> Result<u64, StoreError> {
        let hastened = sqlx::query("UPDATE file_tasks SET next_at = $1 WHERE next_at > $1")
            .bind(at.timestamp_millis())
            .execute(&self.writer);
        Ok(self.changed(hastened).await?.rows_affected())
    }
}

#[derive(sqlx::FromRow)]
struct TotalsRow {
    feature_id: i64,
    files: i64,
    bytes: i64,
    legacy_files: i64,
    legacy_bytes: i64,
    legacy_behind: i64,
    candidate_files: i64,
    candidate_bytes: i64,
    candidate_behind: i64,
}

impl TryFrom<TotalsRow> for FileTotals {
    type Error = StoreError;

    fn try_from(row: TotalsRow) -> Result<Self, StoreError> {
        let side = |files, bytes, behind| {
            Ok::<_, StoreError>(SideTotals {
                files: count("file_sides", "file_id", files)?,
                bytes: count("files", "size", bytes)?,
                behind: count("file_sides", "state", behind)?,
            })
        };
        Ok(Self {
            feature: FeatureId(row.feature_id),
            files: count("files", "id", row.files)?,
            bytes: count("files", "size", row.bytes)?,
            legacy: side(row.legacy_files, row.legacy_bytes, row.legacy_behind)?,
            candidate: side(row.candidate_files, row.candidate_bytes, row.candidate_behind)?,
        })
    }
}
