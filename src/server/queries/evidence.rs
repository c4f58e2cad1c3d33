//! Gathering what a gate is judged on: store → evidence, live or with the series behind it.

mod window;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::window::{newest, window};
use crate::domain::alert::AlertEvidence;
use crate::domain::effective::why_stopped;
use crate::domain::evidence::{
    Baseline, ConsistencyEvidence, DwellEvidence, Evidence, LastSeen, PathEvidence, PrerequisiteEvidence, Recent,
};
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::policy::{Criterion, Stage};
use crate::domain::rollup::{Hour, Minute};
use crate::domain::series::{ComparisonPoint, Counts, EntryMinute, ObservationPoint, Series};
use crate::domain::snapshot::Snapshot;
use crate::server::store::{RollupQuery, Span, Store, StoreError};

/// How far back the present traffic is measured.
const RECENT: TimeDelta = TimeDelta::hours(1);

/// The evidence of a feature in its stage, with the series that it sums up; `None` when it is in no stage of its policy.
pub async fn gather(
    store: &dyn Store,
    snapshot: &Snapshot,
    now: DateTime<Utc>,
) -> Result<Option<(Evidence, Series)>, StoreError> {
    let Ok(stage) = snapshot.stage() else { return Ok(None) };
    let feature = &snapshot.feature;
    let series = series(store, feature, now).await?;
    let totals = series.totals(feature.entered_at);
    let evidence = Evidence {
        migration: snapshot.migration.slug.clone(),
        feature: feature.key.clone(),
        policy_version: snapshot.policy.version,
        stage: stage.clone(),
        entered_at: feature.entered_at,
        as_of: now,
        dwell: DwellEvidence {
            elapsed_ms: feature.clock.elapsed(now).num_milliseconds(),
            stopped_by: why_stopped(&snapshot.migration, feature, stage.percentage, now),
        },
        legacy: totals.legacy,
        candidate: totals.candidate,
        shadow: totals.shadow,
        last_seen: last_seen(store, feature.id).await?,
        recent: recent(store, feature, now).await?,
        baseline: baseline(store, feature.id, stage).await?,
        prerequisites: prerequisites(store, snapshot).await?,
        consistency: consistency(store, feature.id, stage).await?,
        alerts: alerts(store, feature).await?,
    };
    Ok(Some((evidence, series)))
}

/// What the present minute has seen of a feature: not evidence of a stage that is entered in it now.
pub async fn entry_minute(
    store: &dyn Store,
    feature: FeatureId,
    now: DateTime<Utc>,
) -> Result<EntryMinute, StoreError> {
    let Minute(present) = Minute::of(now);
    let query = RollupQuery::of(feature, Span::Minutes { from: Minute(present), to: Minute(present + 1) });
    let mut seen = EntryMinute::default();
    for (key, rollup) in store.observations(&query).await? {
        let counts = match key.path {
            Path::Legacy => &mut seen.legacy,
            Path::Candidate => &mut seen.candidate,
        };
        let Counts { ok, errors, caller_errors, fallbacks } = Counts::from(&PathEvidence::from(&rollup));
        counts.ok += ok;
        counts.errors += errors;
        counts.caller_errors += caller_errors;
        counts.fallbacks += fallbacks;
    }
    for (_, counts) in store.comparisons(&query).await? {
        seen.shadow.merge(&counts);
    }
    Ok(seen)
}

/// Minutes of the hour of the entry, then hours: exact at the beginning, and few rows however long a stage lasts.
async fn series(store: &dyn Store, feature: &Feature, now: DateTime<Utc>) -> Result<Series, StoreError> {
    let entered = Minute::of(feature.entered_at);
    let Minute(present) = Minute::of(now);
    let next_hour = Hour(entered.hour().0 + 1);
    let minutes = Span::Minutes { from: entered, to: next_hour.first_minute().min(Minute(present + 1)) };
    let hours = Span::Hours { from: next_hour, to: Hour(Minute(present).hour().0 + 1) };
    points(store, feature.id, feature.before_entry.clone(), &[minutes, hours]).await
}

/// The series behind evidence that was frozen, as far as the store still has it: the last hour by minutes as well, since it
/// has gone on.
pub async fn frozen_series(store: &dyn Store, feature: &Feature, evidence: &Evidence) -> Result<Series, StoreError> {
    let is_present = feature.entered_at == evidence.entered_at;
    let before_entry = if is_present { feature.before_entry.clone() } else { EntryMinute::default() };
    let (entered, Minute(last)) = (Minute::of(evidence.entered_at), Minute::of(evidence.as_of));
    let (next_hour, last_hour) = (Hour(entered.hour().0 + 1), Minute(last).hour());
    let spans = [
        Span::Minutes { from: entered, to: next_hour.first_minute().min(Minute(last + 1)) },
        Span::Hours { from: next_hour, to: last_hour },
        Span::Minutes { from: next_hour.max(last_hour).first_minute(), to: Minute(last + 1) },
    ];
    points(store, feature.id, before_entry, &spans).await
}

