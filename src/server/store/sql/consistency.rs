//! Checks and findings: reading and writing them.

mod mending;
mod rows;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

pub(super) use self::mending::mend;
use self::rows::{CheckRow, FindingRow};
use super::SqlStore;
use super::changes::json;
use super::dialect::{self, Db, Pool};
use super::error::from_sqlx;
use super::files::tasks::TaskRow;
use super::rows::{corrupt, count, to_count};
use crate::domain::consistency::check::{Check, CheckId, CheckMode, CheckState, Looked};
use crate::domain::consistency::examine::ObjectOwner;
use crate::domain::consistency::{Finding, FindingId, FindingKind, KeptFinding, Repair};
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileTask};
use crate::domain::path::Path;
use crate::domain::text::Actor;
use crate::server::store::{ConsistencyStore, FindingQuery, OpenFindings, OperationClass, StoreError};

#[async_trait]
impl ConsistencyStore for SqlStore {
    async fn ask_check(&self, mode: CheckMode, by: &Actor, at: DateTime<Utc>) -> Result<(Check, bool), StoreError> {
        self.written(self.timings.of(OperationClass::Change, ask(&self.writer, mode, by, at)).await).await
    }

    async fn begin_check(&self, at: DateTime<Utc>) -> Result<Option<Check>, StoreError> {
        let begun = sqlx::query_as::<_, CheckRow>(
            "UPDATE checks SET state = 'running', started_at = $1 WHERE state = 'waiting' RETURNING *",
        )
        .bind(at.timestamp_millis())
        .fetch_optional(&self.writer);
        self.changed(begun).await?.map(Check::try_from).transpose()
    }

    async fn note_check(&self, check: CheckId, looked: &Looked, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let noted = sqlx::query(
            "UPDATE checks SET records = $1, objects = $2, bytes = $3, found = $4, noted_at = $5
             WHERE id = $6 AND state = 'running'",
        )
        .bind(to_count(looked.records))
        .bind(to_count(looked.objects))
        .bind(to_count(looked.bytes))
        .bind(to_count(looked.found))
        .bind(at.timestamp_millis())
        .bind(check.0)
        .execute(&self.writer);
        Ok(self.changed(noted).await?.rows_affected() > 0)
    }

    async fn end_check(&self, check: CheckId, looked: &Looked, ended: &CheckState) -> Result<bool, StoreError> {
        self.written(self.timings.of(OperationClass::Change, end(&self.writer, check, looked, ended)).await).await
    }

