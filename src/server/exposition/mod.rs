//! What Prometheus is told: every series with its name, help and labels.
//!
//! Labels are features, paths and words of this program, never what a sender names freely (operations, units, kinds of
//! errors): so the number of series follows the features that there are, and nothing that is ingested adds one.

mod families;
mod series;
pub mod text;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::counters::Counted;
use super::queries::gate;
use super::queries::notifications::{self, Untold};
use super::state::AppState;
use super::store::{OperationClass, PoolStatus, StoreError};
use super::workers::system::Measurement;
use crate::domain::alert::AlertState;
use crate::domain::duration_counts::DurationCounts;
use crate::domain::effective::effective;
use crate::domain::feature::FeatureId;
use crate::domain::gate::GateState;
use crate::domain::rollup::Source;

/// Everything that is told, as of about one moment.
#[derive(Debug)]
struct Snapshot {
    counted: Counted,
    features: Vec<FeatureSnapshot>,
    /// Whether the candidate may be chosen, by migration.
    migrations: BTreeMap<String, bool>,
    /// Alerts that are pending or fire; `None` when the store could not tell.
    alerts: Option<Vec<AlertSnapshot>>,
    /// Whether the store answered.
    store_up: bool,
    /// Whether this instance does the timed work.
    leads: bool,
    /// In seconds; `None` before anything was read.
    decisions_age: Option<f64>,
    /// What waits to be told of alerts, or could not be; `None` when the store could not tell.
    untold: Option<Untold>,
    timings: [(OperationClass, DurationCounts); OperationClass::ALL.len()],
    pool: PoolStatus,
    queued: u64,
    batches_under_way: u64,
    bytes_under_way: usize,
    change_streams: u64,
    flag_streams: u64,
    measured: Measurement,
    started_at: DateTime<Utc>,
}

/// One feature.
#[derive(Debug)]
struct FeatureSnapshot {
    id: FeatureId,
    key: String,
    migration: String,
    configured: f64,
    effective: f64,
    last_seen: BTreeMap<Source, DateTime<Utc>>,
    /// The state of its gate; `None` when the store could not tell.
    gate: Option<&'static str>,
}

/// One alert that is not over.
#[derive(Debug)]
struct AlertSnapshot {
    rule: String,
    migration: String,
    /// Empty when it is about the machine.
    feature: String,
    fires: bool,
}

/// Everything in the `OpenMetrics` text format.
pub async fn openmetrics(state: &AppState) -> Result<String, std::fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot(state).await));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

async fn snapshot(state: &AppState) -> Snapshot {
    let mut features = Vec::new();
    let mut migrations = BTreeMap::new();
    let read = read(state, &mut features, &mut migrations).await;
    if let Err(error) = &read {
        tracing::warn!(error = error as &dyn std::error::Error, "Prometheus is told less: the store does not answer");
    }
    let alerts = alerts(state, &features).await.ok();
    let pool = state.store.pool_status();
    Snapshot {
        counted: state.ingest.counters.now(),
        features,
        migrations,
        alerts,
        store_up: read.is_ok(),
        leads: state.leadership.leads(),
        decisions_age: state.decisions.known_at().map(|at| (state.clock.now() - at).as_seconds_f64().max(0.0)),
        untold: notifications::untold(state).await.ok(),
        timings: state.store.timings().counts(),
        pool,
        queued: state.ingest.queued(),
        batches_under_way: state.ingest.under_way(),
        bytes_under_way: state.ingest.budget.taken(),
        change_streams: state.events.places.taken(),
        flag_streams: state.events.flag_places.taken(),
        measured: state.system.last(),
        started_at: state.started_at,
    }
}

/// What is set is told from memory when the store does not answer; what has to be judged is left out then.
async fn read(
    state: &AppState,
    features: &mut Vec<FeatureSnapshot>,
    migrations: &mut BTreeMap<String, bool>,
) -> Result<(), StoreError> {
    let now = state.clock.now();
    for migration in state.store.migrations().await.unwrap_or_default() {
        migrations.insert(migration.slug.to_string(), migration.candidate_enabled.is_on());
    }
    let catalog = state.decisions.catalog().await?;
    for entry in catalog.entries() {
        let (feature, migration) = (&entry.feature, entry.migration());
        migrations.entry(migration.slug.to_string()).or_insert(migration.candidate_enabled.is_on());
        features.push(FeatureSnapshot {
            id: feature.id,
            key: feature.key.to_string(),
            migration: migration.slug.to_string(),
            configured: feature.configured.fraction(),
            effective: effective(migration, feature, now).percentage.fraction(),
            last_seen: BTreeMap::new(),
            gate: None,
        });
    }
    for (feature, source, at) in state.store.last_seen().await? {
        if let Some(snapshot) = features.iter_mut().find(|snapshot| snapshot.id == feature) {
            snapshot.last_seen.insert(source, at);
        }
    }
    for snapshot in state.store.snapshots().await? {
        let report = gate::report(state, &snapshot).await?;
        let found = features.iter_mut().find(|feature| feature.id == snapshot.feature.id);
        if let Some(feature) = found {
            feature.gate = Some(report.map_or("complete", |report| gate_state(report.state)));
        }
    }
    Ok(())
}

/// Rules are named by policies, not by what is sent, so they are bounded as well.
async fn alerts(state: &AppState, features: &[FeatureSnapshot]) -> Result<Vec<AlertSnapshot>, StoreError> {
    let (open, migrations) = (state.store.open_alerts().await?, state.store.migrations().await?);
    let alerts = open.into_iter().map(|alert| {
        let migration = migrations.iter().find(|it| it.id == alert.subject.migration);
        let feature = alert.subject.feature.and_then(|id| features.iter().find(|it| it.id == id));
        AlertSnapshot {
            fires: matches!(alert.state, AlertState::Firing { .. }),
            rule: alert.rule,
            migration: migration.map(|it| it.slug.to_string()).unwrap_or_default(),
            feature: feature.map(|it| it.key.clone()).unwrap_or_default(),
        }
    });
    Ok(alerts.collect())
}

const fn gate_state(state: GateState) -> &'static str {
    match state {
        GateState::NoData => "no_data",
        GateState::Stale => "stale",
        GateState::NotEnoughEvidence => "not_enough_evidence",
        GateState::Passed => "passed",
        GateState::Failed => "failed",
    }
}
