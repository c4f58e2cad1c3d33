//! Files as people look through them: sums, newest first, and what waits. Not what moving them needs, which is
//! [`super::FileStore`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileRecord};
use crate::domain::path::Path;

/// Which files, newest first.
#[derive(Clone, Debug, Default)]
pub struct FileListQuery {
    pub feature: Option<FeatureId>,
    /// Part of the file's own name; empty for all.
    pub name: String,
    /// Only those that this side has, or only those that it has not.
    pub side: Option<(Path, Holding)>,
    /// Only those that came before this one.
    pub before: Option<FileId>,
    pub limit: u32,
}

/// Whether a side has a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    Has,
    Lacks,
}

/// Files of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileTotals {
    pub feature: FeatureId,
    pub files: u64,
    pub bytes: u64,
    pub legacy: SideTotals,
    pub candidate: SideTotals,
}

/// Files that one side has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideTotals {
    pub files: u64,
    pub bytes: u64,
    /// Files that it is to have and has not, or has spoilt.
    pub behind: u64,
}

/// What sharing objects saves on the candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Bytes of all files there.
    pub file_bytes: u64,
    pub objects: u64,
    /// Bytes of the objects that hold them.
    pub object_bytes: u64,
}

/// What waits in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLength {
    pub tasks: u64,
    /// Those that failed at least once.
    pub failing: u64,
    /// Since when the one that is due longest is due, or will be.
    pub due_since: Option<DateTime<Utc>>,
}

/// What is told of files.
#[async_trait]
pub trait FileListStore {
    /// Sums of every feature that has files.
    async fn file_totals(&self) -> Result<Vec<FileTotals>, StoreError>;

    /// What sharing objects saves on the candidate.
    async fn file_sharing(&self) -> Result<Sharing, StoreError>;

    /// What waits in the queue.
    async fn queue_length(&self) -> Result<QueueLength, StoreError>;

    /// Files that were not deleted, newest first.
    async fn file_list(&self, query: &FileListQuery) -> Result<Vec<FileRecord>, StoreError>;

    /// Makes everything in the queue that waits for its next attempt due; how much that was.
    async fn hasten_tasks(&self, at: DateTime<Utc>) -> Result<u64, StoreError>;
}
