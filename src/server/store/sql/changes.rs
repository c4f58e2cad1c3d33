//! Writing what was decided: every kind of [`Write`], in the one transaction of its change.

use serde::Serialize;

use super::dialect::{self, Connection, Pool, QueryResult};
use super::error::{from_sqlx, is_unique_violation};
use super::{accounts, alerts, audit, comparisons, consistency, create, notifications, rollbacks, runbooks};
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::rollout::{FrozenGate, RolloutChange};
use crate::domain::sign_off::SignOff;
use crate::domain::snapshot::PolicyVersion;
use crate::domain::text::Actor;
use crate::server::store::{Change, CommitError, StoreError, Write};

pub(super) async fn commit(pool: &Pool, change: &Change) -> Result<(), CommitError> {
    let mut transaction = dialect::begin_change(pool).await?;
    for write in &change.writes {
        make(&mut transaction, change, write).await?;
    }
    audit::append(&mut transaction, change).await?;
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(())
}

async fn make(connection: &mut Connection, change: &Change, write: &Write) -> Result<(), CommitError> {
    match write {
        Write::CreateMigration { migration, policy, reason } => {
            create::migration(connection, change, migration, policy, reason).await
        }
        Write::CreateFeature { feature, stage, person, reason } => {
            create::feature(connection, change, feature, stage, person, reason).await
        }
        Write::Migration { migration, expected } => update_migration(connection, migration, *expected).await,
        Write::Feature { feature, expected } => update_feature(connection, feature, *expected).await,
        Write::Unchanged { feature, expected } => unchanged(connection, *feature, *expected).await,
        Write::Reviewed { feature, entry, expected } => reviewed(connection, *feature, *entry, *expected).await,
        Write::Policy { migration, policy } => add_policy(connection, *migration, policy).await,
        Write::ComparisonRules { migration, rules, examples } => {
            comparisons::add_rules(connection, *migration, rules, *examples).await
        }
        Write::RolloutChange { change, frozen } => add_rollout_change(connection, change, frozen.as_deref()).await,
        Write::SignOff(sign_off) => add_sign_off(connection, sign_off).await,
        Write::OpenRollback(rollback) => rollbacks::open(connection, rollback).await,
        Write::Progress { rollback, expected, now } => {
            rollbacks::set_progress(connection, rollback, expected, now).await
        }
        Write::Mend(mending) => consistency::mend(connection, mending).await,
        Write::Notice(notice) => notifications::queue(connection, notice, change.at).await,
        Write::Target(write) => notifications::write_target(connection, write, change.at).await,
        Write::Notification(write) => notifications::write_notification(connection, write, change.at).await,
        Write::Runbook(write) => runbooks::write(connection, write).await,
        Write::Alert(write) => alerts::write(connection, write).await,
        Write::Account(write) => accounts::write(connection, write, change.at).await,
    }
}

async fn update_migration(
    connection: &mut Connection,
    migration: &Migration,
    expected: i64,
) -> Result<(), CommitError> {
    let updated = sqlx::query(
        "UPDATE migrations
         SET candidate_enabled = $1, fallback_to_legacy = $2, shadow_enabled = $3, shadow_sample_rate = $4, version = $5
         WHERE id = $6 AND version = $7",
    )
    .bind(migration.candidate_enabled.is_on())
    .bind(migration.fallback_to_legacy.is_on())
    .bind(migration.shadow.enabled.is_on())
    .bind(migration.shadow.sample_rate.fraction())
    .bind(migration.version)
    .bind(migration.id.0)
    .bind(expected)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    one(&updated, || format!("migration {}", migration.slug))
}

async fn update_feature(connection: &mut Connection, feature: &Feature, expected: i64) -> Result<(), CommitError> {
    let (elapsed_ms, running_since) = feature.clock.to_parts();
    let updated = sqlx::query(
        "UPDATE features
         SET enabled = $1, basis_points = $2, stage = $3, entered_at = $4, entry = $5, entered_by = $6, before_entry = $7,
             clock_elapsed_ms = $8, clock_running_since = $9, hold = $10, version = $11
         WHERE id = $12 AND version = $13",
    )
    .bind(feature.enabled.is_on())
    .bind(i64::from(feature.configured.basis_points()))
    .bind(&feature.stage)
    .bind(feature.entered_at.timestamp_millis())
    .bind(feature.entry)
    .bind(feature.entered_by.as_ref().map(Actor::as_str))
    .bind((!feature.before_entry.is_nothing()).then(|| json(&feature.before_entry)).transpose()?)
    .bind(elapsed_ms)
    .bind(running_since.map(|since| since.timestamp_millis()))
    .bind(feature.hold.as_ref().map(json).transpose()?)
    .bind(feature.version)
    .bind(feature.id.0)
    .bind(expected)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    one(&updated, || format!("feature {}", feature.key))
}