async fn points(
    store: &dyn Store,
    feature: FeatureId,
    before_entry: EntryMinute,
    spans: &[Span],
) -> Result<Series, StoreError> {
    let mut series = Series { before_entry, ..Series::default() };
    for span in spans {
        let (from, to) = span.bounds();
        if from >= to {
            continue;
        }
        let seconds = match span {
            Span::Minutes { .. } => 60,
            Span::Hours { .. } => 3_600,
        };
        let query = RollupQuery::of(feature, *span);
        series.observations.extend(store.observations(&query).await?.into_iter().map(|(key, rollup)| {
            ObservationPoint {
                start: key.minute.start(),
                seconds,
                operation: key.operation.to_string(),
                path: key.path,
                evidence: PathEvidence::from(&rollup),
            }
        }));
        series.comparisons.extend(store.comparisons(&query).await?.into_iter().map(|(key, counts)| ComparisonPoint {
            start: key.minute.start(),
            seconds,
            operation: key.operation.to_string(),
            counts,
        }));
    }
    Ok(series)
}

async fn last_seen(store: &dyn Store, feature: FeatureId) -> Result<LastSeen, StoreError> {
    Ok(newest(store).await?.remove(&feature).unwrap_or_default())
}

/// The alerts that fire and stand in the feature's way, oldest first.
async fn alerts(store: &dyn Store, feature: &Feature) -> Result<Vec<AlertEvidence>, StoreError> {
    let open = store.open_alerts().await?.into_iter();
    let in_the_way = open.filter(|alert| alert.bars_advance() && alert.subject.is_of(feature));
    Ok(in_the_way
        .filter_map(|alert| {
            let since = alert.state.fired_at()?;
            Some(AlertEvidence { alert: alert.id, rule: alert.rule, since, reason: alert.reading.reason })
        })
        .collect())
}

async fn recent(store: &dyn Store, feature: &Feature, now: DateTime<Utc>) -> Result<Recent, StoreError> {
    let from = feature.entered_at.max(now - RECENT);
    let Minute(present) = Minute::of(now);
    let query = RollupQuery::of(feature.id, Span::Minutes { from: Minute::of(from), to: Minute(present + 1) });
    let mut recent = Recent { window_seconds: (now - from).num_seconds().max(1), ..Recent::default() };
    for (key, rollup) in store.observations(&query).await? {
        match key.path {
            Path::Legacy => recent.legacy += rollup.ok + rollup.errors,
            Path::Candidate => recent.candidate += rollup.ok + rollup.errors,
        }
    }
    for (_, counts) in store.comparisons(&query).await? {
        recent.comparisons += counts.total();
    }
    Ok(recent)
}

/// Legacy as it was frozen when the feature was let into its stage, for a stage that leaves legacy nothing to do.
async fn baseline(store: &dyn Store, feature: FeatureId, stage: &Stage) -> Result<Option<Baseline>, StoreError> {
    if stage.percentage < Percentage::FULL {
        return Ok(None);
    }
    Ok(store.frozen_gates(feature, 1).await?.pop().and_then(|(_, frozen)| {
        let left = frozen.evidence;
        if left.stage.percentage == Percentage::FULL {
            // It was complete and came back: what it was held against then still is what legacy was.
            return left.baseline;
        }
        Some(Baseline { stage: left.stage.name, as_of: left.as_of, legacy: left.legacy })
    }))
}

/// What the last check that read everything found of the feature's files, and of objects that may be anyone's; only where
/// the stage asks.
async fn consistency(
    store: &dyn Store,
    feature: FeatureId,
    stage: &Stage,
) -> Result<Option<ConsistencyEvidence>, StoreError> {
    if !stage.criteria.iter().any(|it| matches!(it, Criterion::Consistency { .. })) {
        return Ok(None);
    }
    let ended_at = store.last_full_check().await?.and_then(|check| check.state.ended_at());
    let Some(checked_at) = ended_at else { return Ok(None) };
    let open = store.open_findings().await?.into_iter();
    let open = open.filter(|it| it.feature.is_none_or(|of| of == feature)).map(|it| it.count).sum();
    Ok(Some(ConsistencyEvidence { checked_at, open }))
}

async fn prerequisites(store: &dyn Store, snapshot: &Snapshot) -> Result<Vec<PrerequisiteEvidence>, StoreError> {
    let policy = &snapshot.policy.policy;
    let mut found = Vec::new();
    for prerequisite in policy.prerequisites_of(&snapshot.feature.key) {
        let needed = store.feature(&prerequisite.needs).await?.map(|(_, feature)| feature.stage);
        found.push(PrerequisiteEvidence {
            needs: prerequisite.needs.clone(),
            stage: prerequisite.stage.clone(),
            reached: needed.as_deref().is_some_and(|present| policy.has_reached(present, &prerequisite.stage)),
            present_stage: needed,
        });
    }
    Ok(found)
}
