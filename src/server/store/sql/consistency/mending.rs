//! What mending a finding writes: within the transaction that tells of it, and only if everything is as it was looked at.

use super::super::changes::one;
use super::super::dialect::Connection;
use super::super::error::from_sqlx;
use super::super::files::{self, tasks};
use super::super::rows::to_count;
use crate::domain::consistency::Closed;
use crate::domain::file::{Checksum, FileRecord, FileTask, SideState, TaskKind};
use crate::domain::path::Path;
use crate::server::store::{CommitError, Effect, Mending};

/// Closes the finding, and does what mends it.
pub(in super::super) async fn mend(connection: &mut Connection, mending: &Mending) -> Result<(), CommitError> {
    let (by, repair) = match &mending.closed {
        Closed::Repaired { by, repair, .. } => (Some(by.as_str()), Some(repair.as_str())),
        Closed::Gone { .. } => (None, None),
    };
    let closed = sqlx::query(
        "UPDATE findings SET closed_at = $1, closed_by = $2, repair = $3, last_error = NULL
         WHERE id = $4 AND closed_at IS NULL",
    )
    .bind(mending.closed.at().timestamp_millis())
    .bind(by)
    .bind(repair)
    .bind(mending.finding.0)
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    one(&closed, || format!("finding {}", mending.finding.0))?;
    for effect in &mending.effects {
        make(connection, mending, effect).await?;
    }
    Ok(())
}

async fn make(connection: &mut Connection, mending: &Mending, effect: &Effect) -> Result<(), CommitError> {
    let at = mending.closed.at();
    match effect {
        Effect::Record { expected, now } => {
            expect(connection, expected).await?;
            set_record(connection, now).await?;
        }
        Effect::Task { file, side, kind: None, .. } => tasks::remove(connection, file, *side).await?,
        Effect::Task { file, side, kind: Some(kind), at } => {
            let task = FileTask {
                file: file.clone(),
                feature: crate::domain::feature::FeatureId(0),
                side: *side,
                kind: *kind,
                attempts: 0,
                next_at: *at,
                last_error: None,
            };
            tasks::put(connection, &task).await?;
        }
        Effect::Adopted { file, side } => {
            let key = &file.side(*side).provider_id;
            if files::file_at(connection, *side, key).await?.is_some() {
                return Err(CommitError::Stale { what: format!("the object {key}") });
            }
            files::insert(connection, file).await?;
        }
        Effect::Deleted { expected } => {
            expect(connection, expected).await?;
            sqlx::query("UPDATE files SET deleted_at = $1 WHERE id = $2")
                .bind(at.timestamp_millis())
                .bind(&expected.id.0)
                .execute(&mut *connection)
                .await
                .map_err(from_sqlx)?;
            for side in Path::ALL.into_iter().filter(|side| expected.side(*side).state != SideState::Absent) {
                let task = FileTask { kind: TaskKind::Delete, ..tasks::removal(expected, side, at) };
                tasks::put(connection, &task).await?;
            }
        }
    }
    Ok(())
}

/// The record must be as it was looked at.
async fn expect(connection: &mut Connection, expected: &FileRecord) -> Result<(), CommitError> {
    match files::by_id(connection, &expected.id).await? {
        Some(present) if present == *expected => Ok(()),
        Some(_) => Err(CommitError::Stale { what: format!("file {}", expected.id) }),
        None => Err(CommitError::NotFound { what: format!("file {}", expected.id) }),
    }
}

async fn set_record(connection: &mut Connection, record: &FileRecord) -> Result<(), CommitError> {
    sqlx::query("UPDATE files SET sha256 = $1, size = $2 WHERE id = $3")
        .bind(record.sha256.as_ref().map(Checksum::as_str))
        .bind(to_count(record.size))
        .bind(&record.id.0)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    for path in Path::ALL {
        let side = record.side(path);
        sqlx::query(
            "UPDATE file_sides SET provider = $1, provider_id = $2, state = $3 WHERE file_id = $4 AND side = $5",
        )
        .bind(&side.provider)
        .bind(&side.provider_id)
        .bind(side.state.as_str())
        .bind(&record.id.0)
        .bind(path.as_str())
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}
