//! Checks of files and what they found. Not the looking, which `server::files` does.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::consistency::check::{Check, CheckId, CheckMode, CheckState, Looked};
use crate::domain::consistency::examine::ObjectOwner;
use crate::domain::consistency::{Closed, Finding, FindingId, FindingKind, KeptFinding};
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileRecord, FileTask, TaskKind};
use crate::domain::path::Path;
use crate::domain::text::Actor;

/// Which findings, newest first.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Those that are closed, or those that are not; `None` for both.
    pub closed: Option<bool>,
    pub kind: Option<FindingKind>,
    /// Of this feature's files only; `None` for all.
    pub feature: Option<FeatureId>,
    /// Of this file only.
    pub file: Option<FileId>,
    /// Only those that came before this one.
    pub before: Option<FindingId>,
    pub limit: u32,
}

/// Open findings of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFindings {
    pub kind: FindingKind,
    /// Whose files they are of; `None` of objects without a record.
    pub feature: Option<FeatureId>,
    pub count: u64,
}

/// What is written when a finding is mended: the finding must be open still, and what it was mended by unchanged.
#[derive(Clone, Debug)]
pub struct Mending {
    pub finding: FindingId,
    pub closed: Closed,
    pub effects: Vec<Effect>,
}

/// What mending does to the records. Where a record is expected and another is found, nothing is done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The record as it is from now on.
    Record { expected: Box<FileRecord>, now: Box<FileRecord> },
    /// A task of the queue, in place of the one for its side; none when `kind` is `None`.
    Task { file: FileId, side: Path, kind: Option<TaskKind>, at: DateTime<Utc> },
    /// A record for an object that `side` has; no record must know of it.
    Adopted { file: Box<FileRecord>, side: Path },
    /// The file is deleted, and each side that may have it gets a task.
    Deleted { expected: Box<FileRecord> },
}

/// What is kept of checks and findings.
#[async_trait]
pub trait ConsistencyStore {
    /// Asks for a check, unless one is open; the open one, and whether it is this.
    async fn ask_check(&self, mode: CheckMode, by: &Actor, at: DateTime<Utc>) -> Result<(Check, bool), StoreError>;

    /// Has the check that waits begin, if there is one.
    async fn begin_check(&self, at: DateTime<Utc>) -> Result<Option<Check>, StoreError>;

    /// Keeps how far a check has come; whether it is still running.
    async fn note_check(&self, check: CheckId, looked: &Looked, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Ends a check that is running. One that is complete closes what it would have found again and did not.
    async fn end_check(&self, check: CheckId, looked: &Looked, ended: &CheckState) -> Result<bool, StoreError>;

    /// Ends the check that runs although nobody runs it any more: any, or one that told nothing since `silent_since`.
    async fn interrupt_check(&self, silent_since: Option<DateTime<Utc>>, at: DateTime<Utc>)
    -> Result<bool, StoreError>;

    /// Checks, newest first.
    async fn checks(&self, limit: u32) -> Result<Vec<Check>, StoreError>;

    /// The newest check that read everything and is complete.
    async fn last_full_check(&self) -> Result<Option<Check>, StoreError>;

    /// Keeps what a check found: what is open already stays as old as it is.
    async fn keep_findings(&self, check: CheckId, found: &[Finding], at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Findings that `query` asks for.
    async fn findings(&self, query: &FindingQuery) -> Result<Vec<KeptFinding>, StoreError>;

    /// The finding of this number.
    async fn finding(&self, id: FindingId) -> Result<Option<KeptFinding>, StoreError>;

    /// How many are open, by kind and feature.
    async fn open_findings(&self) -> Result<Vec<OpenFindings>, StoreError>;

    /// Keeps why mending failed.
    async fn note_failed_repair(&self, id: FindingId, error: &str) -> Result<(), StoreError>;

    /// Closes a finding that is not there any more.
    async fn close_gone(&self, id: FindingId, at: DateTime<Utc>) -> Result<(), StoreError>;

    /// What is queued for these files.
    async fn tasks_of(&self, files: &[FileId]) -> Result<Vec<FileTask>, StoreError>;

    /// Who has these objects of `side`, in their order.
    async fn object_owners(&self, side: Path, keys: &[String]) -> Result<Vec<ObjectOwner>, StoreError>;
}
