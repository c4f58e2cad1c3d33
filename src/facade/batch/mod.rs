//! Reports in batches: gathers them, sends them with patience, and never keeps more than a set amount of memory.

mod queue;
mod sending;
mod transport;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::queue::Queue;
use self::sending::Sending;
pub use self::transport::{Batch, BatchKind, SendError, Sent, Transport};
use super::report::{ComparisonReport, ObservationReport, Reporter};

/// How reports are gathered and sent. Observations and comparisons are each gathered on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSettings {
    /// The most items of a batch; as soon as there are so many, it is sent.
    pub items: usize,
    /// About the most bytes of a batch.
    pub bytes: usize,
    /// The longest that a report waits before its batch is sent for the first time.
    pub interval: Duration,
    /// About the most bytes of reports kept while they cannot be sent; beyond, the oldest are dropped and counted.
    pub kept_bytes: usize,
    /// How often a batch is sent before it is dropped and counted.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each one more.
    pub first_wait: Duration,
    /// The longest wait between attempts.
    pub longest_wait: Duration,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self {
            items: 500,
            bytes: 1 << 20,
            interval: Duration::from_secs(1),
            kept_bytes: 16 << 20,
            attempts: 15,
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// What became of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCounts {
    /// Taken in by the receiver, repeated ones among them.
    pub sent: u64,
    /// Refused by the receiver, one by one or with their whole batch.
    pub refused: u64,
    /// Dropped here: there was no room left, no attempt left, or no time left at the end.
    pub dropped: u64,
    /// Still to be sent.
    pub waiting: u64,
}

/// A [`Reporter`] that sends batches; cheap to clone. It needs a tokio runtime.
///
/// When the last clone is dropped what waits is still sent, as long as the runtime lives;
/// [`shutdown`](Self::shutdown) waits for it.
#[derive(Clone)]
pub struct BatchReporter {
    shared: Arc<Shared>,
}

struct Shared {
    observations: Arc<Queue<ObservationReport>>,
    comparisons: Arc<Queue<ComparisonReport>>,
    /// Dropped or set: send what there is and end.
    closing: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl BatchReporter {
    /// Starts to send by `transport`.
    pub fn start(transport: impl Transport, settings: BatchSettings) -> Self {
        let transport = Arc::new(transport);
        let (closing, closed) = watch::channel(false);
        let observations = Arc::new(Queue::new(settings));
        let comparisons = Arc::new(Queue::new(settings));
        let tasks = vec![
            tokio::spawn(
                Sending::new(BatchKind::Observations, Arc::clone(&transport), Arc::clone(&observations), settings)
                    .run(closed.clone()),
            ),
            tokio::spawn(
                Sending::new(BatchKind::Comparisons, transport, Arc::clone(&comparisons), settings).run(closed),
            ),
        ];
        Self { shared: Arc::new(Shared { observations, comparisons, closing, tasks: Mutex::new(tasks) }) }
    }

    /// Sends what waits, for no longer than `within`; what is left then is dropped. Says what became of everything.
    pub async fn shutdown(&self, within: Duration) -> BatchCounts {
        self.shared.closing.send_replace(true);
        let tasks = std::mem::take(&mut *self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let ends: Vec<_> = tasks.iter().map(JoinHandle::abort_handle).collect();
        if tokio::time::timeout(within, futures::future::join_all(tasks)).await.is_err() {
            ends.iter().for_each(tokio::task::AbortHandle::abort);
            let left = self.shared.observations.clear() + self.shared.comparisons.clear();
            tracing::warn!(dropped = left, "not all reports could be sent in time");
        }
        self.counts()
    }

    /// What became of all reports until now.
    pub fn counts(&self) -> BatchCounts {
        let (one, other) = (self.shared.observations.counts(), self.shared.comparisons.counts());
        BatchCounts {
            sent: one.sent + other.sent,
            refused: one.refused + other.refused,
            dropped: one.dropped + other.dropped,
            waiting: one.waiting + other.waiting,
        }
    }
}

impl Reporter for BatchReporter {
    fn observation(&self, observation: ObservationReport) {
        self.shared.observations.push(observation);
    }

    fn comparison(&self, comparison: ComparisonReport) {
        self.shared.comparisons.push(comparison);
    }
}

#[cfg(test)]
mod tests;
