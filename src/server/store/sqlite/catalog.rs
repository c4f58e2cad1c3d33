//! Migrations, features and their changes.

use sqlx::{SqliteConnection, SqlitePool};

use super::error::{from_sqlx, is_unique_violation};
use super::rows::{FeatureRow, MigrationRow, RolloutChangeRow, corrupt};
use super::{accounts, audit};
use crate::domain::feature::{Feature, FeatureId, NewFeature};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::{Migration, NewMigration, SampleRate};
use crate::domain::percentage::Percentage;
use crate::domain::rollout::{ChangeKind, RolloutChange};
use crate::server::store::{Change, CommitError, StoreError, Write};

pub(super) async fn migrations(pool: &SqlitePool) -> Result<Vec<Migration>, StoreError> {
    let rows: Vec<MigrationRow> =
        sqlx::query_as("SELECT * FROM migrations ORDER BY id").fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(Migration::try_from).collect()
}

pub(super) async fn migration(pool: &SqlitePool, slug: &MigrationSlug) -> Result<Option<Migration>, StoreError> {
    let row: Option<MigrationRow> = sqlx::query_as("SELECT * FROM migrations WHERE slug = ?")
        .bind(slug.as_str())
        .fetch_optional(pool)
        .await
        .map_err(from_sqlx)?;
    row.map(Migration::try_from).transpose()
}

pub(super) async fn features(pool: &SqlitePool) -> Result<Vec<Feature>, StoreError> {
    let rows: Vec<FeatureRow> =
        sqlx::query_as("SELECT * FROM features ORDER BY id").fetch_all(pool).await.map_err(from_sqlx)?;
    rows.into_iter().map(Feature::try_from).collect()
}

pub(super) async fn feature(pool: &SqlitePool, key: &FeatureKey) -> Result<Option<(Migration, Feature)>, StoreError> {
    let mut snapshot = pool.begin().await.map_err(from_sqlx)?;
    let row: Option<FeatureRow> = sqlx::query_as("SELECT * FROM features WHERE key = ?")
        .bind(key.as_str())
        .fetch_optional(&mut *snapshot)
        .await
        .map_err(from_sqlx)?;
    let Some(feature) = row.map(Feature::try_from).transpose()? else { return Ok(None) };
    let row: Option<MigrationRow> = sqlx::query_as("SELECT * FROM migrations WHERE id = ?")
        .bind(feature.migration.0)
        .fetch_optional(&mut *snapshot)
        .await
        .map_err(from_sqlx)?;
    let migration = row.ok_or_else(|| corrupt("features", "migration_id", "no such migration"))?.try_into()?;
    Ok(Some((migration, feature)))
}

pub(super) async fn rollout_history(
    pool: &SqlitePool,
    feature: FeatureId,
    limit: u32,
) -> Result<Vec<RolloutChange>, StoreError> {
    let rows: Vec<RolloutChangeRow> =
        sqlx::query_as("SELECT * FROM rollout_changes WHERE feature_id = ? ORDER BY id DESC LIMIT ?")
            .bind(feature.0)
            .bind(limit)
            .fetch_all(pool)
            .await
            .map_err(from_sqlx)?;
    rows.into_iter().map(RolloutChange::try_from).collect()
}

pub(super) async fn commit(pool: &SqlitePool, change: &Change) -> Result<(), CommitError> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
    for write in &change.writes {
        match write {
            Write::CreateMigration(migration) => create_migration(&mut transaction, change, migration).await?,
            Write::CreateFeature { feature, stage, reason } => {
                create_feature(&mut transaction, change, feature, stage, reason).await?;
            }
            Write::Account(write) => accounts::write(&mut transaction, write, change.at).await?,
        }
    }
    audit::append(&mut transaction, change).await?;
    transaction.commit().await.map_err(from_sqlx)?;
    Ok(())
}

async fn create_migration(
    connection: &mut SqliteConnection,
    change: &Change,
    migration: &NewMigration,
) -> Result<(), CommitError> {
    sqlx::query(
        "INSERT INTO migrations (slug, name, candidate_enabled, fallback_to_legacy, shadow_enabled, shadow_sample_rate,
             created_at, version)
         VALUES (?, ?, 1, 1, 1, ?, ?, 1)",
    )
    .bind(migration.slug.as_str())
    .bind(migration.name.as_str())
    .bind(SampleRate::DEFAULT.fraction())
    .bind(change.at.timestamp_millis())
    .execute(connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("migration {}", migration.slug)))?;
    Ok(())
}

async fn create_feature(
    connection: &mut SqliteConnection,
    change: &Change,
    feature: &NewFeature,
    stage: &str,
    reason: &str,
) -> Result<(), CommitError> {
    let at = change.at.timestamp_millis();
    let migration: Option<i64> = sqlx::query_scalar("SELECT id FROM migrations WHERE slug = ?")
        .bind(feature.migration.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let migration =
        migration.ok_or_else(|| CommitError::NotFound { what: format!("migration {}", feature.migration) })?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO features (migration_id, key, name, enabled, basis_points, stage, entered_at, created_at, version)
         VALUES (?, ?, ?, 1, ?, ?, ?, ?, 1)
         RETURNING id",
    )
    .bind(migration)
    .bind(feature.key.as_str())
    .bind(feature.name.as_str())
    .bind(Percentage::ZERO.basis_points())
    .bind(stage)
    .bind(at)
    .bind(at)
    .fetch_one(&mut *connection)
    .await
    .map_err(|error| exists_or_failed(error, || format!("feature {}", feature.key)))?;
    sqlx::query(
        "INSERT INTO rollout_changes (feature_id, at, kind, from_basis_points, to_basis_points, actor, reason)
         VALUES (?, ?, ?, NULL, ?, ?, ?)",
    )
    .bind(id)
    .bind(at)
    .bind(ChangeKind::Created.as_str())
    .bind(Percentage::ZERO.basis_points())
    .bind(change.actor.as_str())
    .bind(reason)
    .execute(connection)
    .await
    .map_err(from_sqlx)?;
    Ok(())
}

fn exists_or_failed(error: sqlx::Error, what: impl FnOnce() -> String) -> CommitError {
    if is_unique_violation(&error) { CommitError::Exists { what: what() } } else { from_sqlx(error).into() }
}
