//! Gathering what alert rules read: the evidence of the last minutes only. A gate's is of the whole stage.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{baseline, points};
use crate::domain::evidence::{DwellEvidence, Evidence, LastSeen, Recent};
use crate::domain::feature::FeatureId;
use crate::domain::path::Path;
use crate::domain::rollup::{Minute, Source};
use crate::domain::series::EntryMinute;
use crate::domain::snapshot::Snapshot;
use crate::server::store::{Span, Store, StoreError};

/// The evidence of a feature in its last `minutes` whole minutes and the present one, never from before it entered its
/// stage; `None` when it is in no stage of its policy.
pub async fn window(
    store: &dyn Store,
    snapshot: &Snapshot,
    minutes: u32,
    last_seen: LastSeen,
    now: DateTime<Utc>,
) -> Result<Option<Evidence>, StoreError> {
    let Ok(stage) = snapshot.stage() else { return Ok(None) };
    let feature = &snapshot.feature;
    let (Minute(present), Minute(entered)) = (Minute::of(now), Minute::of(feature.entered_at));
    let from = (present - i64::from(minutes)).max(entered);
    let before_entry = if from == entered { feature.before_entry.clone() } else { EntryMinute::default() };
    let span = Span::Minutes { from: Minute(from), to: Minute(present + 1) };
    let totals = points(store, feature.id, before_entry, &[span]).await?.totals(feature.entered_at);
    let window_seconds = (now - Minute(from).start().max(feature.entered_at)).num_seconds().max(1);
    let recent = Recent {
        window_seconds,
        legacy: totals.legacy.judged(),
        candidate: totals.candidate.judged(),
        comparisons: totals.shadow.total(),
    };
    Ok(Some(Evidence {
        migration: snapshot.migration.slug.clone(),
        feature: feature.key.clone(),
        policy_version: snapshot.policy.version,
        stage: stage.clone(),
        entered_at: feature.entered_at,
        as_of: now,
        dwell: DwellEvidence { elapsed_ms: feature.clock.elapsed(now).num_milliseconds(), stopped_by: None },
        legacy: totals.legacy,
        candidate: totals.candidate,
        shadow: totals.shadow,
        last_seen,
        recent,
        baseline: baseline(store, feature.id, stage).await?,
        prerequisites: Vec::new(),
        consistency: None,
        alerts: Vec::new(),
    }))
}

/// The newest of each source of every feature.
pub async fn newest(store: &dyn Store) -> Result<HashMap<FeatureId, LastSeen>, StoreError> {
    let mut newest: HashMap<FeatureId, LastSeen> = HashMap::new();
    for (feature, source, at) in store.last_seen().await? {
        let seen = newest.entry(feature).or_default();
        match source {
            Source::Path(Path::Legacy) => seen.legacy = Some(at),
            Source::Path(Path::Candidate) => seen.candidate = Some(at),
            Source::Shadow => seen.shadow = Some(at),
        }
    }
    Ok(newest)
}
