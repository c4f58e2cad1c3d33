//! Alerts and silences: reading and writing them.

mod rows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, QueryBuilder};

use self::rows::{ActedColumns, AlertRow, SilenceRow, StateColumns};
use super::SqlStore;
use super::changes::{json, one};
use super::dialect::{Connection, Db};
use super::error::{from_sqlx, is_unique_violation};
use super::rows::document;
use crate::domain::alert::{Episode, FrozenAlert, Silence, SilenceId, StateWord};
use crate::domain::alert_notice::AlertId;
use crate::server::store::{AlertQuery, AlertStore, AlertWrite, CommitError, StoreError};

/// Alerts without what they fired on, which is large.
const ALERTS: &str = "SELECT id, migration_id, feature_id, entry, rule, kind, severity, action, policy_version, state, pending_at,
    fired_at, resolved_at, resolved_reason, held_ms, clear_ms, seen_at, reading, frozen_digest, acted, rollback_id, told, revision
    FROM alerts";

#[async_trait]
impl AlertStore for SqlStore {
    async fn open_alerts(&self) -> Result<Vec<Episode>, StoreError> {
        let sql = AssertSqlSafe(format!("{ALERTS} WHERE state <> 'resolved' ORDER BY id"));
        let rows: Vec<AlertRow> = self.answered(sqlx::query_as(sql).fetch_all(&self.readers)).await?;
        rows.into_iter().map(Episode::try_from).collect()
    }

    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Episode>, StoreError> {
        let mut sql = QueryBuilder::<Db>::new(format!("{ALERTS} WHERE TRUE"));
        if let Some(migration) = query.migration {
            sql.push(" AND migration_id = ").push_bind(migration.0);
        }
        if let Some(feature) = query.feature {
            sql.push(" AND feature_id = ").push_bind(feature.0);
        }
        match query.state {
            Some(StateWord::Resolved) => {
                sql.push(" AND state = 'resolved'");
            }
            // Open ones have an index of their own.
            Some(open) => {
                sql.push(" AND state <> 'resolved' AND state = ").push_bind(open.as_str());
            }
            None => {}
        }
        if let Some(at) = query.not_over_by {
            sql.push(" AND (resolved_at IS NULL OR resolved_at > ").push_bind(at.timestamp_millis()).push(")");
        }
        if let Some(before) = &query.before {
            sql.push(" AND id < ").push_bind(&before.0);
        }
        if let Some(rollback) = &query.rollback {
            sql.push(" AND rollback_id = ").push_bind(&rollback.0);
        }
        sql.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(query.limit));
        // Planned each time: some features have most of the alerts, and others none.
        let found = sql.build_query_as().persistent(false).fetch_all(&self.readers);
        let rows: Vec<AlertRow> = self.answered(found).await?;
        rows.into_iter().map(Episode::try_from).collect()
    }

    async fn alert(&self, id: &AlertId) -> Result<Option<Episode>, StoreError> {
        let row = sqlx::query_as(AssertSqlSafe(format!("{ALERTS} WHERE id = $1"))).bind(&id.0);
        let row: Option<AlertRow> = self.answered(row.fetch_optional(&self.readers)).await?;
        row.map(Episode::try_from).transpose()
    }

    async fn frozen_alert(&self, id: &AlertId) -> Result<Option<FrozenAlert>, StoreError> {
        let frozen: Option<Option<String>> = self
            .answered(
                sqlx::query_scalar("SELECT frozen FROM alerts WHERE id = $1").bind(&id.0).fetch_optional(&self.readers),
            )
            .await?;
        frozen.flatten().map(|frozen| document("alerts", "frozen", &frozen)).transpose()
    }

    async fn silences(&self, limit: u32) -> Result<Vec<Silence>, StoreError> {
        let rows = sqlx::query_as("SELECT * FROM silences ORDER BY id DESC LIMIT $1").bind(i64::from(limit));
        let rows: Vec<SilenceRow> = self.answered(rows.fetch_all(&self.readers)).await?;
        rows.into_iter().map(Silence::try_from).collect()
    }

    async fn silence(&self, id: &SilenceId) -> Result<Option<Silence>, StoreError> {
        let row = sqlx::query_as("SELECT * FROM silences WHERE id = $1").bind(&id.0);
        let row: Option<SilenceRow> = self.answered(row.fetch_optional(&self.readers)).await?;
        row.map(Silence::try_from).transpose()
    }

    async fn silences_at(&self, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
        let rows: Vec<SilenceRow> = self
            .answered(
                sqlx::query_as(
                    "SELECT * FROM silences WHERE starts_at <= $1 AND ends_at > $1 AND ended_at IS NULL ORDER BY id",
                )
                .bind(now.timestamp_millis())
                .fetch_all(&self.readers),
            )
            .await?;
        rows.into_iter().map(Silence::try_from).collect()
    }
}

