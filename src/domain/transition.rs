//! How a feature changes: advance, set percentage, switch, restart, and what a rollback does to it. Each gives the feature
//! as it is from then on and the rollout change that tells of it, or every reason why not.

use chrono::{DateTime, Utc};

use super::author::Author;
use super::effective::{effective, pace};
use super::feature::{Feature, Switch};
use super::gate::{GateReport, Verdict};
use super::migration::Migration;
use super::percentage::Percentage;
use super::policy::COMPLETE;
use super::reason::Reason;
use super::refusal::Refusal;
use super::rollback::RollbackId;
use super::rollout::{ChangeKind, RolloutChange};
use super::series::EntryMinute;
use super::sign_off::{self, SignOff};
use super::snapshot::{PolicyVersion, Snapshot};
use super::stage_clock::{Pace, StageClock};

/// A feature as it is from now on, and the change that made it so.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// With the version that it will have.
    pub feature: Feature,
    pub change: RolloutChange,
}

/// Who changes something, why and when.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub author: &'a Author,
    pub reason: &'a Reason,
    pub now: DateTime<Utc>,
}

/// Whether an advance must have passed its gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// The gate has passed and is signed off.
    Gated,
    /// An admin goes past what is unmet, which is recorded for good.
    Override,
}

/// Everything that stands between a feature and its next stage: criteria first, then sign-offs.
pub fn unmet_demands(snapshot: &Snapshot, report: &GateReport, sign_offs: &[SignOff]) -> Vec<Refusal> {
    let stage = match snapshot.stage() {
        Ok(stage) => stage,
        Err(refusal) => return vec![refusal],
    };
    let criteria = report.criteria.iter().filter(|criterion| criterion.verdict != Verdict::Passed);
    let mut refusals: Vec<Refusal> =
        criteria.map(|criterion| Refusal::Criterion(Box::new(criterion.clone()))).collect();
    refusals.extend(sign_off::unmet(stage.sign_offs, sign_offs, &snapshot.feature, report));
    refusals
}

/// To the next stage, or from the last one to `complete`.
pub fn advance(
    snapshot: &Snapshot,
    report: &GateReport,
    sign_offs: &[SignOff],
    passage: Passage,
    order: Order<'_>,
) -> Result<Transition, Vec<Refusal>> {
    let stage = snapshot.stage().map_err(|refusal| vec![refusal])?;
    no_gradual(&snapshot.feature).map_err(|refusal| vec![refusal])?;
    let unmet = unmet_demands(snapshot, report, sign_offs);
    if passage == Passage::Gated && !unmet.is_empty() {
        return Err(unmet);
    }
    let overridden = unmet.iter().map(ToString::to_string).collect();
    let (kind, next, configured) = match snapshot.policy.policy.next_stage(&stage.name) {
        Some(next) => (ChangeKind::Advanced, next.name.as_str(), next.percentage),
        None => (ChangeKind::Completed, COMPLETE, snapshot.feature.configured.max(stage.percentage)),
    };
    let mut transition = enter(snapshot, next, configured, kind, order);
    transition.change.overridden = overridden;
    if kind == ChangeKind::Completed {
        transition.change.detail = Some("shadow off for this feature".to_owned());
    }
    Ok(transition)
}

/// Sets the percentage: down always, up only to that of the present stage.
pub fn set_percentage(snapshot: &Snapshot, wanted: Percentage, order: Order<'_>) -> Result<Transition, Vec<Refusal>> {
    let feature = &snapshot.feature;
    if wanted == feature.configured {
        return Err(vec![Refusal::NothingToChange]);
    }
    if wanted > feature.configured {
        no_gradual(feature).map_err(|refusal| vec![refusal])?;
        let stage = snapshot.stage().map_err(|refusal| vec![refusal])?;
        if wanted > stage.percentage {
            let (stage, stage_percentage) = (stage.name.clone(), stage.percentage);
            return Err(vec![Refusal::AboveStage { wanted, stage, stage_percentage }]);
        }
    }
    if feature.is_complete() {
        // What is not at 100 % any more is not complete; it is back in the last stage.
        let last = covering(snapshot, Percentage::FULL);
        return Ok(enter(snapshot, &last, wanted, ChangeKind::PercentageSet, order));
    }
    let changed = Feature { configured: wanted, ..feature.clone() };
    Ok(within_stage(snapshot, changed, ChangeKind::PercentageSet, order))
}

/// Switches the feature on or off.
pub fn set_enabled(snapshot: &Snapshot, enabled: Switch, order: Order<'_>) -> Result<Transition, Vec<Refusal>> {
    if snapshot.feature.enabled == enabled {
        return Err(vec![Refusal::NothingToChange]);
    }
    let kind = if enabled.is_on() { ChangeKind::FeatureEnabled } else { ChangeKind::FeatureDisabled };
    let changed = Feature { enabled, ..snapshot.feature.clone() };
    Ok(within_stage(snapshot, changed, kind, order))
}

/// Enters the present stage anew: evidence and sign-offs begin again.
pub fn restart_stage(snapshot: &Snapshot, order: Order<'_>) -> Result<Transition, Vec<Refusal>> {
    let stage = snapshot.stage().map_err(|refusal| vec![refusal])?.name.clone();
    no_gradual(&snapshot.feature).map_err(|refusal| vec![refusal])?;
    Ok(enter(snapshot, &stage, snapshot.feature.configured, ChangeKind::StageRestarted, order))
}

