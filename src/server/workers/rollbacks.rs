//! Drives rollbacks on: makes the steps of gradual ones by plan and clock, and looks for the proof that each took effect.
//!
//! All it knows is in the store, so it goes on after a restart where it was, and catches up in one move.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature_key::FeatureKey;
use crate::domain::gradual::GradualPlan;
use crate::domain::observed::Served;
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::reason::Reason;
use crate::domain::rollback::{Progress, Proof, Rollback, RollbackKind, Scope, proof};
use crate::domain::rollout::ChangeKind;
use crate::domain::rollup::Minute;
use crate::domain::transition::{Order, take_back};
use crate::server::commands::record::feature_event;
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{Change, CommitError, RollbackQuery, RollupQuery, Span, StoreError, Write};

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks once a second until `stop`, while this instance leads.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while state.leadership.turn(&mut ticks, &stop).await {
        // What is cut off was written whole or not at all.
        if let Some(Err(error)) = state.leadership.hold_briefly(&stop, Box::pin(tick(&state))).await {
            tracing::error!(error = &error as &dyn std::error::Error, "rollbacks could not be driven on");
        }
    }
}

/// Makes every step that is due and records every proof that is there. One that fails keeps none of the others waiting;
/// the first failure is returned.
pub async fn tick(state: &AppState) -> Result<(), StoreError> {
    let mut driven = Ok(());
    for rollback in state.store.rollbacks(&RollbackQuery::Open).await? {
        let done = match (&rollback.progress, &rollback.kind, &rollback.scope) {
            (Progress::Stepping, RollbackKind::Gradual(plan), Scope::Feature(_, key)) => {
                step(state, &rollback, plan, key).await
            }
            (Progress::InEffect { since }, ..) => verify(state, &rollback, *since).await,
            _ => Ok(()),
        };
        match done {
            // Somebody changed it at the same moment; there is another look in a second.
            Err(CommitError::Stale { .. }) | Ok(()) => {}
            Err(CommitError::Store(error)) => driven = driven.and(Err(error)),
            Err(error) => tracing::error!(rollback = rollback.id.0, %error, "a rollback could not be driven on"),
        }
    }
    driven
}

/// What is known of the proof of a rollback that is in effect since `since`.
pub async fn look(
    state: &AppState,
    rollback: &Rollback,
    since: chrono::DateTime<chrono::Utc>,
) -> Result<Proof, StoreError> {
    let now = state.clock.now();
    let Minute(present) = Minute::of(now);
    // A rollback that was not proved for a day is looked for in the last day only: what is read stays bounded.
    let from = since.max(now - TimeDelta::days(1));
    let span = Span::Minutes { from: Minute::of(from), to: Minute(present + 1) };
    let covered: Vec<&FeatureKey> = rollback.covered.iter().map(|covered| &covered.feature).collect();
    let mut minutes: BTreeMap<Minute, Served> = BTreeMap::new();
    for feature in state.store.features().await?.iter().filter(|feature| covered.contains(&&feature.key)) {
        for (key, rollup) in state.store.observations(&RollupQuery::of(feature.id, span)).await? {
            let served = minutes.entry(key.minute).or_default();
            match key.path {
                Path::Legacy => served.legacy += rollup.served(),
                Path::Candidate => served.candidate += rollup.served(),
            }
        }
    }
    let minutes: Vec<(Minute, Served)> = minutes.into_iter().collect();
    Ok(proof(since, rollback.kind.target(), &minutes, now))
}

async fn verify(
    state: &AppState,
    rollback: &Rollback,
    since: chrono::DateTime<chrono::Utc>,
) -> Result<(), CommitError> {
    let Proof::Verified { at, after_seconds } = look(state, rollback, since).await? else { return Ok(()) };
    let author = Author::system();
    let target = rollback.kind.target();
    let (migration, feature) = match &rollback.scope {
        Scope::Feature(_, key) => (None, Some(key.clone())),
        Scope::Migration(_, slug) => (Some(slug.clone()), None),
        Scope::Everything => (None, None),
    };
    let change = Change {
        actor: author.actor,
        at: state.clock.now(),
        writes: vec![Write::Progress {
            rollback: rollback.id.clone(),
            expected: rollback.progress.clone(),
            now: Progress::Verified { since, at },
        }],
        audit: vec![AuditDraft {
            action: "rollback.verified",
            migration,
            feature,
            subject: Some(format!("rollback {}", rollback.id.0)),
            reason: format!("the candidate served {} in the minute before {}", at_most(target), at.format("%H:%M UTC")),
            before: json!({"progress": "in_effect"}),
            after: json!({"progress": "verified", "rollback": rollback.id, "after_seconds": after_seconds}),
            policy_version: None,
            version: None,
        }],
    };
    state.commit(&change).await?;
    tracing::info!(rollback = rollback.id.0, after_seconds, "rollback verified");
    Ok(())
}

/// Brings the feature to where the plan has it now: one move, however many steps were missed.
async fn step(state: &AppState, rollback: &Rollback, plan: &GradualPlan, key: &FeatureKey) -> Result<(), CommitError> {
    let now = state.clock.now();
    let Some(snapshot) = state.store.snapshot(key).await? else { return Ok(()) };
    if snapshot.feature.gradual.as_ref().is_none_or(|gradual| gradual.rollback != rollback.id) {
        // It was cancelled or pre-empted since it was listed.
        return Ok(());
    }
    let to = plan.percentage_at(now);
    let done = plan.is_done(now);
    if to >= snapshot.feature.configured && !done {
        return Ok(());
    }
    let author = Author { actor: Author::system().actor, person: rollback.actor.clone() };
    let reason = Reason::of_program(format!("step of a gradual rollback: {}", rollback.reason));
    let mut writes = Vec::new();
    let mut audit = Vec::new();
    if to < snapshot.feature.configured {
        let order = Order { author: &author, reason: &reason, now };
        let mut decided = take_back(&snapshot, to, ChangeKind::GradualRollback, &rollback.id, order);
        // What the minute had seen is not worth failing a step for.
        let seen = evidence::entry_minute(state.store.as_ref(), snapshot.feature.id, now).await;
        decided.feature.before_entry = seen.unwrap_or_default();
        audit.push(feature_event(&snapshot, &decided, "rollback.step"));
        writes.push(Write::Feature { feature: decided.feature, expected: snapshot.feature.version });
        writes.push(Write::RolloutChange { change: decided.change, frozen: None });
    }
    if done {
        writes.push(Write::Progress {
            rollback: rollback.id.clone(),
            expected: Progress::Stepping,
            now: Progress::InEffect { since: now },
        });
    }
    if audit.is_empty() {
        // Somebody had lowered it to the target by hand.
        audit.push(AuditDraft {
            action: "rollback.in_effect",
            migration: Some(snapshot.migration.slug.clone()),
            feature: Some(key.clone()),
            subject: Some(format!("rollback {}", rollback.id.0)),
            reason: reason.as_str().to_owned(),
            before: json!({"progress": "stepping"}),
            after: json!({"progress": "in_effect", "rollback": rollback.id}),
            policy_version: None,
            version: None,
        });
    }
    state.commit(&Change { actor: author.actor.clone(), at: now, writes, audit }).await?;
    tracing::info!(feature = %key, rollback = rollback.id.0, percentage = %to, "gradual rollback stepped");
    Ok(())
}

fn at_most(target: Percentage) -> String {
    if target == Percentage::ZERO { "nothing more".to_owned() } else { format!("no more than {target}") }
}
