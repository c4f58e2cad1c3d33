//! Recorded changes of a feature's percentage, kept for good.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::feature::FeatureId;
use super::percentage::Percentage;
use super::text::Actor;

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The feature came into being at 0 %.
    Created,
}

impl ChangeKind {
    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Created].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutChange {
    pub feature: FeatureId,
    pub at: DateTime<Utc>,
    pub kind: ChangeKind,
    /// The percentage before; `None` when there was no feature.
    pub from: Option<Percentage>,
    pub to: Percentage,
    pub actor: Actor,
    pub reason: String,
}
