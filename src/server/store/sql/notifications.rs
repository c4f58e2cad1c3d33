//! Targets of notifications and what waits for them: reading both, and noting how far the telling has come. Changing them is
//! in [`write`].

mod rows;
mod write;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use self::rows::{HealthRow, NotificationRow, TargetRow};
pub(super) use self::write::{queue, write_notification, write_target};
use super::SqlStore;
use super::dialect::{Db, Pool};
use super::error::from_sqlx;
use crate::domain::notification::target::{NotificationTarget, TargetId};
use crate::domain::notification::{Notification, NotificationId, StateWord, TargetHealth};
use crate::server::store::{Attempt, NotificationQuery, NotificationStore, OperationClass, StoreError};

/// Targets with the slug of the migration that they are for.
const TARGETS: &str = "SELECT notification_targets.*, migrations.slug FROM notification_targets
    LEFT JOIN migrations ON migrations.id = notification_targets.migration_id WHERE removed_at IS NULL";

#[async_trait]
impl NotificationStore for SqlStore {
    async fn notification_targets(&self) -> Result<Vec<NotificationTarget>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{TARGETS} ORDER BY notification_targets.name"));
        let rows: Vec<TargetRow> = self.answered(sqlx::query_as(sql).fetch_all(&self.readers)).await?;
        rows.into_iter().map(NotificationTarget::try_from).collect()
    }

    async fn target_health(&self) -> Result<Vec<(TargetId, TargetHealth)>, StoreError> {
        let rows: Vec<HealthRow> = self
            .answered(
                sqlx::query_as(
                    "SELECT t.id AS target_id,
                 (SELECT count(*) FROM notifications n WHERE n.target_id = t.id AND n.state = 'queued') AS queued,
                 (SELECT count(*) FROM notifications n WHERE n.target_id = t.id AND n.state = 'dead') AS dead,
                 (SELECT max(n.ended_at) FROM notifications n WHERE n.target_id = t.id AND n.state = 'delivered')
                     AS delivered_at,
                 failed.failed_at AS failed_at, failed.last_error AS last_error
             FROM notification_targets t
             LEFT JOIN notifications failed ON failed.seq =
                 (SELECT n.seq FROM notifications n WHERE n.target_id = t.id AND n.failed_at IS NOT NULL
                  ORDER BY n.failed_at DESC, n.seq DESC LIMIT 1)
             WHERE EXISTS (SELECT 1 FROM notifications n WHERE n.target_id = t.id) ORDER BY t.id",
                )
                .fetch_all(&self.readers),
            )
            .await?;
        rows.into_iter().map(HealthRow::health).collect()
    }

    async fn first_queued(&self, target: Option<TargetId>) -> Result<Vec<Notification>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT * FROM notifications WHERE seq IN
                 (SELECT min(seq) FROM notifications WHERE state = 'queued' AND ($1 IS NULL OR target_id = $1)
                  GROUP BY target_id)
             ORDER BY seq",
        )
        .bind(target.map(|target| target.0))
        .fetch_all(&self.readers);
        self.parsed(rows).await
    }

    async fn note_attempt(
        &self,
        id: &NotificationId,
        attempt: &Attempt,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let noted = self.timings.of(OperationClass::Change, note_attempt(&self.writer, id, attempt, at)).await;
        self.written(noted).await
    }

    async fn notifications(&self, query: &NotificationQuery) -> Result<Vec<Notification>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new("SELECT * FROM notifications WHERE TRUE");
        if let Some(state) = query.state {
            sql.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some(target) = query.target {
            sql.push(" AND target_id = ").push_bind(target.0);
        }
        if let Some(alert) = &query.alert {
            sql.push(" AND alert = ").push_bind(&alert.0);
        }
        sql.push(if query.oldest_first { " ORDER BY seq LIMIT " } else { " ORDER BY seq DESC LIMIT " });
        sql.push_bind(i64::from(query.limit));
        self.parsed(sql.build_query_as().persistent(false).fetch_all(&self.readers)).await
    }

    async fn notification(&self, id: &NotificationId) -> Result<Option<Notification>, StoreError> {
        let row = sqlx::query_as("SELECT * FROM notifications WHERE id = $1").bind(&id.0);
        let row: Option<NotificationRow> = self.answered(row.fetch_optional(&self.readers)).await?;
        row.map(Notification::try_from).transpose()
    }

    async fn told_firing(&self, target: TargetId) -> Result<Vec<Notification>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT * FROM notifications
             WHERE target_id = $1 AND status = 'firing' AND state = 'delivered' AND NOT EXISTS
                 (SELECT 1 FROM notifications later WHERE later.target_id = $1 AND later.alert = notifications.alert
                      AND later.seq > notifications.seq)
             ORDER BY seq",
        )
        .bind(target.0)
        .fetch_all(&self.readers);
        self.parsed(rows).await
    }

    async fn note_repeated(&self, target: TargetId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let noted = sqlx::query("UPDATE notification_targets SET repeated_at = $1 WHERE id = $2")
            .bind(at.timestamp_millis())
            .bind(target.0)
            .execute(&self.writer);
        self.changed(noted).await.map(drop)
    }
}

async fn note_attempt(
    pool: &Pool,
    id: &NotificationId,
    attempt: &Attempt,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (state, next_attempt_at, error) = match attempt {
        Attempt::Delivered => (StateWord::Delivered, None, None),
        Attempt::Failed { next_attempt_at, error } => (StateWord::Queued, Some(*next_attempt_at), Some(error)),
        Attempt::GivenUp { error } => (StateWord::Dead, None, Some(error)),
    };
    let at = at.timestamp_millis();
    let noted = sqlx::query(
        "UPDATE notifications
         SET state = $1, attempts = attempts + 1, next_attempt_at = $2, ended_at = CASE WHEN $1 = 'queued' THEN NULL ELSE $3 END,
             failed_at = CASE WHEN $4 IS NULL THEN failed_at ELSE $3 END, last_error = coalesce($4, last_error)
         WHERE id = $5 AND state = 'queued'",
    )
    .bind(state.as_str())
    .bind(next_attempt_at.map(|at| at.timestamp_millis()))
    .bind(at)
    .bind(error)
    .bind(&id.0)
    .execute(pool)
    .await
    .map_err(from_sqlx)?;
    Ok(noted.rows_affected() == 1)
}

impl SqlStore {
    async fn parsed(
        &self,
        rows: impl Future<Output = Result<Vec<NotificationRow>, sqlx::Error>>,
    ) -> Result<Vec<Notification>, StoreError> {
        let rows = self.answered(rows).await?;
        rows.into_iter().map(Notification::try_from).collect()
    }
}
