//! How long the store takes, by class of operation, since the program began. Waiting for a connection counts: it is what
//! whoever asked has waited.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::domain::duration_counts::DurationCounts;

/// What the store is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationClass {
    /// Answer something.
    Read,
    /// Write what somebody changed.
    Change,
    /// Take in batches.
    Ingest,
    /// Remove what is no longer kept.
    CleanUp,
}

impl OperationClass {
    pub const ALL: [Self; 4] = [Self::Read, Self::Change, Self::Ingest, Self::CleanUp];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Ingest => "ingest",
            Self::CleanUp => "clean_up",
        }
    }
}

/// Durations by class.
#[derive(Debug, Default)]
pub struct Timings(Mutex<[DurationCounts; OperationClass::ALL.len()]>);

impl Timings {
    /// Waits for `operation` and counts how long that took.
    pub async fn of<T>(&self, class: OperationClass, operation: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let result = operation.await;
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[class as usize].record(began.elapsed());
        result
    }

    /// What was counted so far.
    pub fn counts(&self) -> [(OperationClass, DurationCounts); OperationClass::ALL.len()] {
        let counts = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        OperationClass::ALL.map(|class| (class, counts[class as usize]))
    }
}
