//! Removing what is no longer kept, a step at a time, and how much there is of what.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Digest, StoreError};
use crate::domain::retention::Retention;

/// What goes by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiring {
    Minutes,
    Hours,
    /// Examples of differences.
    Examples,
    BatchKeys,
    Sessions,
    LoginFailures,
    /// The last counts of cumulative series.
    Series,
    /// What was told of alerts, or could not be.
    Notifications,
    /// What was found of files and is mended, and the checks that found it.
    Findings,
}

impl Expiring {
    pub const ALL: [Self; 9] = [
        Self::Minutes,
        Self::Hours,
        Self::Examples,
        Self::BatchKeys,
        Self::Sessions,
        Self::LoginFailures,
        Self::Series,
        Self::Notifications,
        Self::Findings,
    ];
}

/// One step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub rows: u64,
    /// How long nobody else could write.
    pub took: Duration,
}

/// One step through the ids of what was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovedIds {
    pub removed: Removed,
    /// Where the next step goes on; `None` at the end.
    pub next: Option<Digest>,
}

/// How much there is of a group of tables, with their indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSize {
    pub group: &'static str,
    pub rows: u64,
    pub bytes: u64,
}

/// How much there is of a table, with its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    pub name: String,
    pub rows: u64,
    pub bytes: u64,
}

impl TableSize {
    /// From what a database counts with.
    pub fn of(name: String, rows: i64, bytes: i64) -> Self {
        let count = |count: i64| u64::try_from(count).unwrap_or_default();
        Self { name, rows: count(rows), bytes: count(bytes) }
    }
}

/// The files of the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreFiles {
    /// The database itself.
    pub database_bytes: u64,
    /// What is written already and not yet in it; 0 where that is not a part of the database.
    pub wal_bytes: u64,
    /// Of the database, what is free for what comes; 0 where that is not known.
    pub free_bytes: u64,
}

/// What goes by age, and how much there is.
#[async_trait]
pub trait RetentionStore {
    /// Removes at most `most` rows of what is over at `now`, of one table, in one transaction. Nothing removed: there is
    /// nothing left.
    async fn remove_expired(
        &self,
        what: Expiring,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<Removed, StoreError>;

    /// Looks at some ids after `after` and removes at most `most` of those whose minutes are over at `now`.
    async fn remove_ids(
        &self,
        after: Option<Digest>,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<RemovedIds, StoreError>;

    /// How large the files are.
    async fn store_files(&self) -> Result<StoreFiles, StoreError>;

    /// How much there is of what, largest first. May look at every page of the database: not to be asked often.
    async fn group_sizes(&self) -> Result<Vec<GroupSize>, StoreError>;
}
