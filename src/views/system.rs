//! The program and the machine that it runs on: how busy they are, how much there is, and what is kept how long.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::format;

/// Above this share something is called high.
pub const HIGH: f64 = 0.8;

/// What `/system` shows. What could not be measured is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemView {
    pub at: DateTime<Utc>,
    pub version: String,
    pub started_at: DateTime<Utc>,
    /// Shares in use, 0 to 1.
    pub cpu: Option<f64>,
    pub memory: Option<f64>,
    pub disk: Option<f64>,
    /// What is left on the disk of the data.
    pub disk_free_bytes: Option<u64>,
    /// Memory of the program itself.
    pub process_bytes: Option<u64>,
    pub pool_in_use: u32,
    pub pool_size: u32,
    /// Batches that wait, and as many as may.
    pub ingest_queued: u64,
    pub ingest_places: u64,
    /// Tasks of files that wait.
    pub file_tasks: u64,
    /// Notifications of alerts that wait to be told, and that could not be.
    pub notifications_queued: u64,
    pub notifications_dead: u64,
    /// Event streams that are open.
    pub streams: u64,
    pub database_bytes: u64,
    /// Of these, what is free for what comes.
    pub free_bytes: u64,
    pub wal_bytes: u64,
    /// How much there was of what at [`Self::measured_at`].
    pub groups: Vec<GroupRow>,
    pub measured_at: Option<DateTime<Utc>>,
    pub keep_minutes_days: i64,
    pub keep_hours_days: i64,
    /// The last clean-up; `None` before the first.
    pub cleaned_at: Option<DateTime<Utc>>,
    pub removed_rows: u64,
    /// The longest that a step of it kept others from writing.
    pub longest_step_ms: f64,
    /// The programs on this database, the one that runs for longest first.
    pub instances: Vec<InstanceRow>,
}

/// One program among those on the same database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRow {
    /// Its machine and port.
    pub name: String,
    pub version: String,
    pub started_at: DateTime<Utc>,
    /// Whether it does what goes by the clock.
    pub leads: bool,
    /// When it last knew that it decides by what the database has.
    pub decides_as_of: DateTime<Utc>,
    pub state: InstanceState,
}

/// How an instance does, as the others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceState {
    Fine,
    /// It told nothing for a while, or does not know what the database has: it is cut off, or ended without a word.
    Silent,
    /// It keeps files elsewhere than the one that leads.
    Apart,
    /// Another was started in its place.
    Replaced,
}

/// An instance whose decisions are older than this is called silent: it tells of itself every two seconds.
pub const SILENT_AFTER: TimeDelta = TimeDelta::seconds(10);

impl InstanceState {
    /// In words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Fine => "in touch",
            Self::Silent => "not in touch",
            Self::Apart => "files elsewhere",
            Self::Replaced => "restarted",
        }
    }
}

/// How much there is of a group of tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub name: String,
    /// How long it is kept, in words.
    pub kept: String,
    pub rows: u64,
    pub bytes: u64,
}

/// How a share in use is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    Unknown,
    Fine,
    /// Above [`HIGH`].
    High,
}

impl Use {
    /// Of a share, 0 to 1.
    pub fn of(share: Option<f64>) -> Self {
        match share {
            None => Self::Unknown,
            Some(share) if share > HIGH => Self::High,
            Some(_) => Self::Fine,
        }
    }

    /// The word for it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "not measured",
            Self::Fine => "ok",
            Self::High => "high",
        }
    }
}

impl SystemView {
    /// How long the program has run, in words.
    pub fn uptime(&self) -> String {
        format::length((self.at - self.started_at).max(TimeDelta::zero()))
    }

    /// The share of `part` in `whole`.
    pub fn share(part: u64, whole: u64) -> Option<f64> {
        crate::domain::rollup::rate(part, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_four_fifths_is_high_and_what_was_not_measured_is_not_fine() {
        for (share, expected) in
            [(None, "not measured"), (Some(0.0), "ok"), (Some(0.8), "ok"), (Some(0.801), "high"), (Some(1.0), "high")]
        {
            assert_eq!(Use::of(share).in_words(), expected, "{share:?}");
        }
    }
}
