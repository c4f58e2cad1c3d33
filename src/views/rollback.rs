//! Rollbacks as the panel and the API show them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::percentage::Percentage;
use crate::domain::rollback::{Covered, Progress, Proof, Rollback, RollbackKind, Scope};

/// A rollback: what it takes back, how far it has come, and its proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollbackView {
    pub id: String,
    /// `feature`, `gradual` or `emergency`.
    pub kind: String,
    /// The feature, of a feature or gradual rollback.
    pub feature: Option<String>,
    /// The migration, of an emergency rollback of one; with neither it is of everything.
    pub migration: Option<String>,
    /// The percentage that it ends at.
    pub target: Percentage,
    /// Every feature in its scope, with what was configured before.
    pub covered: Vec<Covered>,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub reason: String,
    /// The alert that made it, of an automatic one.
    pub alert: Option<String>,
    /// `stepping`, `in_effect`, `verified`, `cancelled` or `pre_empted`.
    pub progress: String,
    /// The next step, of one that is stepping.
    pub next_step: Option<Step>,
    /// All steps of a gradual rollback, as planned.
    pub steps: Vec<Step>,
    /// What was seen of it; null while it is stepping, and when it was ended before it took effect.
    pub proof: Option<Proof>,
    /// When it was cancelled or pre-empted.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who cancelled it.
    pub ended_by: Option<String>,
}

/// A step of a gradual rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Step {
    pub at: DateTime<Utc>,
    /// From then on.
    pub percentage: Percentage,
}

impl RollbackView {
    /// `rollback` at `now`; `proof` is what was found of one in effect. Which alert made it is not part of a rollback.
    pub fn new(rollback: &Rollback, proof: Option<Proof>, now: DateTime<Utc>) -> Self {
        let (feature, migration) = match &rollback.scope {
            Scope::Feature(_, key) => (Some(key.to_string()), None),
            Scope::Migration(_, slug) => (None, Some(slug.to_string())),
            Scope::Everything => (None, None),
        };
        let step = |(at, percentage)| Step { at, percentage };
        let (next_step, steps) = match &rollback.kind {
            RollbackKind::Gradual(plan) => {
                (plan.next_step(now).map(step), plan.steps().into_iter().map(step).collect())
            }
            RollbackKind::Feature | RollbackKind::Emergency => (None, Vec::new()),
        };
        let (progress, proof, ended_at, ended_by) = match &rollback.progress {
            Progress::Stepping => ("stepping", None, None, None),
            Progress::InEffect { .. } => ("in_effect", proof, None, None),
            Progress::Verified { since, at } => {
                let after_seconds = (*at - *since).num_seconds();
                ("verified", Some(Proof::Verified { at: *at, after_seconds }), None, None)
            }
            Progress::Cancelled { at, by } => ("cancelled", None, Some(*at), Some(by.as_str().to_owned())),
            Progress::PreEmpted { at } => ("pre_empted", None, Some(*at), None),
        };
        Self {
            id: rollback.id.0.clone(),
            kind: rollback.kind.as_str().to_owned(),
            feature,
            migration,
            target: rollback.kind.target(),
            covered: rollback.covered.clone(),
            at: rollback.at,
            actor: rollback.actor.as_str().to_owned(),
            reason: rollback.reason.as_str().to_owned(),
            alert: None,
            next_step: next_step.filter(|_| rollback.progress == Progress::Stepping),
            steps,
            progress: progress.to_owned(),
            proof,
            ended_at,
            ended_by,
        }
    }

    /// What is rolled back, in words: `kimi`, `everything in file-management`, `everything`.
    pub fn scope_in_words(&self) -> String {
        match (&self.feature, &self.migration) {
            (Some(feature), _) => feature.clone(),
            (None, Some(migration)) => format!("everything in {migration}"),
            (None, None) => "everything".to_owned(),
        }
    }

    /// Whether it is to be told at `now`: it is under way, unproved, or not a day old.
    pub fn is_of_interest(&self, now: DateTime<Utc>) -> bool {
        matches!(self.progress.as_str(), "stepping" | "in_effect") || now - self.at < TimeDelta::days(1)
    }

    /// Whether steps are still to be made, so that it can be cancelled.
    pub fn is_stepping(&self) -> bool {
        self.progress == "stepping"
    }
}

/// The rollbacks page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollbacksView {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Newest first.
    pub rollbacks: Vec<RollbackView>,
}
