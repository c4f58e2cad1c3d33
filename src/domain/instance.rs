//! Instances: programs that run beside each other on one database and act as one. Not which of them leads.

use std::fmt;

use chrono::{DateTime, Utc};
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
