//! The feature page.

use std::collections::BTreeMap;

use super::{alerts, driver, gate, last_data, metrics, rollbacks, served};
use crate::domain::data_state::DataState;
use crate::domain::effective::effective;
use crate::domain::feature_key::FeatureKey;
use crate::domain::observation::Operation;
use crate::domain::path::Path;
use crate::domain::policy::Stage;
use crate::domain::rollout::RolloutChange;
use crate::domain::snapshot::{PolicyVersion, Snapshot};
use crate::domain::time_range::TimeRange;
use crate::server::charts::{self, ChartInput};
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, StoreError};
use crate::views::chart::ChartKind;
use crate::views::feature::{DiscrepancyRow, ErrorKindRow, FeatureView, HistoryPage, HistoryRow, StageMark};
use crate::views::gate_card::{GateCardView, SignOffLine};
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
    let Some(snapshot) = store.snapshot(key).await? else { return Ok(None) };
    let Snapshot { migration, feature, policy } = &snapshot;
    let metrics = metrics::load(store, feature, range, operation).await?;
    let history = history(state, feature).await?;
    let tallies = RollupQuery::of(feature.id, metrics::span(&range)).operation(operation);
    let discrepancies = store.discrepancies(&tallies, TALLY_ROWS).await?;
    let error_kinds = store.error_kinds(&tallies, 2 * TALLY_ROWS).await?;
    let served = served(store, Some(feature.id), now).await?.remove(&feature.id).unwrap_or_default();
    let last = last_data(store).await?.remove(&feature.id);
    let limit = policy.policy.stage(&feature.stage).and_then(Stage::error_rate_limit);
    let spans = alerts::spans(state, feature, metrics.view.from).await?;
    let charts = ChartKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let input = ChartInput { kind, metrics: &metrics.view, history: &history, alerts: &spans, limit };
            // A drawing that fails is a fault of this program; the page with the numbers is worth more without it.
            charts::view(&input)
                .inspect_err(|error| {
                    tracing::error!(feature = %key, chart = kind.slug(), %error, "could not draw a chart");
                })
                .ok()
        })
        .collect();
    let firing = alerts::firing(state).await?;
    Ok(Some(FeatureView {
        at: now,
        key: feature.key.to_string(),
        name: feature.name.to_string(),
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        stage: feature.stage.clone(),
        entered_at: feature.entered_at,
        enabled: feature.enabled.is_on(),
        version: feature.version,
        stages: stage_marks(policy),
        gate: gate::judged(state, &snapshot).await?.map(|judged| GateCardView::new(&judged.summary, now)),
        rollback: rollbacks::last_of(state, key).await?.filter(|it| it.is_of_interest(now)),
        percentages: Percentages::new(feature.configured, effective(migration, feature, now), served),
        data: DataState::of(last, now),
        operations: store.operations(feature.id).await?.into_iter().map(String::from).collect(),
        legacy: metrics.legacy,
        candidate: metrics.candidate,
        shadow: metrics.shadow,
        metrics: metrics.view,
        charts,
        history,
        sign_offs: gate::sign_offs(state, key).await?.unwrap_or_default().iter().map(SignOffLine::new).collect(),
        discrepancies: discrepancies
            .into_iter()
            .map(|(difference, count)| DiscrepancyRow {
                field: difference.field.to_string(),
                kind: difference.kind.as_str().to_owned(),
                count,
            })
            .collect(),
        error_kinds: by_kind(error_kinds),
        driver: driver::note(state, Some(feature.id)).await?,
        alerts: alerts::firing_of(&firing, feature),
        firing: alerts::count(&firing),
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

/// A page of a feature's history before the change with number `before`; `None` when there is no such feature.
pub async fn history_page(
    state: &AppState,
    key: &FeatureKey,
    before: Option<i64>,
    limit: u32,
) -> Result<Option<HistoryPage>, StoreError> {
    let Some((_, feature)) = state.store.feature(key).await? else { return Ok(None) };
    // One more than is asked for tells whether there is another page.
    let mut changes = state.store.rollout_history(feature.id, before, limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = changes.len() > limit;
    changes.truncate(limit);
    let next = changes.last().map(|change| change.id).filter(|_| is_more);
    Ok(Some(HistoryPage { changes: changes.into_iter().map(history_row).collect(), next }))
}

/// The stages of a policy as the crossfader shows them.
pub fn stage_marks(policy: &PolicyVersion) -> Vec<StageMark> {
    let mark = |stage: &Stage| StageMark { name: stage.name.clone(), percentage: stage.percentage };
    policy.policy.stages.iter().map(mark).collect()
}

pub(super) fn history_row(change: RolloutChange) -> HistoryRow {
    HistoryRow {
        id: change.id,
        at: change.at,
        kind: change.kind.as_str().to_owned(),
        from: change.from,
        to: change.to,
        from_stage: change.from_stage,
        stage: change.stage,
        actor: change.actor.as_str().to_owned(),
        reason: change.reason,
        policy_version: change.policy_version,
        detail: change.detail,
        overridden: change.overridden,
        rollback: change.rollback.map(|rollback| rollback.0),
        has_evidence: change.has_evidence,
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
