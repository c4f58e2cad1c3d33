//! One alert from its first breach to its end. Not how it goes on, which [`super::step`] says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reading::Reading;
use super::step::Subject;
use crate::domain::alert_notice::{AlertId, AlertNotice, NoticeStatus, Severity};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::policy::{AlertAction, AlertKind};
use crate::domain::rollback::RollbackId;

/// An alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    pub id: AlertId,
    pub subject: Subject,
    /// The name of its rule.
    pub rule: String,
    pub kind: AlertKind,
    pub severity: Severity,
    /// What is done when it fires: what its rule says until then, and what it said then from then on.
    pub action: AlertAction,
    /// The version of the policy that the rule is from.
    pub policy_version: i64,
    pub state: AlertState,
    /// When it was first seen to go wrong.
    pub pending_at: DateTime<Utc>,
    /// When it was last looked at.
    pub seen_at: DateTime<Utc>,
    /// What was read then.
    pub reading: Reading,
    /// The digest of what was frozen when it fired.
    pub frozen_digest: Option<String>,
    /// What was done without anyone.
    pub acted: Acted,
    /// Whether people were told that it fires.
    pub told: bool,
    /// Counts how often it was written.
    pub revision: i64,
}

/// Where an alert is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// It goes wrong, not yet for long enough.
    Pending { held_ms: i64 },
    /// It went wrong for long enough.
    Firing { since: DateTime<Utc>, clear_ms: i64 },
    /// It fired, and is over.
    Resolved { since: DateTime<Utc>, at: DateTime<Utc>, reason: String },
}

/// [`AlertState`] in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    Pending,
    Firing,
    Resolved,
}

impl StateWord {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Firing, Self::Resolved];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }

    /// The state of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What was done without anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// Nothing, or nothing yet.
    Nothing,
    /// The stage is held as long as it fires.
    Held,
    RolledBack(RollbackId),
}

impl AlertState {
    /// In a word.
    pub const fn word(&self) -> StateWord {
        match self {
            Self::Pending { .. } => StateWord::Pending,
            Self::Firing { .. } => StateWord::Firing,
            Self::Resolved { .. } => StateWord::Resolved,
        }
    }

    /// Since when it fires, or fired; `None` while it is pending.
    pub const fn fired_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Pending { .. } => None,
            Self::Firing { since, .. } | Self::Resolved { since, .. } => Some(*since),
        }
    }
}

impl Episode {
    /// Whether it fires now.
    pub const fn is_firing(&self) -> bool {
        matches!(self.state, AlertState::Firing { .. })
    }

    /// Whether it has still to take traffic back.
    pub fn is_to_roll_back(&self) -> bool {
        self.is_firing() && self.acted == Acted::Nothing && matches!(self.action, AlertAction::RollBack(_))
    }

    /// Whether nobody may go on while it fires: it holds its stage, or is about to take traffic back.
    pub fn bars_advance(&self) -> bool {
        self.is_firing() && (self.action == AlertAction::Hold || self.is_to_roll_back())
    }

    /// What people are told now, if anything: that it fires, once, and that it is over, if they were told that it fires.
    /// Nothing while it is silenced; what fires still is told when the silence ends.
    pub fn tell(&mut self, is_silenced: bool) -> Option<NoticeStatus> {
        match &self.state {
            _ if is_silenced => None,
            AlertState::Firing { .. } if !self.told => {
                self.told = true;
                Some(NoticeStatus::Firing)
            }
            AlertState::Resolved { at, .. } if self.told => Some(NoticeStatus::Resolved { resolved_at: *at }),
            AlertState::Pending { .. } | AlertState::Firing { .. } | AlertState::Resolved { .. } => None,
        }
    }

    /// The notice that says so.
    pub fn notice(&self, status: NoticeStatus, migration: &MigrationSlug, feature: Option<&FeatureKey>) -> AlertNotice {
        let reading = &self.reading;
        AlertNotice {
            alert: self.id.clone(),
            status,
            rule: self.rule.clone(),
            severity: self.severity,
            migration: Some(migration.clone()),
            feature: feature.cloned(),
            firing_since: self.state.fired_at().unwrap_or(self.pending_at),
            value: reading.value,
            limit: reading.limit,
            lower: reading.lower,
            upper: reading.upper,
            n: reading.n,
            summary: self.summary(feature),
            action_taken: self.action_taken(migration, feature),
        }
    }

    /// One sentence for people: `kimi: error rate 7.6 % (38 of 500 …)`.
    pub fn summary(&self, feature: Option<&FeatureKey>) -> String {
        let of = feature.map(|key| format!("{key}: ")).unwrap_or_default();
        match &self.state {
            AlertState::Resolved { reason, .. } => format!("{of}{} is over: {reason}", self.rule),
            AlertState::Pending { .. } | AlertState::Firing { .. } => format!("{of}{}", self.reading.reason),
        }
    }

    /// What was done without anyone, in words; `None` when nothing was.
    pub fn action_taken(&self, migration: &MigrationSlug, feature: Option<&FeatureKey>) -> Option<String> {
        use crate::domain::policy::AutoRollback;

        let of = feature.map_or_else(|| migration.to_string(), ToString::to_string);
        match (&self.acted, self.action) {
            (Acted::Nothing, _) => None,
            (Acted::Held, _) => Some(format!("held the stage of {of}")),
            (Acted::RolledBack(_), AlertAction::RollBack(AutoRollback::Gradual { target, .. })) => {
                Some(format!("began to roll {of} back to {target} in steps"))
            }
            (Acted::RolledBack(_), AlertAction::RollBack(AutoRollback::Emergency)) => {
                Some(format!("rolled all of {migration} back to 0 %"))
            }
            (Acted::RolledBack(_), _) => Some(format!("rolled {of} back to 0 %")),
        }
    }
}
