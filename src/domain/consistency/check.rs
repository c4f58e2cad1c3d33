//! One look at everything: how far it has come, and when the next is due.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::FindingKind;
use crate::domain::text::Actor;

/// The number of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CheckId(pub i64);

/// How closely it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckMode {
    /// Every content is read and its checksum compared.
    #[default]
    Full,
    /// Nothing is read: what is there, and its size.
    Quick,
}

impl CheckMode {
    pub const ALL: [Self; 2] = [Self::Full, Self::Quick];

    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Quick => "quick",
        }
    }

    /// The kinds that it would find again if they were still there. Others it neither finds in whole nor closes.
    pub fn sees(self) -> Vec<FindingKind> {
        let needs_reading = |kind: &FindingKind| {
            matches!(kind, FindingKind::ChecksumMismatch | FindingKind::SidesDiffer | FindingKind::Unreadable)
        };
        FindingKind::ALL.into_iter().filter(|kind| self == Self::Full || !needs_reading(kind)).collect()
    }
}

/// Where a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// It was asked for and has not begun.
    Waiting,
    Running,
    /// Everything was looked at.
    Complete {
        at: DateTime<Utc>,
    },
    /// It could not go on.
    Failed {
        at: DateTime<Utc>,
        error: String,
    },
    /// The program ended before it did; the next one begins anew.
    Interrupted {
        at: DateTime<Utc>,
    },
}

impl CheckState {
    /// The word for it, as the store and the API have it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Complete { .. } => "complete",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// Whether it has not ended.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }

    /// When it ended.
    pub const fn ended_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Waiting | Self::Running => None,
            Self::Complete { at } | Self::Failed { at, .. } | Self::Interrupted { at } => Some(*at),
        }
    }
}

/// How much a check has looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Looked {
    /// Records of files.
    pub records: u64,
    /// Objects that the sides listed.
    pub objects: u64,
    /// Bytes read to compare checksums.
    pub bytes: u64,
    /// Findings, be they new or known.
    pub found: u64,
}

/// One look at everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub id: CheckId,
    pub mode: CheckMode,
    /// Who asked for it; the program itself by schedule.
    pub asked_by: Actor,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub state: CheckState,
    pub looked: Looked,
}

/// Whether the schedule asks for a check at `now`. `last` is the newest one of any state; one that failed is tried again
/// after an hour, or sooner where that is the schedule.
pub fn is_due(last: Option<&Check>, every: TimeDelta, now: DateTime<Utc>) -> bool {
    let Some(last) = last else { return true };
    let wait = match &last.state {
        CheckState::Waiting | CheckState::Running => return false,
        CheckState::Complete { .. } => every,
        CheckState::Failed { .. } => every.min(TimeDelta::hours(1)),
        CheckState::Interrupted { .. } => return true,
    };
    now - last.started_at.unwrap_or(last.asked_at) >= wait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_due_by_the_schedule_and_at_once_after_an_interruption() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let hours_ago = |hours| now - TimeDelta::hours(hours);
        let every = TimeDelta::days(1);
        for (state, started, expected) in [
            (CheckState::Waiting, 50, false),
            (CheckState::Running, 50, false),
            (CheckState::Complete { at: now }, 23, false),
            (CheckState::Complete { at: now }, 24, true),
            (CheckState::Failed { at: now, error: "no".to_owned() }, 0, false),
            (CheckState::Failed { at: now, error: "no".to_owned() }, 1, true),
            (CheckState::Interrupted { at: now }, 0, true),
        ] {
            let check = Check {
                id: CheckId(1),
                mode: CheckMode::Full,
                asked_by: Actor::system(),
                asked_at: hours_ago(started),
                started_at: Some(hours_ago(started)),
                state,
                looked: Looked::default(),
            };
            assert_eq!(is_due(Some(&check), every, now), expected, "{check:?}");
        }
        assert!(is_due(None, every, now));
    }

    #[test]
    fn a_quick_look_leaves_alone_what_has_to_be_read() {
        assert_eq!(CheckMode::Full.sees().len(), FindingKind::ALL.len());
        assert_eq!(
            CheckMode::Quick.sees(),
            [FindingKind::NoObject, FindingKind::NotQueued, FindingKind::NoChecksum, FindingKind::NoRecord]
        );
    }
}
