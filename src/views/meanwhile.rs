//! What others changed since the version that somebody's change was made against.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One change made meanwhile, newest first in lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meanwhile {
    pub at: DateTime<Utc>,
    pub actor: String,
    /// What was done: `feature.advanced`.
    pub action: String,
    pub reason: String,
    /// What it was before and after in words: `configured 1 % → 10 %`.
    pub what: String,
}
