//! Instances: programs that run beside each other on one database and act as one. Not which of them leads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The name of one run of the program, of no other: who starts again is another instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceId(pub String);

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
}
