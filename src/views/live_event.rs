//! What the event stream tells: something was changed, figures came in, or more than can be told one by one. Not what it is now: whoever
//! listens fetches that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::audit::AuditEvent;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};

/// One event. There may be more kinds one day: pass over those that you do not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LiveEvent {
    /// Something was committed.
    Change(LiveChange),
    /// Observations or comparisons came in. Told once a second at most, and has no `id`: whoever missed it has the next.
    Figures,
    /// More was committed than is told one by one: fetch everything again.
    Reset {
        /// The last event of the audit chain.
        seq: i64,
    },
}

/// A change, as its audit event has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveChange {
    /// The place of its audit event in the chain, which is also the event's `id`.
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// What was done: `feature.advanced`.
    pub action: String,
    pub migration: Option<MigrationSlug>,
    pub feature: Option<FeatureKey>,
}

impl LiveEvent {
    /// Its kind, as the stream names the event.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Change(_) => "change",
            Self::Figures => "figures",
            Self::Reset { .. } => "reset",
        }
    }

    /// What a client that has seen it has seen all before; `None` when it says nothing of that.
    pub const fn seq(&self) -> Option<i64> {
        match self {
            Self::Change(change) => Some(change.seq),
            Self::Figures => None,
            Self::Reset { seq } => Some(*seq),
        }
    }

    /// Whether other alerts may fire than before.
    pub fn concerns_alerts(&self) -> bool {
        match self {
            Self::Change(change) => change.action.starts_with("alert."),
            Self::Figures => false,
            Self::Reset { .. } => true,
        }
    }

    /// Whether somebody may be allowed more or less than before.
    pub fn concerns_access(&self) -> bool {
        match self {
            Self::Change(change) => ["user.", "token."].iter().any(|noun| change.action.starts_with(noun)),
            Self::Figures => false,
            Self::Reset { .. } => true,
        }
    }
}

impl From<AuditEvent> for LiveEvent {
    fn from(event: AuditEvent) -> Self {
        let AuditEvent { seq, at, action, migration, feature, .. } = event;
        Self::Change(LiveChange { seq, at, action, migration, feature })
    }
}
