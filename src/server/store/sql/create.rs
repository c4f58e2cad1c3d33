//! Writing new migrations and features.

use super::changes::{add_rollout_change, json};
use super::comparisons;
use super::dialect::Connection;
use super::error::{from_sqlx, is_unique_violation};
use crate::domain::comparison_rules::{ComparisonRules, RulesVersion};
use crate::domain::feature::{FeatureId, NewFeature};
use crate::domain::migration::{MigrationId, NewMigration, SampleRate};
use crate::domain::percentage::Percentage;
use crate::domain::policy::Policy;
use crate::domain::rollout::{ChangeKind, RolloutChange};
use crate::domain::text::Actor;
use crate::server::store::{Change, CommitError};

pub(super) async fn migration(
    connection: &mut Connection,
    change: &Change,
    migration: &NewMigration,
    policy: &Policy,
    reason: &str,
) -> Result<(), CommitError> {
    let at = change.at.timestamp_millis();
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO migrations (slug, name, candidate_enabled, fallback_to_legacy, shadow_enabled, shadow_sample_rate,
             created_at, version)
         VALUES ($1, $2, TRUE, TRUE, TRUE, $3, $4, 1)
         RETURNING id",
    )
    .bind(migration.slug.as_str())
    .bind(migration.name.as_str())
    .bind(SampleRate::DEFAULT.fraction())
    .bind(at)
    .fetch_one(&mut *connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("migration {}", migration.slug)))?;
    sqlx::query(
        "INSERT INTO policies (migration_id, version, document, at, actor, reason) VALUES ($1, 1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(json(policy)?)
    .bind(at)
    .bind(change.actor.as_str())
    .bind(reason)
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let rules = RulesVersion {
        version: 1,
        rules: ComparisonRules::default(),
        at: change.at,
        actor: change.actor.clone(),
        reason: "no rules".to_owned(),
    };
    comparisons::insert(connection, MigrationId(id), &rules).await
}

pub(super) async fn feature(
    connection: &mut Connection,
    change: &Change,
    feature: &NewFeature,
    stage: &str,
    person: &Actor,
    reason: &str,
) -> Result<(), CommitError> {
    let at = change.at.timestamp_millis();
    let migration: Option<(i64, bool)> = sqlx::query_as("SELECT id, candidate_enabled FROM migrations WHERE slug = $1")
        .bind(feature.migration.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let (migration, candidate_enabled) =
        migration.ok_or_else(|| CommitError::NotFound { what: format!("migration {}", feature.migration) })?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO features (migration_id, key, name, enabled, basis_points, stage, entered_at, entry, entered_by,
             clock_running_since, created_at, version)
         VALUES ($1, $2, $3, TRUE, $4, $5, $6, 1, $7, $8, $9, 1)
         RETURNING id",
    )
    .bind(migration)
    .bind(feature.key.as_str())
    .bind(feature.name.as_str())
    .bind(i64::from(Percentage::ZERO.basis_points()))
    .bind(stage)
    .bind(at)
    .bind(person.as_str())
    .bind(candidate_enabled.then_some(at))
    .bind(at)
    .fetch_one(&mut *connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("feature {}", feature.key)))?;
    let created = RolloutChange {
        id: 0,
        feature: FeatureId(id),
        at: change.at,
        kind: ChangeKind::Created,
        from: None,
        to: Percentage::ZERO,
        from_stage: None,
        stage: stage.to_owned(),
        actor: change.actor.clone(),
        reason: reason.to_owned(),
        policy_version: None,
        detail: None,
        overridden: Vec::new(),
        rollback: None,
        has_evidence: false,
    };
    add_rollout_change(connection, &created, None).await
}

fn exists_or_failed(error: sqlx::Error, what: impl FnOnce() -> String) -> CommitError {
    if is_unique_violation(&error) { CommitError::Exists { what: what() } } else { from_sqlx(error).into() }
}
