//! What waits for a reviewer's decision.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::gate::GateState;
use crate::domain::percentage::Percentage;

/// The sign-offs page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueView {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Those whose gate has passed but for sign-offs, longest in their stage first.
    pub waiting: Vec<QueueRow>,
    /// Those whose evidence does not suffice yet, longest in their stage first.
    pub not_yet: Vec<QueueRow>,
}

/// One feature that needs a sign-off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueRow {
    pub key: String,
    pub name: String,
    pub migration_slug: String,
    pub stage: String,
    pub entered_at: DateTime<Utc>,
    /// Who entered the stage, who may not sign it off.
    pub entered_by: Option<String>,
    pub state: GateState,
    /// Where an advance would lead.
    pub next_stage: String,
    pub next_percentage: Percentage,
    /// What is missing of sign-offs, in words.
    pub missing: Vec<String>,
}
