//! Records of files, where each side keeps them, and what is still to be done there. Not the bytes, which
//! `server::files` keeps elsewhere.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{StoreError, StoreTurn};
use crate::domain::backfill::Backfill;
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileRecord, FileSide, FileTask, TaskKind};
use crate::domain::path::Path;

/// Which files, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct FileQuery {
    /// Of this feature only; `None` for all.
    pub feature: Option<FeatureId>,
    /// Only those after this one.
    pub after: Option<FileId>,
    /// Only those that this side does not have, or has spoilt.
    pub lacking: Option<Path>,
    /// Those that were deleted too.
    pub with_deleted: bool,
    pub limit: u32,
}

/// Which tasks, the one that is due longest first.
#[derive(Clone, Debug, Default)]
pub struct FileTaskQuery {
    /// Of this feature only; `None` for all.
    pub feature: Option<FeatureId>,
    /// Only those that are due by then.
    pub due_by: Option<DateTime<Utc>>,
    /// Leaves out what is to be done on the candidate of these features.
    pub without_candidate_of: Vec<FeatureId>,
    pub limit: u32,
}

/// What becomes of the task for a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskWrite {
    /// It is done, and gone.
    Done,
    /// It is to be done, or done again.
    Due { kind: TaskKind, attempts: u32, next_at: DateTime<Utc>, last_error: Option<String> },
}

/// What became of one side of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideWrite {
    pub file: FileId,
    pub side: Path,
    pub now: FileSide,
    pub task: TaskWrite,
}

/// Who has an object on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Records that were not deleted and name it, written or still to be.
    pub live: u64,
    /// Those of them of which it was written and never found spoilt.
    pub sound: u64,
}

/// What is kept of files.
#[async_trait]
pub trait FileStore {
    /// Adds a record with the tasks that it needs. What was written in `turn` is recorded only while that is not lost.
    async fn add_file(&self, file: &FileRecord, tasks: &[FileTask], turn: Option<&StoreTurn>)
    -> Result<(), StoreError>;

    /// Adds the record of a file that `side` has already, unless any record knows of it; whether it was added.
    async fn adopt_file(&self, file: &FileRecord, side: Path) -> Result<bool, StoreError>;

    /// The record of this id, be the file deleted or not.
    async fn file(&self, id: &FileId) -> Result<Option<FileRecord>, StoreError>;

    /// Records, by id.
    async fn files(&self, query: &FileQuery) -> Result<Vec<FileRecord>, StoreError>;

    /// A record, be the file deleted or not, of which `side` has or is to have this object.
    async fn file_at(&self, side: Path, provider_id: &str) -> Result<Option<FileRecord>, StoreError>;

    /// Who has this object on `side`.
    async fn object_holders(&self, side: Path, provider_id: &str) -> Result<Holders, StoreError>;

    /// Deletes a file: its record says so, and each side that may have it gets a task. Gives the record as it was, if it
    /// was not deleted before.
    async fn delete_file(&self, id: &FileId, at: DateTime<Utc>) -> Result<Option<FileRecord>, StoreError>;

    /// Sets what is known of a side and its task. When the file was deleted meanwhile, whatever was written becomes a
    /// task to remove it, due `at`. What was written in `turn` is recorded only while that is not lost.
    async fn set_file_side(
        &self,
        write: &SideWrite,
        turn: Option<&StoreTurn>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Marks an object that was found missing or spoilt, for every file that has it, and has it written again.
    async fn fail_object(
        &self,
        side: Path,
        provider_id: &str,
        error: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Tasks of the queue.
    async fn file_tasks(&self, query: &FileTaskQuery) -> Result<Vec<FileTask>, StoreError>;

    /// Every feature's backfill, as far as it has come.
    async fn file_backfills(&self) -> Result<Vec<(FeatureId, Backfill)>, StoreError>;

    /// Keeps how far a feature's backfill has come.
    async fn set_file_backfill(&self, feature: FeatureId, progress: &Backfill) -> Result<(), StoreError>;
}
