//! How long the store takes, by class of operation, since the program began, and how long anyone waits for it. Waiting for a
//! connection counts: it is what whoever asked has waited.

use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Reach, StoreError};
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
#[derive(Debug)]
pub struct Timings {
    counts: Mutex<[DurationCounts; OperationClass::ALL.len()]>,
    reach: Reach,
    /// How long anything may take, where that is known.
    longest: Option<Duration>,
}

impl Timings {
    /// Nothing was counted yet. Nothing may take longer than `longest`.
    pub fn new(longest: Option<Duration>) -> Self {
        Self { counts: Mutex::default(), reach: Reach::default(), longest }
    }

    /// Whether the store answers.
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Waits for `operation` and counts how long that took. It is not begun while the store is away, and given up when it is
    /// found to be, or takes longer than anything may.
    pub async fn of<T, E: From<StoreError>>(
        &self,
        class: OperationClass,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        if self.reach.is_away() {
            return Err(StoreError::silent().into());
        }
        // As large as what is asked; held once, and not in each of what waits for it.
        let operation = Box::pin(operation);
        let too_long = async {
            match self.longest {
                Some(longest) => tokio::time::sleep(longest).await,
                None => pending().await,
            }
        };
        let patient = async {
            tokio::select! {
                biased;
                done = operation => done,
                () = self.reach.lost() => Err(StoreError::silent().into()),
                () = too_long => Err(StoreError::silent().into()),
            }
        };
        self.always(class, patient).await
    }

    /// The same whether the store is away or not.
    pub async fn always<T>(&self, class: OperationClass, operation: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let result = operation.await;
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)[class as usize].record(began.elapsed());
        result
    }

    /// What was counted so far.
    pub fn counts(&self) -> [(OperationClass, DurationCounts); OperationClass::ALL.len()] {
        let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        OperationClass::ALL.map(|class| (class, counts[class as usize]))
    }
}
