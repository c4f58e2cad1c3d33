//! Telling whoever is elsewhere of alerts: to whom ([`target`]), what waits to be told and how far that has come, and when it
//! is tried again ([`retry`]). Not how it is written or sent.

pub mod retry;
pub mod target;
pub mod target_url;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::target::TargetId;
use super::alert_notice::AlertNotice;

/// The name of one thing to be told to one target: a UUID, version 7. A target that is told it twice knows it by this.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct NotificationId(pub String);

/// One thing to be told to one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    pub id: NotificationId,
    pub target: TargetId,
    pub notice: AlertNotice,
    pub queued_at: DateTime<Utc>,
    /// Since when it is tried: since it was queued, or since somebody had it sent again.
    pub trying_since: DateTime<Utc>,
    /// How often it was tried since then.
    pub attempts: u32,
    pub state: NotificationState,
    /// Why the last attempt failed, if one did.
    pub last_error: Option<Failed>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationState {
    /// It waits for its turn, and for this moment.
    Queued { next_attempt_at: DateTime<Utc> },
    /// The target took it.
    Delivered { at: DateTime<Utc> },
    /// It is not tried any more, unless somebody has it sent again.
    Dead { at: DateTime<Utc> },
    /// Somebody gave it up, or removed its target.
    Dropped { at: DateTime<Utc> },
}

/// The states without what they carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    Queued,
    Delivered,
    Dead,
    Dropped,
}

impl StateWord {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Delivered, Self::Dead, Self::Dropped];

    /// The word, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl NotificationState {
    /// Which one it is.
    pub const fn word(self) -> StateWord {
        match self {
            Self::Queued { .. } => StateWord::Queued,
            Self::Delivered { .. } => StateWord::Delivered,
            Self::Dead { .. } => StateWord::Dead,
            Self::Dropped { .. } => StateWord::Dropped,
        }
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub at: DateTime<Utc>,
    /// In words; no secret is in it.
    pub error: String,
}

/// How telling a target goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetHealth {
    pub last_delivery: Option<DateTime<Utc>>,
    /// The newest, be it mended since or not.
    pub last_error: Option<Failed>,
    pub queued: u64,
    pub dead: u64,
}