/// What a rollback does to a feature. It only ever lowers, and nothing stands in its way.
pub fn take_back(
    snapshot: &Snapshot,
    to: Percentage,
    kind: ChangeKind,
    rollback: &RollbackId,
    order: Order<'_>,
) -> Transition {
    let to = to.min(snapshot.feature.configured);
    let stage = covering(snapshot, to);
    let mut transition = enter(snapshot, &stage, to, kind, order);
    if kind == ChangeKind::FeatureRollback {
        transition.feature.enabled = Switch::Off;
        transition.feature.clock = StageClock::started(Pace::StandsStill, order.now);
    }
    transition.change.rollback = Some(rollback.clone());
    transition
}

/// The feature in a migration whose switches were changed: its clock follows, nothing else does.
pub fn follow_migration(
    snapshot: &Snapshot,
    migration: &Migration,
    kind: ChangeKind,
    detail: String,
    order: Order<'_>,
) -> Transition {
    let moved = Snapshot { migration: migration.clone(), ..snapshot.clone() };
    let mut transition = within_stage(&moved, snapshot.feature.clone(), kind, order);
    transition.change.detail = Some(detail);
    transition
}

/// The feature under a new version of its policy: its clock follows what its stage asks now, nothing else does.
pub fn follow_policy(snapshot: &Snapshot, policy: &PolicyVersion, now: DateTime<Utc>) -> Feature {
    let pace = clock_pace(&snapshot.migration, &snapshot.feature, policy, now);
    let clock = snapshot.feature.clock.set(pace, now);
    Feature { clock, version: snapshot.feature.version + 1, ..snapshot.feature.clone() }
}

/// A feature whose gradual rollback was cancelled: it stays where the plan had brought it.
pub fn stay(snapshot: &Snapshot, rollback: &RollbackId, order: Order<'_>) -> Transition {
    let reached = effective(&snapshot.migration, &snapshot.feature, order.now).percentage;
    let planned = snapshot.feature.gradual.as_ref().map(|gradual| gradual.plan.percentage_at(order.now));
    let to = planned.unwrap_or(reached).min(snapshot.feature.configured);
    let stage = covering(snapshot, to);
    let mut transition = enter(snapshot, &stage, to, ChangeKind::GradualRollbackCancelled, order);
    transition.change.rollback = Some(rollback.clone());
    transition
}

/// The lowest stage that allows `percentage`: a policy's last has 100 %, so there is one.
fn covering(snapshot: &Snapshot, percentage: Percentage) -> String {
    let stage = snapshot.policy.policy.covering(percentage);
    stage.map_or_else(|| snapshot.feature.stage.clone(), |stage| stage.name.clone())
}

fn no_gradual(feature: &Feature) -> Result<(), Refusal> {
    match &feature.gradual {
        Some(gradual) => Err(Refusal::GradualUnderWay { target: gradual.plan.target }),
        None => Ok(()),
    }
}

/// The feature entering `stage`, which may be the one it is in.
fn enter(snapshot: &Snapshot, stage: &str, configured: Percentage, kind: ChangeKind, order: Order<'_>) -> Transition {
    let before = &snapshot.feature;
    let mut feature = Feature {
        configured,
        stage: stage.to_owned(),
        entered_at: order.now,
        entry: before.entry + 1,
        entered_by: Some(order.author.person.clone()),
        before_entry: EntryMinute::default(),
        clock: StageClock::default(),
        gradual: None,
        hold: None,
        version: before.version + 1,
        ..before.clone()
    };
    feature.clock =
        StageClock::started(clock_pace(&snapshot.migration, &feature, &snapshot.policy, order.now), order.now);
    Transition { change: change(snapshot, &feature, kind, order), feature }
}

/// The feature changed within its stage: the clock goes on or stands still.
fn within_stage(snapshot: &Snapshot, changed: Feature, kind: ChangeKind, order: Order<'_>) -> Transition {
    let pace = clock_pace(&snapshot.migration, &changed, &snapshot.policy, order.now);
    let clock = changed.clock.set(pace, order.now);
    let feature = Feature { clock, version: snapshot.feature.version + 1, ..changed };
    Transition { change: change(snapshot, &feature, kind, order), feature }
}

fn clock_pace(migration: &Migration, feature: &Feature, policy: &PolicyVersion, now: DateTime<Utc>) -> Pace {
    match policy.policy.stage(&feature.stage) {
        Some(stage) => pace(migration, feature, stage.percentage, now),
        None => Pace::StandsStill,
    }
}

fn change(snapshot: &Snapshot, after: &Feature, kind: ChangeKind, order: Order<'_>) -> RolloutChange {
    RolloutChange {
        id: 0,
        feature: after.id,
        at: order.now,
        kind,
        from: Some(snapshot.feature.configured),
        to: after.configured,
        from_stage: Some(snapshot.feature.stage.clone()),
        stage: after.stage.clone(),
        actor: order.author.actor.clone(),
        reason: order.reason.as_str().to_owned(),
        policy_version: Some(snapshot.policy.version),
        detail: None,
        overridden: Vec::new(),
        rollback: None,
        has_evidence: false,
    }
}

#[cfg(test)]
mod tests;
