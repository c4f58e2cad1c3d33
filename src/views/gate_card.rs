//! A gate as its card shows it, in words already: the page of a feature fetches it again and again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::criterion::CriterionRow;
use crate::domain::gate::GateState;
use crate::domain::sign_off::{Decision, Standing};

/// The card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateCardView {
    pub feature: String,
    pub stage: String,
    pub state: GateState,
    pub policy_version: i64,
    pub entered_at: DateTime<Utc>,
    pub as_of: DateTime<Utc>,
    /// When the verdict can next change, and why.
    pub next_change: Option<String>,
    pub criteria: Vec<CriterionRow>,
    /// Of this stage, newest first.
    pub sign_offs: Vec<SignOffRow>,
    /// `needs 1 by a manager`.
    pub required: String,
    /// What stands in the way of an advance.
    pub refusals: Vec<String>,
}

/// A sign-off in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffRow {
    pub decision: Decision,
    pub standing: Standing,
    pub reviewer: String,
    pub at: DateTime<Utc>,
}
