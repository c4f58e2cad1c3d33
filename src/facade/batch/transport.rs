//! The way of a batch to Crossfade, whichever it is. Not when it is sent.

use std::future::Future;
use std::time::Duration;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    Observations,
    Comparisons,
}

impl BatchKind {
    /// The word for it, which also ends the route that takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observations => "observations",
            Self::Comparisons => "comparisons",
        }
    }
}

/// Items on their way. However often it is sent, it stays the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub kind: BatchKind,
    /// Its `Idempotency-Key`: sent twice, it counts once.
    pub key: String,
    /// A JSON array.
    pub body: Vec<u8>,
    /// How many are in it.
    pub items: usize,
}

/// What the receiver said of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How many of its items were refused.
    pub refused: u64,
    /// Why the first of them was.
    pub detail: Option<String>,
}

/// Why a batch was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may be taken in later, after as long as the receiver asks for.
    #[error("{reason}")]
    Later { reason: String, after: Option<Duration> },
    /// It never will be.
    #[error("{0}")]
    Refused(String),
}

/// Somebody who takes batches to Crossfade.
pub trait Transport: Send + Sync + 'static {
    /// Sends a batch, once. It has to come to an end by itself.
    fn send(&self, batch: &Batch) -> impl Future<Output = Result<Sent, SendError>> + Send;
}