async fn unchanged(connection: &mut Connection, feature: FeatureId, expected: i64) -> Result<(), CommitError> {
    let row: Option<(String, i64)> = sqlx::query_as("SELECT key, version FROM features WHERE id = $1")
        .bind(feature.0)
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    match row {
        Some((_, version)) if version == expected => Ok(()),
        Some((key, _)) => Err(CommitError::Stale { what: format!("feature {key}") }),
        None => Err(CommitError::NotFound { what: "the feature".to_owned() }),
    }
}

async fn reviewed(
    connection: &mut Connection,
    feature: FeatureId,
    entry: i64,
    expected: u32,
) -> Result<(), CommitError> {
    let given: i64 = sqlx::query_scalar("SELECT count(*) FROM sign_offs WHERE feature_id = $1 AND entry = $2")
        .bind(feature.0)
        .bind(entry)
        .fetch_one(connection)
        .await
        .map_err(from_sqlx)?;
    if given == i64::from(expected) {
        Ok(())
    } else {
        Err(CommitError::Stale { what: "the stage's reviews".to_owned() })
    }
}

async fn add_policy(
    connection: &mut Connection,
    migration: MigrationId,
    policy: &PolicyVersion,
) -> Result<(), CommitError> {
    let stale = || CommitError::Stale { what: "the policy".to_owned() };
    let latest: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM policies WHERE migration_id = $1")
        .bind(migration.0)
        .fetch_one(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    if latest + 1 != policy.version {
        return Err(stale());
    }
    sqlx::query(
        "INSERT INTO policies (migration_id, version, document, at, actor, reason) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(migration.0)
    .bind(policy.version)
    .bind(json(&policy.policy)?)
    .bind(policy.at.timestamp_millis())
    .bind(policy.actor.as_str())
    .bind(&policy.reason)
    .execute(connection)
    .await
    .map_err(|error| if is_unique_violation(&error) { stale() } else { from_sqlx(error).into() })?;
    Ok(())
}

pub(super) async fn add_rollout_change(
    connection: &mut Connection,
    change: &RolloutChange,
    frozen: Option<&FrozenGate>,
) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO rollout_changes (feature_id, at, kind, from_basis_points, to_basis_points, actor, reason, from_stage,
             stage, policy_version, detail, rollback_id, overridden, report, evidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(change.feature.0)
    .bind(change.at.timestamp_millis())
    .bind(change.kind.as_str())
    .bind(change.from.map(|from| i64::from(from.basis_points())))
    .bind(i64::from(change.to.basis_points()))
    .bind(change.actor.as_str())
    .bind(&change.reason)
    .bind(&change.from_stage)
    .bind(&change.stage)
    .bind(change.policy_version)
    .bind(&change.detail)
    .bind(change.rollback.as_ref().map(|rollback| &rollback.0))
    .bind(json(&change.overridden)?)
    .bind(frozen.map(|frozen| json(&frozen.report)).transpose()?)
    .bind(frozen.map(|frozen| json(&frozen.evidence)).transpose()?)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

async fn add_sign_off(connection: &mut Connection, sign_off: &SignOff) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO sign_offs (id, feature_id, entry, stage, policy_version, decision, capacity, reviewer, person, comment,
             tool, report, report_digest, evidence, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&sign_off.id.0)
    .bind(sign_off.feature.0)
    .bind(sign_off.entry)
    .bind(&sign_off.report.stage)
    .bind(sign_off.report.policy_version)
    .bind(sign_off.decision.as_str())
    .bind(sign_off.capacity.as_str())
    .bind(sign_off.author.actor.as_str())
    .bind(sign_off.author.person.as_str())
    .bind(&sign_off.comment)
    .bind(sign_off.tool.as_ref().map(json).transpose()?)
    .bind(json(&sign_off.report)?)
    .bind(&sign_off.report_digest)
    .bind(json(&sign_off.evidence)?)
    .bind(sign_off.at.timestamp_millis())
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

/// A document as JSON.
pub(super) fn json<T: Serialize>(document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::Failed(sqlx::Error::Encode(error.into())))
}

/// One row was updated; else it was changed meanwhile.
pub(super) fn one(updated: &QueryResult, what: impl FnOnce() -> String) -> Result<(), CommitError> {
    if updated.rows_affected() == 1 { Ok(()) } else { Err(CommitError::Stale { what: what() }) }
}
