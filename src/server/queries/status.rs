//! The status document of one migration.

use std::collections::{BTreeMap, HashSet};

use chrono::TimeDelta;

use super::{alerts, gate, notifications, served};
use crate::domain::comparison::ComparisonCounts;
use crate::domain::distinct_units::DistinctUnits;
use crate::domain::effective::effective;
use crate::domain::feature::FeatureId;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::path::Path;
use crate::domain::rollup::{Minute, ObservationRollup};
use crate::domain::snapshot::Snapshot;
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, Span, StoreError};
use crate::views::status::{
    ActiveUnits, FeatureStatus, HybridStatus, PerformanceStatus, RequestCounts, ShadowStatus, StorePoolStatus,
    SystemStatus,
};

/// How far back performance and shadow figures look.
const WINDOW: TimeDelta = TimeDelta::hours(1);

/// The status of the migration with this slug, or of the oldest; `None` when there is none.
pub async fn load(state: &AppState, slug: Option<&MigrationSlug>) -> Result<Option<HybridStatus>, StoreError> {
    let now = state.clock.now();
    let store = state.store.as_ref();
    let migration = match slug {
        Some(slug) => store.migration(slug).await?,
        None => store.migrations().await?.into_iter().next(),
    };
    let Some(migration) = migration else { return Ok(None) };
    let snapshots: Vec<Snapshot> =
        store.snapshots().await?.into_iter().filter(|snapshot| snapshot.migration.id == migration.id).collect();
    let ids: HashSet<FeatureId> = snapshots.iter().map(|snapshot| snapshot.feature.id).collect();
    let served = served(store, None, now).await?;
    let mut features: BTreeMap<String, FeatureStatus> = BTreeMap::new();
    for snapshot in &snapshots {
        let feature = &snapshot.feature;
        let effective = effective(&migration, feature, now);
        let status = FeatureStatus {
            stage: feature.stage.clone(),
            configured: feature.configured,
            effective: effective.percentage,
            observed: served.get(&feature.id).copied().unwrap_or_default().candidate_percent(),
            blocked_by: effective.blocked_by,
            gate: gate::report(state, snapshot).await?.map(|report| report.verdict),
        };
        features.insert(feature.key.to_string(), status);
    }
    let Minute(present) = Minute::of(now);
    let span = Span::Minutes { from: Minute(present + 1 - WINDOW.num_minutes()), to: Minute(present + 1) };
    let measured = state.system.last();
    let pool = store.pool_status();
    Ok(Some(HybridStatus {
        migration: migration.slug.to_string(),
        at: now,
        candidate_enabled: migration.candidate_enabled.is_on(),
        fallback_to_legacy: migration.fallback_to_legacy.is_on(),
        rollout: features.iter().map(|(key, status)| (key.clone(), status.effective)).collect(),
        features,
        shadow_mode: {
            let counts = shadow(state, span, &ids).await?;
            ShadowStatus {
                enabled: migration.shadow.enabled.is_on(),
                sample_rate: migration.shadow.sample_rate.fraction(),
                comparisons: counts.total(),
                errors: counts.shadow_errors(),
                discrepancies: counts.mismatches,
                error_rate: counts.shadow_error_rate(),
                discrepancy_rate: counts.discrepancy_rate(),
            }
        },
        performance: performance(state, span, &ids).await?,
        alerts: alerts::status(state, &migration, &snapshots).await?,
        system: SystemStatus {
            cpu: measured.cpu,
            memory: measured.memory,
            disk: measured.disk.map(|disk| disk.used),
            disk_free_bytes: measured.disk.map(|disk| disk.free_bytes),
            store_pool: StorePoolStatus { in_use: pool.in_use, size: pool.size },
            ingest_queue: state.ingest.queued(),
            file_tasks: store.queue_length().await?.tasks,
            notification_queue: notifications::untold(state).await?.queued,
        },
    }))
}

async fn shadow(state: &AppState, span: Span, ids: &HashSet<FeatureId>) -> Result<ComparisonCounts, StoreError> {
    let mut sum = ComparisonCounts::default();
    for (key, counts) in state.store.comparisons(&RollupQuery::all(span)).await? {
        if ids.contains(&key.feature) {
            sum.merge(&counts);
        }
    }
    Ok(sum)
}

async fn performance(state: &AppState, span: Span, ids: &HashSet<FeatureId>) -> Result<PerformanceStatus, StoreError> {
    let query = RollupQuery::all(span);
    let (mut legacy, mut unified) = (ObservationRollup::default(), ObservationRollup::default());
    for (key, rollup) in state.store.observations(&query).await? {
        if ids.contains(&key.feature) {
            match key.path {
                Path::Legacy => legacy.merge(&rollup),
                Path::Candidate => unified.merge(&rollup),
            }
        }
    }
    let (mut legacy_units, mut unified_units) = (None, None);
    for (key, units) in state.store.distinct_units(&query).await? {
        if ids.contains(&key.feature) {
            let sum: &mut Option<DistinctUnits> = match key.path {
                Path::Legacy => &mut legacy_units,
                Path::Candidate => &mut unified_units,
            };
            sum.get_or_insert_default().merge(&units);
        }
    }
    let seconds = |ms: Option<f64>| ms.map(|ms| ms / 1_000.0);
    let p95 = |rollup: &ObservationRollup| rollup.latency.quantile_ms(0.95);
    Ok(PerformanceStatus {
        window_seconds: WINDOW.num_seconds(),
        active_units: ActiveUnits {
            legacy: legacy_units.map(|units| units.estimate()),
            unified: unified_units.map(|units| units.estimate()),
        },
        unified_avg_latency: seconds(unified.latency.mean_ms()),
        legacy_avg_latency: seconds(legacy.latency.mean_ms()),
        unified_success_rate: unified.success_rate(),
        legacy_success_rate: legacy.success_rate(),
        unified_p95_latency: seconds(p95(&unified)),
        legacy_p95_latency: seconds(p95(&legacy)),
        degradation: match (p95(&legacy), p95(&unified)) {
            (Some(legacy), Some(unified)) if legacy > 0.0 => Some(unified / legacy - 1.0),
            _ => None,
        },
        requests: RequestCounts { legacy: legacy.requests(), unified: unified.requests() },
        fallbacks: unified.fallbacks,
    })
}
