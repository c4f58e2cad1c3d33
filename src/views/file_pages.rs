//! The panel's pages of files.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::consistency::{CheckView, FindingView};
use super::file::{BackfillView, FileTaskView, FileView};
use crate::domain::consistency::FindingKind;

/// Files that one side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFiles {
    pub files: u64,
    pub bytes: u64,
    /// Files that it is to have and has not, or has spoilt.
    pub behind: u64,
}

/// A feature's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureFiles {
    /// The feature's key.
    pub feature: String,
    pub files: u64,
    pub bytes: u64,
    pub legacy: SideFiles,
    pub candidate: SideFiles,
    pub backfill: Option<BackfillView>,
}

/// `/files`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilesPage {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Whether there is a file service at all.
    pub is_set_up: bool,
    pub features: Vec<FeatureFiles>,
    /// Objects of the candidate, and how many bytes of files are in how many bytes of objects.
    pub objects: u64,
    pub object_bytes: u64,
    pub shared_bytes: u64,
    /// What waits in the queue, how much of it failed before, and since when the first of it is due.
    pub waiting: u64,
    pub failing: u64,
    pub due_since: Option<DateTime<Utc>>,
    /// The first of the queue.
    pub tasks: Vec<FileTaskView>,
    pub last_check: Option<CheckView>,
    /// Open findings by kind, the gravest first.
    pub open: Vec<(FindingKind, u64)>,
    /// Newest first.
    pub files: Vec<FileView>,
    /// What to say as `before` for the next page.
    pub next: Option<String>,
}

/// `/files/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilePage {
    pub at: DateTime<Utc>,
    pub file: FileView,
    pub tasks: Vec<FileTaskView>,
    /// What was ever found of it, newest first.
    pub findings: Vec<FindingView>,
}
