//! How far a backfill has come: taking over what only legacy has, file by file. Not how it is done.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::file::FileId;

/// What a backfill is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Files that lie in legacy without a record are given one.
    Adopting,
    /// What only legacy has is copied and read back.
    Copying,
    /// It waits: the candidate is switched off.
    Waiting,
    /// Everything was looked at once; what failed is counted.
    Complete,
    /// It could not go on; it can be started again, and begins where it was.
    Stopped,
}

impl BackfillState {
    /// Whether there is something left to do.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Adopting | Self::Copying | Self::Waiting)
    }
}

/// How far one backfill has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    pub state: BackfillState,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Files seen in legacy that had no record, and have one now.
    pub adopted: u64,
    /// Files copied and read back.
    pub copied: u64,
    /// Bytes of them.
    pub copied_bytes: u64,
    /// Files that could not be copied, or were not the same when they were read back.
    pub failed: u64,
    /// The last file that was looked at; the next run goes on after it.
    pub last_id: Option<FileId>,
    /// Why the last one that failed did.
    pub last_error: Option<String>,
}

impl Backfill {
    /// One that begins at `now`.
    pub const fn begun(now: DateTime<Utc>) -> Self {
        Self {
            state: BackfillState::Adopting,
            started_at: now,
            updated_at: now,
            adopted: 0,
            copied: 0,
            copied_bytes: 0,
            failed: 0,
            last_id: None,
            last_error: None,
        }
    }
}
