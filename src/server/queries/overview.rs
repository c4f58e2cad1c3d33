//! The overview: a handful of queries over all features, whatever the history behind them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{last_data, served};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::data_state::DataState;
use crate::domain::effective::effective;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::migration::Migration;
use crate::domain::observed::Served;
use crate::domain::path::Path;
use crate::domain::rollup::{Hour, ObservationRollup};
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, Span, Store, StoreError};
use crate::views::overview::{FeatureRow, MigrationCard, OVERVIEW_HOURS, OverviewView, SparkPoint};
use crate::views::summary::{PathSummary, Percentages, ShadowSummary};

/// What the rollups say of one feature.
#[derive(Default)]
struct Figures {
    legacy: ObservationRollup,
    candidate: ObservationRollup,
    shadow: ComparisonCounts,
    sparkline: HashMap<Hour, SparkPoint>,
}

/// The overview as of now.
pub async fn load(state: &AppState) -> Result<OverviewView, StoreError> {
    let now = state.clock.now();
    let store = state.store.as_ref();
    let Hour(present) = Hour::of(now);
    let span = Span::Hours { from: Hour(present + 1 - OVERVIEW_HOURS), to: Hour(present + 1) };
    let figures = figures(store, &RollupQuery::all(span)).await?;
    let served = served(store, None, now).await?;
    let last = last_data(store).await?;
    let features = store.features().await?;
    let migrations = store.migrations().await?;
    let card = |migration: Migration| MigrationCard {
        features: features
            .iter()
            .filter(|feature| feature.migration == migration.id)
            .map(|feature| {
                let figures = figures.get(&feature.id);
                let served = served.get(&feature.id).copied().unwrap_or_default();
                row(&migration, feature, figures, served, DataState::of(last.get(&feature.id).copied(), now), now)
            })
            .collect(),
        slug: migration.slug.to_string(),
        name: migration.name.to_string(),
        candidate_enabled: migration.candidate_enabled.is_on(),
        fallback_to_legacy: migration.fallback_to_legacy.is_on(),
        shadow_enabled: migration.shadow.enabled.is_on(),
        sample_rate: migration.shadow.sample_rate.fraction(),
    };
    Ok(OverviewView { at: now, migrations: migrations.into_iter().map(card).collect() })
}

async fn figures(store: &dyn Store, query: &RollupQuery) -> Result<HashMap<FeatureId, Figures>, StoreError> {
    let mut figures: HashMap<FeatureId, Figures> = HashMap::new();
    for (key, rollup) in store.observations(query).await? {
        let feature = figures.entry(key.feature).or_default();
        let spark = feature.sparkline.entry(key.minute.hour()).or_default();
        match key.path {
            Path::Legacy => {
                spark.legacy += rollup.requests();
                feature.legacy.merge(&rollup);
            }
            Path::Candidate => {
                spark.candidate += rollup.requests();
                feature.candidate.merge(&rollup);
            }
        }
    }
    for (key, counts) in store.comparisons(query).await? {
        figures.entry(key.feature).or_default().shadow.merge(&counts);
    }
    Ok(figures)
}

fn row(
    migration: &Migration,
    feature: &Feature,
    figures: Option<&Figures>,
    served: Served,
    data: DataState,
    now: DateTime<Utc>,
) -> FeatureRow {
    let nothing = Figures::default();
    let figures = figures.unwrap_or(&nothing);
    let Hour(present) = Hour::of(now);
    FeatureRow {
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        stage: feature.stage.clone(),
        percentages: Percentages::new(feature.configured, effective(migration, feature, now), served),
        legacy: PathSummary::from(&figures.legacy),
        candidate: PathSummary::from(&figures.candidate),
        shadow: ShadowSummary::from(&figures.shadow),
        data,
        sparkline: (present + 1 - OVERVIEW_HOURS..=present)
            .map(|hour| figures.sparkline.get(&Hour(hour)).copied().unwrap_or_default())
            .collect(),
    }
}
