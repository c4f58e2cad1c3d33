//! The way in for observations and comparisons: wire form → checked items → one queue → group commit.
//!
//! The queue and the memory in front of it are bounded; a sender that finds them full is told to come back later.

pub mod budget;
mod compared;
pub mod comparison_wire;
pub mod items;
pub mod otlp;
pub mod wire;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use self::budget::{Budget, Share};
use super::clock::Clock;
use super::counters::Counters;
use super::store::{Batch, Receipt, Store, StoreError};

/// The most batches that wait to be written.
pub const QUEUE_BATCHES: usize = 256;

/// How long a sender that was turned away is asked to wait, in whole seconds.
pub const RETRY_AFTER_SECONDS: u64 = 1;

/// Why a batch was not taken in. Nothing of it was counted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IngestError {
    /// The queue or the memory in front of it is full.
    #[error("ingest is busy")]
    Busy,
    /// The program is stopping.
    #[error("the service is stopping")]
    Stopping,
    /// A fault of this program.
    #[error("writing panicked")]
    Panicked,
    /// The store could not write it.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// A batch on its way, with the memory it takes and where its answer goes.
struct Submission {
    batch: Batch,
    answer: oneshot::Sender<Result<Receipt, IngestError>>,
    share: Share,
    /// What counts it as under way.
    place: Arc<()>,
}

/// The queue in front of the store; cheap to clone. When the last clone is dropped, the writer empties it and ends.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<Submission>,
    written: Arc<AtomicU64>,
    /// The memory that bodies and batches under way may take.
    pub budget: Budget,
    /// What was written since the program began.
    pub counters: Counters,
    /// Held by each batch that is under way.
    places: Arc<()>,
}

impl Ingest {
    /// Starts the writer. Its handle ends once every clone of the queue is gone and all that was queued is written.
    pub fn start(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> (Self, JoinHandle<()>) {
        let counters = Counters::default();
        let (queue, submissions) = mpsc::channel(QUEUE_BATCHES);
        let written = Arc::new(AtomicU64::new(0));
        let writer = tokio::spawn(writer::run(store, clock, counters.clone(), submissions, Arc::clone(&written)));
        (Self { queue, written, budget: Budget::default(), counters, places: Arc::default() }, writer)
    }

    /// Queues `batch` and waits until it is durable. `share` is held until then.
    pub async fn submit(&self, batch: Batch, share: Share) -> Result<Receipt, IngestError> {
        let (answer, answered) = oneshot::channel();
        let place = Arc::clone(&self.places);
        self.queue.try_send(Submission { batch, answer, share, place }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => IngestError::Busy,
            mpsc::error::TrySendError::Closed(_) => IngestError::Stopping,
        })?;
        answered.await.unwrap_or(Err(IngestError::Stopping))
    }

    /// How many groups of batches were written since the program began: whether figures are other than before.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// How many batches are under way: those that wait, and those that are being written.
    pub fn under_way(&self) -> u64 {
        // Every clone of the queue holds one of its own.
        let clones = self.queue.strong_count();
        Arc::strong_count(&self.places).saturating_sub(clones) as u64
    }

    /// How many batches wait to be written.
    pub fn queued(&self) -> u64 {
        (self.queue.max_capacity() - self.queue.capacity()) as u64
    }
}