    async fn interrupt_check(
        &self,
        silent_since: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "UPDATE checks SET state = 'interrupted', ended_at = $1
             WHERE state = 'running' AND coalesce(noted_at, started_at) < $2",
        )
        .bind(at.timestamp_millis())
        .bind(silent_since.map_or(i64::MAX, |since| since.timestamp_millis()))
        .execute(&self.writer);
        Ok(self.changed(ended).await?.rows_affected() > 0)
    }

    async fn checks(&self, limit: u32) -> Result<Vec<Check>, StoreError> {
        let rows = sqlx::query_as("SELECT * FROM checks ORDER BY id DESC LIMIT $1").bind(i64::from(limit));
        let rows: Vec<CheckRow> = self.answered(rows.fetch_all(&self.readers)).await?;
        rows.into_iter().map(Check::try_from).collect()
    }

    async fn last_full_check(&self) -> Result<Option<Check>, StoreError> {
        let row: Option<CheckRow> = self
            .answered(
                sqlx::query_as(
                    "SELECT * FROM checks WHERE mode = 'full' AND state = 'complete' ORDER BY id DESC LIMIT 1",
                )
                .fetch_optional(&self.readers),
            )
            .await?;
        row.map(Check::try_from).transpose()
    }

    async fn keep_findings(&self, check: CheckId, found: &[Finding], at: DateTime<Utc>) -> Result<(), StoreError> {
        self.written(self.timings.of(OperationClass::Change, keep(&self.writer, check, found, at)).await).await
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<KeptFinding>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new("SELECT * FROM findings WHERE TRUE");
        match query.closed {
            Some(true) => sql.push(" AND closed_at IS NOT NULL"),
            Some(false) => sql.push(" AND closed_at IS NULL"),
            None => &mut sql,
        };
        if let Some(kind) = query.kind {
            sql.push(" AND kind = ").push_bind(kind.as_str());
        }
        if let Some(feature) = query.feature {
            sql.push(" AND feature_id = ").push_bind(feature.0);
        }
        if let Some(file) = &query.file {
            sql.push(" AND kind <> 'no_record' AND subject = ").push_bind(file.as_str());
        }
        if let Some(before) = query.before {
            sql.push(" AND id < ").push_bind(before.0);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(query.limit));
        let found = sql.build_query_as().persistent(false).fetch_all(&self.readers);
        let rows: Vec<FindingRow> = self.answered(found).await?;
        rows.into_iter().map(KeptFinding::try_from).collect()
    }

    async fn finding(&self, id: FindingId) -> Result<Option<KeptFinding>, StoreError> {
        let row = sqlx::query_as("SELECT * FROM findings WHERE id = $1").bind(id.0);
        let row: Option<FindingRow> = self.answered(row.fetch_optional(&self.readers)).await?;
        row.map(KeptFinding::try_from).transpose()
    }

    async fn open_findings(&self) -> Result<Vec<OpenFindings>, StoreError> {
        let rows: Vec<(String, Option<i64>, i64)> = self
            .answered(
                sqlx::query_as(
                    "SELECT kind, feature_id, count(*) FROM findings WHERE closed_at IS NULL
             GROUP BY kind, feature_id ORDER BY kind, feature_id",
                )
                .fetch_all(&self.readers),
            )
            .await?;
        let open = |(kind, feature, number): (String, Option<i64>, i64)| {
            Ok(OpenFindings {
                kind: FindingKind::parse(&kind).ok_or_else(|| corrupt("findings", "kind", &kind))?,
                feature: feature.map(FeatureId),
                count: count("findings", "id", number)?,
            })
        };
        rows.into_iter().map(open).collect()
    }

    async fn note_failed_repair(&self, id: FindingId, error: &str) -> Result<(), StoreError> {
        let noted = sqlx::query("UPDATE findings SET last_error = $1 WHERE id = $2 AND closed_at IS NULL")
            .bind(error)
            .bind(id.0)
            .execute(&self.writer);
        self.changed(noted).await.map(drop)
    }

    async fn close_gone(&self, id: FindingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let closed = sqlx::query("UPDATE findings SET closed_at = $1 WHERE id = $2 AND closed_at IS NULL")
            .bind(at.timestamp_millis())
            .bind(id.0)
            .execute(&self.writer);
        self.changed(closed).await.map(drop)
    }

    async fn tasks_of(&self, files: &[FileId]) -> Result<Vec<FileTask>, StoreError> {
        let ids: Vec<&str> = files.iter().map(FileId::as_str).collect();
        let rows: Vec<TaskRow> = self
            .answered(
                sqlx::query_as(concat!(
                    "SELECT file_tasks.*, files.feature_id AS feature_id FROM file_tasks
             JOIN files ON files.id = file_tasks.file_id WHERE file_tasks.file_id IN ",
                    dialect::listed!("$1"),
                    " ORDER BY file_tasks.file_id, file_tasks.side"
                ))
                .bind(json(&ids)?)
                .fetch_all(&self.readers),
            )
            .await?;
        rows.into_iter().map(FileTask::try_from).collect()
    }

    async fn object_owners(&self, side: Path, keys: &[String]) -> Result<Vec<ObjectOwner>, StoreError> {
        // A file that was deleted has it as long as a task is to remove it.
        let rows: Vec<(String, bool)> = self.answered(sqlx::query_as(concat!(
            "SELECT file_sides.provider_id,
                 count(*) FILTER (WHERE CASE WHEN files.deleted_at IS NULL THEN file_sides.state <> 'absent'
                     ELSE file_tasks.file_id IS NOT NULL END) > 0
             FROM file_sides
             JOIN files ON files.id = file_sides.file_id
             LEFT JOIN file_tasks ON file_tasks.file_id = file_sides.file_id AND file_tasks.side = file_sides.side
             WHERE file_sides.side = $1 AND file_sides.provider_id IN ",
            dialect::listed!("$2"),
            " AND (files.deleted_at IS NOT NULL OR file_sides.state <> 'absent') GROUP BY file_sides.provider_id"
        ))
        .bind(side.as_str())
        .bind(json(&keys)?).fetch_all(&self.readers)).await?;
        let known: HashMap<String, bool> = rows.into_iter().collect();
        let owner = |key: &String| match known.get(key) {
            Some(true) => ObjectOwner::Known,
            Some(false) => ObjectOwner::Deleted,
            None => ObjectOwner::Nobody,
        };
        Ok(keys.iter().map(owner).collect())
    }
}

