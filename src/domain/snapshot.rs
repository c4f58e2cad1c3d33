//! What a decision is made from: a feature with its migration and the policy in force, as of one moment.

use chrono::{DateTime, Utc};

use super::feature::Feature;
use super::migration::Migration;
use super::policy::{Policy, Stage};
use super::refusal::Refusal;
use super::text::Actor;

/// A version of a migration's policy.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyVersion {
    /// From 1.
    pub version: i64,
    pub policy: Policy,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub reason: String,
}

/// A feature, its migration and its policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub migration: Migration,
    pub feature: Feature,
    pub policy: PolicyVersion,
}

impl Snapshot {
    /// The stage that the feature is in; refused when it is complete, or when the policy has no such stage.
    pub fn stage(&self) -> Result<&Stage, Refusal> {
        if self.feature.is_complete() {
            return Err(Refusal::Complete);
        }
        let stage = &self.feature.stage;
        self.policy.policy.stage(stage).ok_or_else(|| Refusal::UnknownStage { stage: stage.clone() })
    }
}
