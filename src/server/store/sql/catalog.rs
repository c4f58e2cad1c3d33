//! Reading migrations, features and their history.

use sqlx::AssertSqlSafe;

use super::dialect::{self, Connection, Pool};
use super::error::from_sqlx;
use super::rows::{FeatureRow, MigrationRow, RolloutChangeRow, corrupt};
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::Migration;
use crate::domain::rollout::RolloutChange;
use crate::server::store::StoreError;

pub(super) async fn migrations(pool: &Pool) -> Result<Vec<Migration>, StoreError> {
    let rows: Vec<MigrationRow> =
        sqlx::query_as("SELECT * FROM migrations ORDER BY id").fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(Migration::try_from).collect()
}

pub(super) async fn migration(pool: &Pool, slug: &MigrationSlug) -> Result<Option<Migration>, StoreError> {
    let row: Option<MigrationRow> = sqlx::query_as("SELECT * FROM migrations WHERE slug = $1")
        .bind(slug.as_str())
        .fetch_optional(pool)
        .await
        .map_err(from_sqlx)?;
    row.map(Migration::try_from).transpose()
}

/// Features as [`FeatureRow`] has them, to be narrowed or ordered.
pub(super) const FEATURES: &str = "SELECT features.*, rollbacks.id AS rollback_id, rollbacks.plan AS plan FROM features
     LEFT JOIN rollbacks ON rollbacks.feature_id = features.id AND rollbacks.progress = 'stepping'";

pub(super) async fn features(pool: &Pool) -> Result<Vec<Feature>, StoreError> {
    let sql = AssertSqlSafe(format!("{FEATURES} ORDER BY features.id"));
    let rows: Vec<FeatureRow> = sqlx::query_as(sql).fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(Feature::try_from).collect()
}

pub(super) async fn feature_row(connection: &mut Connection, key: &FeatureKey) -> Result<Option<Feature>, StoreError> {
    let sql = AssertSqlSafe(format!("{FEATURES} WHERE features.key = $1"));
    let row: Option<FeatureRow> =
        sqlx::query_as(sql).bind(key.as_str()).fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(Feature::try_from).transpose()
}

pub(super) async fn feature(pool: &Pool, key: &FeatureKey) -> Result<Option<(Migration, Feature)>, StoreError> {
    let mut snapshot = dialect::begin_reading(pool).await?;
    let Some(feature) = feature_row(&mut snapshot, key).await? else { return Ok(None) };
    let row: Option<MigrationRow> = sqlx::query_as("SELECT * FROM migrations WHERE id = $1")
        .bind(feature.migration.0)
        .fetch_optional(&mut *snapshot)
        .await
        .map_err(from_sqlx)?;
    let migration = row.ok_or_else(|| corrupt("features", "migration_id", "no such migration"))?.try_into()?;
    Ok(Some((migration, feature)))
}

pub(super) async fn rollout_history(
    pool: &Pool,
    feature: FeatureId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<RolloutChange>, StoreError> {
    // Without the gates that were frozen, which are large.
    let rows: Vec<RolloutChangeRow> = sqlx::query_as(
        "SELECT id, feature_id, at, kind, from_basis_points, to_basis_points, from_stage, stage, actor, reason, policy_version,
             detail, overridden, rollback_id, evidence IS NOT NULL AS has_evidence FROM rollout_changes
         WHERE feature_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(feature.0)
    .bind(before.unwrap_or(i64::MAX))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await
    .map_err(from_sqlx)?;
    rows.into_iter().map(RolloutChange::try_from).collect()
}