async fn ask(pool: &Pool, mode: CheckMode, by: &Actor, at: DateTime<Utc>) -> Result<(Check, bool), StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    let open: Option<CheckRow> = sqlx::query_as("SELECT * FROM checks WHERE state IN ('waiting', 'running')")
        .fetch_optional(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    if let Some(open) = open {
        return Ok((open.try_into()?, false));
    }
    let asked: CheckRow = sqlx::query_as(
        "INSERT INTO checks (mode, asked_by, asked_at, state) VALUES ($1, $2, $3, 'waiting') RETURNING *",
    )
    .bind(mode.as_str())
    .bind(by.as_str())
    .bind(at.timestamp_millis())
    .fetch_one(&mut *transaction)
    .await
    .map_err(from_sqlx)?;
    transaction.commit().await.map_err(from_sqlx)?;
    Ok((asked.try_into()?, true))
}

async fn end(pool: &Pool, check: CheckId, looked: &Looked, ended: &CheckState) -> Result<bool, StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    let error = match ended {
        CheckState::Failed { error, .. } => Some(error.as_str()),
        _ => None,
    };
    let mode: Option<String> = sqlx::query_scalar(
        "UPDATE checks SET state = $1, ended_at = $2, error = $3, records = $4, objects = $5, bytes = $6, found = $7
         WHERE id = $8 AND state = 'running' RETURNING mode",
    )
    .bind(ended.as_str())
    .bind(ended.ended_at().map(|at| at.timestamp_millis()))
    .bind(error)
    .bind(to_count(looked.records))
    .bind(to_count(looked.objects))
    .bind(to_count(looked.bytes))
    .bind(to_count(looked.found))
    .bind(check.0)
    .fetch_optional(&mut *transaction)
    .await
    .map_err(from_sqlx)?;
    let Some(mode) = mode else { return Ok(false) };
    if let CheckState::Complete { at } = ended {
        let seen: Vec<&str> = rows::mode(&mode)?.sees().into_iter().map(FindingKind::as_str).collect();
        sqlx::query(concat!(
            "UPDATE findings SET closed_at = $1 WHERE closed_at IS NULL AND last_check <> $2 AND kind IN ",
            dialect::listed!("$3")
        ))
        .bind(at.timestamp_millis())
        .bind(check.0)
        .bind(json(&seen)?)
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(true)
}

async fn keep(pool: &Pool, check: CheckId, found: &[Finding], at: DateTime<Utc>) -> Result<(), StoreError> {
    let mut transaction = dialect::begin_change(pool).await?;
    for finding in found {
        let repairs: Vec<&str> = finding.repairs.iter().copied().map(Repair::as_str).collect();
        sqlx::query(
            "INSERT INTO findings (kind, side, subject, feature_id, detail, repairs, found_at, last_check)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (kind, side, subject) WHERE closed_at IS NULL DO UPDATE
             SET feature_id = excluded.feature_id, detail = excluded.detail, repairs = excluded.repairs,
                 last_check = excluded.last_check",
        )
        .bind(finding.is.kind.as_str())
        .bind(finding.is.side.map_or("", Path::as_str))
        .bind(finding.is.subject.as_str())
        .bind(finding.feature.map(|feature| feature.0))
        .bind(&finding.detail)
        .bind(repairs.join(" "))
        .bind(at.timestamp_millis())
        .bind(check.0)
        .execute(&mut *transaction)
        .await
        .map_err(from_sqlx)?;
    }
    transaction.commit().await.map_err(from_sqlx)
}
