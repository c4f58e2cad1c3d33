//! The feature page.

use std::collections::BTreeMap;

use super::{last_data, metrics, served};
use crate::domain::data_state::DataState;
use crate::domain::effective::effective;
use crate::domain::feature_key::FeatureKey;
use crate::domain::observation::Operation;
use crate::domain::path::Path;
use crate::domain::policy::{Stage, stage_named};
use crate::domain::rollout::RolloutChange;
use crate::domain::time_range::TimeRange;
use crate::server::charts::{self, ChartInput};
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, StoreError};
use crate::views::chart::ChartKind;
use crate::views::feature::{DiscrepancyRow, ErrorKindRow, FeatureView, HistoryRow};
use crate::views::summary::Percentages;

/// The most rollout changes shown.
const HISTORY_ROWS: u32 = 200;

/// The most differences and kinds of error shown.
const TALLY_ROWS: u32 = 20;

/// The page of the feature with this key; `None` when there is none.
pub async fn load(
    state: &AppState,
    key: &FeatureKey,
    range: TimeRange,
    operation: Option<&Operation>,
) -> Result<Option<FeatureView>, StoreError> {
    let store = state.store.as_ref();
    let now = state.clock.now();
    let Some((migration, feature)) = store.feature(key).await? else { return Ok(None) };
    let metrics = metrics::load(store, &feature, range, operation).await?;
    let history = history(state, &feature).await?;
    let tallies = RollupQuery::of(feature.id, metrics::span(&range)).operation(operation);
    let discrepancies = store.discrepancies(&tallies, TALLY_ROWS).await?;
    let error_kinds = store.error_kinds(&tallies, 2 * TALLY_ROWS).await?;
    let served = served(store, Some(feature.id), now).await?.remove(&feature.id).unwrap_or_default();
    let last = last_data(store).await?.remove(&feature.id);
    let limit = stage_named(&feature.stage).and_then(Stage::error_rate_limit);
    let charts = ChartKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let input = ChartInput { kind, metrics: &metrics.view, history: &history, limit };
            // A drawing that fails is a fault of this program; the page with the numbers is worth more without it.
            charts::view(&input)
                .inspect_err(|error| {
                    tracing::error!(feature = %key, chart = kind.slug(), %error, "could not draw a chart");
                })
                .ok()
        })
        .collect();
    Ok(Some(FeatureView {
        at: now,
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        stage: feature.stage.clone(),
        entered_at: feature.entered_at,
        percentages: Percentages::new(feature.configured, effective(&migration, &feature, now), served),
        data: DataState::of(last, now),
        operations: store.operations(feature.id).await?.into_iter().map(String::from).collect(),
        legacy: metrics.legacy,
        candidate: metrics.candidate,
        shadow: metrics.shadow,
        metrics: metrics.view,
        charts,
        history,
        discrepancies: discrepancies
            .into_iter()
            .map(|(difference, count)| DiscrepancyRow {
                field: difference.field.to_string(),
                kind: difference.kind.as_str().to_owned(),
                count,
            })
            .collect(),
        error_kinds: by_kind(error_kinds),
    }))
}

/// A feature's rollout changes as they are shown, newest first.
pub async fn history(
    state: &AppState,
    feature: &crate::domain::feature::Feature,
) -> Result<Vec<HistoryRow>, StoreError> {
    let changes = state.store.rollout_history(feature.id, None, HISTORY_ROWS).await?;
    Ok(changes.into_iter().map(history_row).collect())
}

fn history_row(change: RolloutChange) -> HistoryRow {
    HistoryRow {
        at: change.at,
        kind: change.kind.as_str().to_owned(),
        from: change.from,
        to: change.to,
        actor: change.actor.as_str().to_owned(),
        reason: change.reason,
    }
}

fn by_kind(counts: Vec<(Operation, Path, u64)>) -> Vec<ErrorKindRow> {
    let mut rows: BTreeMap<String, ErrorKindRow> = BTreeMap::new();
    for (kind, path, count) in counts {
        let kind = String::from(kind);
        let row = rows.entry(kind.clone()).or_insert(ErrorKindRow { kind, legacy: 0, candidate: 0 });
        match path {
            Path::Legacy => row.legacy += count,
            Path::Candidate => row.candidate += count,
        }
    }
    let mut rows: Vec<ErrorKindRow> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.legacy + row.candidate));
    rows
}
