//! Migrations and features as the API lists them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{last_data, served};
use crate::domain::data_state::DataState;
use crate::domain::effective::{effective, shadow};
use crate::domain::feature::Feature;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::observed::Served;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::catalog::{FeatureDocument, MigrationView};
use crate::views::summary::Percentages;

/// All migrations, oldest first.
pub async fn migrations(state: &AppState) -> Result<Vec<MigrationView>, StoreError> {
    let features = state.store.features().await?;
    let migrations = state.store.migrations().await?;
    Ok(migrations.iter().map(|migration| migration_view(migration, &features)).collect())
}

/// The migration with this slug.
pub async fn migration(state: &AppState, slug: &MigrationSlug) -> Result<Option<MigrationView>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let features = state.store.features().await?;
    Ok(Some(migration_view(&migration, &features)))
}

fn migration_view(migration: &Migration, features: &[Feature]) -> MigrationView {
    let keys =
        features.iter().filter(|it| it.migration == migration.id).map(|feature| feature.key.to_string()).collect();
    MigrationView::new(migration, keys)
}

/// All features of all migrations, oldest first.
pub async fn features(state: &AppState) -> Result<Vec<FeatureDocument>, StoreError> {
    let now = state.clock.now();
    let store = state.store.as_ref();
    let migrations: HashMap<MigrationId, Migration> =
        store.migrations().await?.into_iter().map(|migration| (migration.id, migration)).collect();
    let served = served(store, None, now).await?;
    let last = last_data(store).await?;
    let features = store.features().await?;
    Ok(features
        .iter()
        .filter_map(|feature| migrations.get(&feature.migration).map(|migration| (migration, feature)))
        .map(|(migration, feature)| {
            let data = DataState::of(last.get(&feature.id).copied(), now);
            document(migration, feature, served.get(&feature.id).copied().unwrap_or_default(), data, now)
        })
        .collect())
}

/// The feature with this key.
pub async fn feature(state: &AppState, key: &FeatureKey) -> Result<Option<FeatureDocument>, StoreError> {
    let now = state.clock.now();
    let store = state.store.as_ref();
    let Some((migration, feature)) = store.feature(key).await? else { return Ok(None) };
    let served = served(store, Some(feature.id), now).await?.remove(&feature.id).unwrap_or_default();
    let last = last_data(store).await?.remove(&feature.id);
    Ok(Some(document(&migration, &feature, served, DataState::of(last, now), now)))
}

fn document(
    migration: &Migration,
    feature: &Feature,
    served: Served,
    data: DataState,
    now: DateTime<Utc>,
) -> FeatureDocument {
    FeatureDocument {
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        migration: migration.slug.to_string(),
        enabled: feature.enabled.is_on(),
        shadow: shadow(migration, feature).is_on(),
        stage: feature.stage.clone(),
        entered_at: feature.entered_at,
        percentages: Percentages::new(feature.configured, effective(migration, feature, now), served),
        data,
        created_at: feature.created_at,
        version: feature.version,
    }
}
