//! Recorded changes of a feature's percentage, stage and switches, kept for good.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::evidence::Evidence;
use super::feature::FeatureId;
use super::gate::GateReport;
use super::percentage::Percentage;
use super::rollback::RollbackId;
use super::text::Actor;

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The feature came into being at 0 %.
    Created,
    /// It went on to the next stage.
    Advanced,
    /// It left the last stage; shadow is off for it from here on.
    Completed,
    /// Its percentage was set within its stage.
    PercentageSet,
    /// Its stage was entered anew, for evidence from here on.
    StageRestarted,
    FeatureEnabled,
    FeatureDisabled,
    /// The migration's candidate switch.
    CandidateEnabled,
    CandidateDisabled,
    /// The migration's fallback switch.
    FallbackEnabled,
    FallbackDisabled,
    /// The migration's shadow setting.
    ShadowChanged,
    FeatureRollback,
    /// A step of a gradual rollback.
    GradualRollback,
    GradualRollbackCancelled,
    EmergencyRollback,
}

impl ChangeKind {
    const ALL: [Self; 16] = [
        Self::Created,
        Self::Advanced,
        Self::Completed,
        Self::PercentageSet,
        Self::StageRestarted,
        Self::FeatureEnabled,
        Self::FeatureDisabled,
        Self::CandidateEnabled,
        Self::CandidateDisabled,
        Self::FallbackEnabled,
        Self::FallbackDisabled,
        Self::ShadowChanged,
        Self::FeatureRollback,
        Self::GradualRollback,
        Self::GradualRollbackCancelled,
        Self::EmergencyRollback,
    ];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Advanced => "advanced",
            Self::Completed => "completed",
            Self::PercentageSet => "percentage_set",
            Self::StageRestarted => "stage_restarted",
            Self::FeatureEnabled => "feature_enabled",
            Self::FeatureDisabled => "feature_disabled",
            Self::CandidateEnabled => "candidate_enabled",
            Self::CandidateDisabled => "candidate_disabled",
            Self::FallbackEnabled => "fallback_enabled",
            Self::FallbackDisabled => "fallback_disabled",
            Self::ShadowChanged => "shadow_changed",
            Self::FeatureRollback => "feature_rollback",
            Self::GradualRollback => "gradual_rollback",
            Self::GradualRollbackCancelled => "gradual_rollback_cancelled",
            Self::EmergencyRollback => "emergency_rollback",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutChange {
    /// The store's number for it; 0 before it is stored.
    pub id: i64,
    pub feature: FeatureId,
    pub at: DateTime<Utc>,
    pub kind: ChangeKind,
    /// The configured percentage before; `None` when there was no feature.
    pub from: Option<Percentage>,
    /// The configured percentage from then on.
    pub to: Percentage,
    /// The stage before; `None` when there was no feature.
    pub from_stage: Option<String>,
    /// The stage from then on.
    pub stage: String,
    pub actor: Actor,
    pub reason: String,
    /// The policy version that it was decided by.
    pub policy_version: Option<i64>,
    /// More in words: what a switch was set to.
    pub detail: Option<String>,
    /// What an override went past; empty for all other changes.
    pub overridden: Vec<String>,
    /// The rollback that it is part of.
    pub rollback: Option<RollbackId>,
    /// Whether the gate's evidence was frozen with it.
    pub has_evidence: bool,
}

/// A gate as it was when somebody decided by it.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenGate {
    pub report: GateReport,
    pub evidence: Evidence,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word() {
        for kind in ChangeKind::ALL {
            assert_eq!(ChangeKind::from_word(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(ChangeKind::from_word("something"), None);
    }
}
