//! Changing targets, and queueing what they are to be told, in the transaction of the change that it is part of.

use chrono::{DateTime, Utc};

use super::super::changes::{json, one};
use super::super::dialect::Connection;
use super::super::error::{from_sqlx, is_unique_violation};
use super::TARGETS;
use super::rows::TargetRow;
use crate::domain::alert_notice::{AlertNotice, NoticeStatus};
use crate::domain::feature_key::MigrationSlug;
use crate::domain::notification::target::{NotificationTarget, TargetId, TargetSettings};
use crate::domain::secret_text::SecretText;
use crate::server::commands::ids;
use crate::server::store::{CommitError, NotificationWrite, TargetWrite};

/// Queues `notice` for every target that is told of such.
pub(in super::super) async fn queue(
    connection: &mut Connection,
    notice: &AlertNotice,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    let rows: Vec<TargetRow> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{TARGETS} ORDER BY notification_targets.id")))
            .fetch_all(&mut *connection)
            .await
            .map_err(from_sqlx)?;
    let status = match notice.status {
        NoticeStatus::Firing => "firing",
        NoticeStatus::Resolved { .. } => "resolved",
    };
    let (document, at_millis) = (json(notice)?, at.timestamp_millis());
    for row in rows {
        let target = NotificationTarget::try_from(row)?;
        if !target.settings.wants(notice) {
            continue;
        }
        sqlx::query(
            "INSERT INTO notifications (id, target_id, alert, status, notice, queued_at, trying_since, state, next_attempt_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6, 'queued', $6)",
        )
        .bind(ids::new(at))
        .bind(target.id.0)
        .bind(&notice.alert.0)
        .bind(status)
        .bind(&document)
        .bind(at_millis)
        .execute(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    }
    Ok(())
}

pub(in super::super) async fn write_target(
    connection: &mut Connection,
    write: &TargetWrite,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    match write {
        TargetWrite::Create(settings) => create(connection, settings, at).await,
        TargetWrite::Change { target, settings, expected } => change(connection, *target, settings, *expected).await,
        TargetWrite::Remove { target, expected } => remove(connection, *target, *expected, at).await,
    }
}

pub(in super::super) async fn write_notification(
    connection: &mut Connection,
    write: &NotificationWrite,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    let (sql, id) = match write {
        NotificationWrite::SendAgain(id) => (
            "UPDATE notifications SET state = 'queued', attempts = 0, trying_since = $1, next_attempt_at = $1, ended_at = NULL
             WHERE id = $2 AND state = 'dead'",
            id,
        ),
        NotificationWrite::Drop(id) => (
            "UPDATE notifications SET state = 'dropped', next_attempt_at = NULL, ended_at = $1
             WHERE id = $2 AND state IN ('dead', 'queued')",
            id,
        ),
    };
    let written = sqlx::query(sql).bind(at.timestamp_millis()).bind(&id.0).execute(connection).await;
    one(&written.map_err(from_sqlx)?, || format!("notification {}", id.0))
}

async fn create(connection: &mut Connection, settings: &TargetSettings, at: DateTime<Utc>) -> Result<(), CommitError> {
    let migration = migration_id(connection, settings.migration.as_ref()).await?;
    let (user, secret) = settings.access.parts();
    sqlx::query(
        "INSERT INTO notification_targets (name, kind, url, secret, username, least_severity, migration_id, enabled,
             created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
    )
    .bind(settings.name.as_str())
    .bind(settings.access.kind().as_str())
    .bind(settings.url.expose())
    .bind(secret.map(SecretText::expose))
    .bind(user)
    .bind(settings.least_severity.as_str())
    .bind(migration)
    .bind(settings.enabled.is_on())
    .bind(at.timestamp_millis())
    .execute(connection)
    .await
    .map_err(|error| taken(error, settings))?;
    Ok(())
}

async fn change(
    connection: &mut Connection,
    target: TargetId,
    settings: &TargetSettings,
    expected: i64,
) -> Result<(), CommitError> {
    let migration = migration_id(connection, settings.migration.as_ref()).await?;
    let (user, secret) = settings.access.parts();
    let updated = sqlx::query(
        "UPDATE notification_targets
         SET name = $1, kind = $2, url = $3, secret = $4, username = $5, least_severity = $6, migration_id = $7, enabled = $8,
             version = version + 1
         WHERE id = $9 AND version = $10 AND removed_at IS NULL",
    )
    .bind(settings.name.as_str())
    .bind(settings.access.kind().as_str())
    .bind(settings.url.expose())
    .bind(secret.map(SecretText::expose))
    .bind(user)
    .bind(settings.least_severity.as_str())
    .bind(migration)
    .bind(settings.enabled.is_on())
    .bind(target.0)
    .bind(expected)
    .execute(connection)
    .await
    .map_err(|error| taken(error, settings))?;
    one(&updated, || format!("target {}", settings.name))
}

async fn remove(
    connection: &mut Connection,
    target: TargetId,
    expected: i64,
    at: DateTime<Utc>,
) -> Result<(), CommitError> {
    let removed = sqlx::query(
        "UPDATE notification_targets
         SET removed_at = $1, url = '', secret = NULL, username = NULL, enabled = FALSE, version = version + 1
         WHERE id = $2 AND version = $3 AND removed_at IS NULL",
    )
    .bind(at.timestamp_millis())
    .bind(target.0)
    .bind(expected)
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    one(&removed, || format!("target {}", target.0))?;
    sqlx::query(
        "UPDATE notifications SET state = 'dropped', next_attempt_at = NULL, ended_at = $1
         WHERE target_id = $2 AND state IN ('queued', 'dead')",
    )
    .bind(at.timestamp_millis())
    .bind(target.0)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

async fn migration_id(connection: &mut Connection, slug: Option<&MigrationSlug>) -> Result<Option<i64>, CommitError> {
    let Some(slug) = slug else { return Ok(None) };
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM migrations WHERE slug = $1")
        .bind(slug.as_str())
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    found.map(Some).ok_or_else(|| CommitError::NotFound { what: format!("migration {slug}") })
}

fn taken(error: sqlx::Error, settings: &TargetSettings) -> CommitError {
    if is_unique_violation(&error) {
        CommitError::Exists { what: format!("target {}", settings.name) }
    } else {
        from_sqlx(error).into()
    }
}
