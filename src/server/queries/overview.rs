//! The overview: a handful of queries over all features, whatever the history behind them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::feature::stage_marks;
use super::{alerts, driver, gate, last_data, rollbacks, served};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::data_state::DataState;
use crate::domain::effective::effective;
use crate::domain::feature::FeatureId;
use crate::domain::gate::Verdict;
use crate::domain::migration::Migration;
use crate::domain::observed::Served;
use crate::domain::path::Path;
use crate::domain::rollup::{Hour, ObservationRollup};
use crate::domain::snapshot::Snapshot;
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, Span, Store, StoreError};
use crate::views::gate::GateSummary;
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
    let features = gates(state).await?;
    let firing = alerts::firing(state).await?;
    let migrations = store.migrations().await?;
    let card = |migration: Migration| MigrationCard {
        features: features
            .iter()
            .filter(|(snapshot, _)| snapshot.migration.id == migration.id)
            .map(|(snapshot, gate)| {
                let feature = &snapshot.feature;
                let figures = figures.get(&feature.id);
                let served = served.get(&feature.id).copied().unwrap_or_default();
                let data = DataState::of(last.get(&feature.id).copied(), now);
                let row = row(snapshot, gate.as_ref(), figures, served, data, now);
                FeatureRow { firing: alerts::count(&alerts::firing_of(&firing, feature)), ..row }
            })
            .collect(),
        slug: migration.slug.to_string(),
        name: migration.name.to_string(),
        candidate_enabled: migration.candidate_enabled.is_on(),
        fallback_to_legacy: migration.fallback_to_legacy.is_on(),
        shadow_enabled: migration.shadow.enabled.is_on(),
        sample_rate: migration.shadow.sample_rate.fraction(),
    };
    let waiting = features.iter().filter(|(_, gate)| gate.as_ref().is_some_and(waits_for_sign_off)).count();
    Ok(OverviewView {
        at: now,
        migrations: migrations.into_iter().map(card).collect(),
        rollbacks: rollbacks::open(state).await?,
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        firing: alerts::count(&firing),
        driver: driver::note(state, None).await?,
    })
}

/// Every feature with its gate.
async fn gates(state: &AppState) -> Result<Vec<(Snapshot, Option<GateSummary>)>, StoreError> {
    let mut gates = Vec::new();
    for snapshot in state.store.snapshots().await? {
        let gate = gate::judged(state, &snapshot).await?.map(|judged| judged.summary);
        gates.push((snapshot, gate));
    }
    Ok(gates)
}

/// Whether the evidence suffices and nothing but sign-offs is missing.
fn waits_for_sign_off(gate: &GateSummary) -> bool {
    gate.report.verdict == Verdict::Passed && !gate.can_advance()
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
    snapshot: &Snapshot,
    gate: Option<&GateSummary>,
    figures: Option<&Figures>,
    served: Served,
    data: DataState,
    now: DateTime<Utc>,
) -> FeatureRow {
    let Snapshot { migration, feature, policy } = snapshot;
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
        gate: gate.map(|gate| gate.report.state),
        firing: 0,
        stages: stage_marks(policy),
        sparkline: (present + 1 - OVERVIEW_HOURS..=present)
            .map(|hour| figures.sparkline.get(&Hour(hour)).copied().unwrap_or_default())
            .collect(),
    }
}
