//! The percentage that decisions use, after every switch.

use serde::{Deserialize, Serialize};

use super::feature::Feature;
use super::migration::Migration;
use super::percentage::Percentage;

/// A switch that holds a feature at 0 %, whatever was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// The migration's `candidate_enabled`, the kill switch, is off.
    CandidateEnabled,
    /// The feature's `enabled` is off.
    FeatureEnabled,
}

impl Block {
    /// What is the matter, as a half sentence: `the feature is off`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::CandidateEnabled => "the migration’s candidate switch is off",
            Self::FeatureEnabled => "the feature is off",
        }
    }
}

/// What decisions use, and what blocks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    pub percentage: Percentage,
    /// Every switch that is off; empty when the configured percentage is in effect.
    pub blocked_by: Vec<Block>,
}

/// The effective percentage of `feature` in `migration`.
pub fn effective(migration: &Migration, feature: &Feature) -> Effective {
    let blocked_by: Vec<Block> =
        [(migration.candidate_enabled, Block::CandidateEnabled), (feature.enabled, Block::FeatureEnabled)]
            .into_iter()
            .filter(|(switch, _)| !switch.is_on())
            .map(|(_, block)| block)
            .collect();
    let percentage = if blocked_by.is_empty() { feature.configured } else { Percentage::ZERO };
    Effective { percentage, blocked_by }
}
