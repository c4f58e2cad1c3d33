//! Taking traffic back: feature, gradual and emergency rollbacks, and cancelling. No gate, sign-off or version stands in
//! their way: a change that somebody else made meanwhile is read again, and the rollback made on top of it.

mod taking;

use self::taking::{Taking, is_switched_on};
use super::CommandError;
use super::insist::insist;
use super::record::{feature_event, no_feature};
use crate::domain::alert_notice::AlertId;
use crate::domain::author::Author;
use crate::domain::feature::{Feature, Switch};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::gradual::{GradualPlan, Pace};
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::percentage::Percentage;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::domain::rollback::{Progress, Rollback, RollbackId, RollbackKind, Scope};
use crate::domain::rollout::ChangeKind;
use crate::domain::snapshot::{PolicyVersion, Snapshot};
use crate::domain::text::Actor;
use crate::domain::transition::{Order, stay};
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{Change, RollbackQuery, StoreError, Write};

/// Who takes back, and why.
#[derive(Clone, Debug)]
pub struct RollbackOrder {
    pub author: Author,
    pub reason: Reason,
    /// The alert that has it done, which is noted with it.
    pub alert: Option<AlertId>,
}

/// What came of a rollback that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was made.
    Made(Rollback),
    /// Everything was so already, by this one.
    AlreadySo(Rollback),
}

impl Outcome {
    /// The rollback, whichever.
    pub const fn rollback(&self) -> &Rollback {
        match self {
            Self::Made(rollback) | Self::AlreadySo(rollback) => rollback,
        }
    }
}

/// One feature off and at 0 %.
pub async fn feature(state: &AppState, key: &FeatureKey, order: &RollbackOrder) -> Result<Outcome, CommandError> {
    insist!(try_feature(state, key, order))
}

/// One feature down to `target` in steps, the first at once.
pub async fn gradual(
    state: &AppState,
    key: &FeatureKey,
    target: Percentage,
    pace: Pace,
    order: &RollbackOrder,
) -> Result<Outcome, CommandError> {
    insist!(try_gradual(state, key, target, pace, order))
}

/// Candidate off, fallback on, every percentage 0: of one migration, or of all.
pub async fn emergency(
    state: &AppState,
    migration: Option<&MigrationSlug>,
    order: &RollbackOrder,
) -> Result<Outcome, CommandError> {
    insist!(try_emergency(state, migration, order))
}

/// Stops a gradual rollback between two steps: the feature stays where it is.
pub async fn cancel(state: &AppState, id: &RollbackId, order: &RollbackOrder) -> Result<Rollback, CommandError> {
    // A step made at the same moment is no reason to refuse.
    insist!(try_cancel(state, id, order))
}

async fn try_feature(state: &AppState, key: &FeatureKey, order: &RollbackOrder) -> Result<Outcome, CommandError> {
    let snapshot = state.store.snapshot(key).await?.ok_or_else(|| no_feature(key))?;
    let feature = &snapshot.feature;
    let is_so = feature.configured == Percentage::ZERO && !feature.enabled.is_on() && feature.gradual.is_none();
    let scope = Scope::Feature(feature.id, key.clone());
    if is_so && let Some(last) = last_of(state, &scope, "feature").await? {
        return Ok(Outcome::AlreadySo(last));
    }
    let mut change = Taking::new(state, order);
    let id = change.id.clone();
    change.take(state, &snapshot, Percentage::ZERO, ChangeKind::FeatureRollback).await?;
    let rollback = change.rollback(&id, scope, RollbackKind::Feature);
    change.make(state, rollback).await
}

async fn try_gradual(
    state: &AppState,
    key: &FeatureKey,
    target: Percentage,
    pace: Pace,
    order: &RollbackOrder,
) -> Result<Outcome, CommandError> {
    let snapshot = state.store.snapshot(key).await?.ok_or_else(|| no_feature(key))?;
    let feature = &snapshot.feature;
    if let Some(gradual) = &feature.gradual {
        return Err(CommandError::refused(Refusal::GradualUnderWay { target: gradual.plan.target }));
    }
    if target >= feature.configured {
        return Err(CommandError::refused(Refusal::NotBelow { target, present: feature.configured }));
    }
    let mut change = Taking::new(state, order);
    let plan = GradualPlan::new(feature.configured, target, pace, change.now);
    let id = change.id.clone();
    change.take(state, &snapshot, plan.percentage_at(change.now), ChangeKind::GradualRollback).await?;
    let rollback = change.rollback(&id, Scope::Feature(feature.id, key.clone()), RollbackKind::Gradual(plan));
    change.make(state, rollback).await
}

