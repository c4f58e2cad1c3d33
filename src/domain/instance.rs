//! Instances: programs that run beside each other on one database and act as one. Not which of them leads.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The name of one run of the program, of no other: who starts again is another instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceId(pub String);

/// Where an instance keeps files, told apart from all other places: two that say the same see the same files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePlaces(pub String);

impl fmt::Display for FilePlaces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What an instance tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub id: InstanceId,
    /// Where it is, for people: its machine and port.
    pub name: String,
    pub version: String,
    pub started_at: DateTime<Utc>,
    /// When it last told of itself, by its own clock.
    pub seen_at: DateTime<Utc>,
    /// As of when it then decided; `None` before it read anything.
    pub decisions_at: Option<DateTime<Utc>>,
    /// Where it keeps files; `None` when it could not find out.
    pub files: Option<FilePlaces>,
}

impl Instance {
    /// Whether it was started later where `other` was, which so cannot be there any more.
    pub fn takes_the_place_of(&self, other: &Self) -> bool {
        self.name == other.name && self.started_at > other.started_at
    }

    /// When it last knew that it decides by what the database has. One that was never asked for a decision knows as much as
    /// it told.
    pub fn decides_as_of(&self) -> DateTime<Utc> {
        self.decisions_at.unwrap_or(self.seen_at)
    }

    /// How long ago that was.
    pub fn age_of_decisions(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.decides_as_of()).max(TimeDelta::zero())
    }
}