pub(super) async fn write(connection: &mut Connection, write: &AlertWrite) -> Result<(), CommitError> {
    match write {
        AlertWrite::Keep { episode, frozen } if episode.revision == 0 => {
            insert(connection, episode, frozen.as_deref()).await
        }
        AlertWrite::Keep { episode, frozen } => update(connection, episode, frozen.as_deref()).await,
        AlertWrite::Forget { alert, revision } => {
            let forgotten = sqlx::query("DELETE FROM alerts WHERE id = $1 AND revision = $2 AND state = 'pending'")
                .bind(&alert.0)
                .bind(revision)
                .execute(connection)
                .await
                .map_err(from_sqlx)?;
            one(&forgotten, || format!("alert {}", alert.0))
        }
        AlertWrite::RolledBack { alert, rollback } => {
            let acted = sqlx::query(
                "UPDATE alerts SET acted = 'rolled_back', rollback_id = $1, revision = revision + 1
                 WHERE id = $2 AND state = 'firing' AND acted = 'nothing'",
            )
            .bind(&rollback.0)
            .bind(&alert.0)
            .execute(connection)
            .await
            .map_err(from_sqlx)?;
            one(&acted, || format!("alert {}", alert.0))
        }
        AlertWrite::Silence(silence) => silenced(connection, silence).await,
        AlertWrite::EndSilence { silence, ended } => {
            let done =
                sqlx::query("UPDATE silences SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at IS NULL")
                    .bind(ended.at.timestamp_millis())
                    .bind(ended.by.as_str())
                    .bind(&silence.0)
                    .execute(connection)
                    .await
                    .map_err(from_sqlx)?;
            one(&done, || format!("silence {}", silence.0))
        }
    }
}

async fn insert(
    connection: &mut Connection,
    episode: &Episode,
    frozen: Option<&FrozenAlert>,
) -> Result<(), CommitError> {
    let (state, acted) = (StateColumns::of(&episode.state), ActedColumns::of(&episode.acted));
    sqlx::query(
        "INSERT INTO alerts (id, migration_id, feature_id, entry, rule, kind, severity, action, policy_version, state,
             pending_at, fired_at, resolved_at, resolved_reason, held_ms, clear_ms, seen_at, reading, frozen,
             frozen_digest, acted, rollback_id, told, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 1)",
    )
    .bind(&episode.id.0)
    .bind(episode.subject.migration.0)
    .bind(episode.subject.feature.map(|feature| feature.0))
    .bind(episode.subject.entry)
    .bind(&episode.rule)
    .bind(episode.kind.as_str())
    .bind(episode.severity.as_str())
    .bind(json(&episode.action)?)
    .bind(episode.policy_version)
    .bind(episode.state.word().as_str())
    .bind(episode.pending_at.timestamp_millis())
    .bind(state.fired_at)
    .bind(state.resolved_at)
    .bind(state.resolved_reason)
    .bind(state.held_ms)
    .bind(state.clear_ms)
    .bind(episode.seen_at.timestamp_millis())
    .bind(json(&episode.reading)?)
    .bind(frozen.map(json).transpose()?)
    .bind(&episode.frozen_digest)
    .bind(acted.word)
    .bind(acted.rollback)
    .bind(episode.told)
    .execute(connection)
    .await
    .map_err(|error| {
        if is_unique_violation(&error) {
            CommitError::Stale { what: format!("the alert {}", episode.rule) }
        } else {
            from_sqlx(error).into()
        }
    })?;
    Ok(())
}

async fn update(
    connection: &mut Connection,
    episode: &Episode,
    frozen: Option<&FrozenAlert>,
) -> Result<(), CommitError> {
    let (state, acted) = (StateColumns::of(&episode.state), ActedColumns::of(&episode.acted));
    let updated = sqlx::query(
        "UPDATE alerts
         SET severity = $1, action = $2, policy_version = $3, state = $4, fired_at = $5, resolved_at = $6, resolved_reason = $7,
             held_ms = $8, clear_ms = $9, seen_at = $10, reading = $11, frozen = coalesce($12, frozen), frozen_digest = $13, acted = $14,
             rollback_id = $15, told = $16, revision = revision + 1
         WHERE id = $17 AND revision = $18",
    )
    .bind(episode.severity.as_str())
    .bind(json(&episode.action)?)
    .bind(episode.policy_version)
    .bind(episode.state.word().as_str())
    .bind(state.fired_at)
    .bind(state.resolved_at)
    .bind(state.resolved_reason)
    .bind(state.held_ms)
    .bind(state.clear_ms)
    .bind(episode.seen_at.timestamp_millis())
    .bind(json(&episode.reading)?)
    .bind(frozen.map(json).transpose()?)
    .bind(&episode.frozen_digest)
    .bind(acted.word)
    .bind(acted.rollback)
    .bind(episode.told)
    .bind(&episode.id.0)
    .bind(episode.revision)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    one(&updated, || format!("alert {}", episode.id.0))
}

async fn silenced(connection: &mut Connection, silence: &Silence) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO silences (id, migration_id, feature_id, rule, starts_at, ends_at, reason, actor, ended_at, ended_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&silence.id.0)
    .bind(silence.migration.0)
    .bind(silence.feature.map(|feature| feature.0))
    .bind(&silence.rule)
    .bind(silence.from.timestamp_millis())
    .bind(silence.until.timestamp_millis())
    .bind(silence.reason.as_str())
    .bind(silence.actor.as_str())
    .bind(silence.ended.as_ref().map(|ended| ended.at.timestamp_millis()))
    .bind(silence.ended.as_ref().map(|ended| ended.by.as_str().to_owned()))
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}