async fn try_emergency(
    state: &AppState,
    migration: Option<&MigrationSlug>,
    order: &RollbackOrder,
) -> Result<Outcome, CommandError> {
    let (scope, migrations) = match migration {
        Some(slug) => {
            let found = state.store.migration(slug).await?;
            let found = found.ok_or_else(|| CommandError::NotFound { what: format!("migration {slug}") })?;
            (Scope::Migration(found.id, slug.clone()), vec![found])
        }
        None => (Scope::Everything, state.store.migrations().await?),
    };
    if migrations.is_empty() {
        return Err(CommandError::refused(Refusal::NothingToRollBack));
    }
    let mut change = Taking::new(state, order);
    let id = change.id.clone();
    for migration in &migrations {
        change.switch_off(migration);
    }
    for mut snapshot in snapshots(state, &migrations).await? {
        let Some(migration) = migrations.iter().find(|it| it.id == snapshot.migration.id) else { continue };
        change.cover(&snapshot);
        let feature = &snapshot.feature;
        let is_so = feature.configured == Percentage::ZERO && feature.gradual.is_none() && !is_switched_on(migration);
        if !is_so {
            snapshot.migration.candidate_enabled = Switch::Off;
            change.take_covered(state, &snapshot, Percentage::ZERO, ChangeKind::EmergencyRollback).await?;
        }
    }
    if change.writes.is_empty()
        && let Some(last) = last_of(state, &scope, "emergency").await?
    {
        return Ok(Outcome::AlreadySo(last));
    }
    let rollback = change.rollback(&id, scope, RollbackKind::Emergency);
    change.make(state, rollback).await
}

async fn try_cancel(state: &AppState, id: &RollbackId, order: &RollbackOrder) -> Result<Rollback, CommandError> {
    let not_found = || CommandError::NotFound { what: format!("rollback {}", id.0) };
    let rollback = state.store.rollbacks(&RollbackQuery::One(id.clone())).await?.pop().ok_or_else(not_found)?;
    let (Progress::Stepping, Scope::Feature(_, key)) = (&rollback.progress, &rollback.scope) else {
        return Err(CommandError::refused(Refusal::NotStepping));
    };
    let snapshot = state.store.snapshot(key).await?.ok_or_else(|| no_feature(key))?;
    let now = state.clock.now();
    if snapshot.feature.gradual.as_ref().is_none_or(|gradual| gradual.rollback != *id || gradual.plan.is_done(now)) {
        return Err(CommandError::refused(Refusal::NotStepping));
    }
    let mut decided = stay(&snapshot, id, Order { author: &order.author, reason: &order.reason, now });
    decided.feature.before_entry = evidence::entry_minute(state.store.as_ref(), snapshot.feature.id, now).await?;
    let progress = Progress::Cancelled { at: now, by: order.author.actor.clone() };
    let change = Change {
        actor: order.author.actor.clone(),
        at: now,
        writes: vec![
            Write::Feature { feature: decided.feature.clone(), expected: snapshot.feature.version },
            Write::RolloutChange { change: decided.change.clone(), frozen: None },
            Write::Progress { rollback: id.clone(), expected: Progress::Stepping, now: progress.clone() },
        ],
        audit: vec![feature_event(&snapshot, &decided, "rollback.cancelled")],
    };
    state.commit(&change).await?;
    tracing::warn!(feature = %key, rollback = id.0, actor = change.actor.as_str(), "gradual rollback cancelled");
    Ok(Rollback { progress, ..rollback })
}

/// All features of `migrations`. A policy that cannot be read does not keep them from being taken back: the default one
/// then says which stage 0 % is.
async fn snapshots(state: &AppState, migrations: &[Migration]) -> Result<Vec<Snapshot>, StoreError> {
    match state.store.snapshots().await {
        Err(StoreError::Corrupt { table: "policies", .. }) => {}
        read => return read,
    }
    let default = PolicyVersion {
        version: 0,
        policy: Policy::default_policy(),
        at: state.clock.now(),
        actor: Actor::system(),
        reason: "the policy in force cannot be read".to_owned(),
    };
    let of = |id: MigrationId| migrations.iter().find(|migration| migration.id == id);
    let features = state.store.features().await?;
    let whole = |feature: Feature| {
        Some(Snapshot { migration: of(feature.migration)?.clone(), feature, policy: default.clone() })
    };
    Ok(features.into_iter().filter_map(whole).collect())
}

/// The newest rollback of this kind over this scope.
async fn last_of(state: &AppState, scope: &Scope, kind: &str) -> Result<Option<Rollback>, StoreError> {
    let newest = state.store.rollbacks(&RollbackQuery::Newest { limit: 500 }).await?;
    Ok(newest.into_iter().find(|rollback| rollback.scope == *scope && rollback.kind.as_str() == kind))
}
