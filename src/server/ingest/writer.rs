//! The one task that writes: takes everything that waits, commits it as one group, answers each sender.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use tokio::sync::mpsc::Receiver;

use super::{IngestError, Submission};
use crate::server::clock::Clock;
use crate::server::counters::Counters;
use crate::server::store::{Batch, Ingested, Receipt, Store, StoreError};

/// The most batches in one commit: bounds how long the first of them waits.
const GROUP_BATCHES: usize = 64;

/// Writes until every sender is gone and the queue is empty.
pub(super) async fn run(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    counters: Counters,
    mut submissions: Receiver<Submission>,
    groups: Arc<AtomicU64>,
) {
    let mut group = Vec::with_capacity(GROUP_BATCHES);
    while submissions.recv_many(&mut group, GROUP_BATCHES).await > 0 {
        let (batches, senders): (Vec<_>, Vec<_>) = group
            .drain(..)
            .map(|submission| {
                let Submission { batch, answer, share, place } = submission;
                (batch, (answer, (share, place)))
            })
            .unzip();
        // Nothing is shared with a write that panics but the store, whose transaction then ends unfinished.
        let written = AssertUnwindSafe(write(store.as_ref(), clock.as_ref(), &counters, &batches)).catch_unwind().await;
        let answers = written.unwrap_or_else(|_| {
            tracing::error!(batches = batches.len(), "writing batches panicked");
            batches.iter().map(|_| Err(IngestError::Panicked)).collect()
        });
        groups.fetch_add(1, Ordering::Release);
        for ((sender, held), answer) in senders.into_iter().zip(answers) {
            // A sender that gave up does not hear; what it sent counts all the same.
            let _ = sender.send(answer);
            drop(held);
        }
    }
}

async fn write(
    store: &dyn Store,
    clock: &dyn Clock,
    counters: &Counters,
    batches: &[Batch],
) -> Vec<Result<Receipt, IngestError>> {
    match store.ingest(batches, clock.now()).await {
        Ok(Ingested { receipts, added }) => {
            counters.count(batches.len(), &added);
            receipts.into_iter().map(Ok).collect()
        }
        // A fault that lies in one batch must not cost its neighbours theirs.
        Err(StoreError::Failed(_) | StoreError::Corrupt { .. }) if batches.len() > 1 => {
            let mut answers = Vec::with_capacity(batches.len());
            for batch in batches {
                answers.append(&mut Box::pin(write(store, clock, counters, std::slice::from_ref(batch))).await);
            }
            answers
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                batches = batches.len(),
                "could not write batches"
            );
            let error = Arc::new(error);
            batches.iter().map(|_| Err(IngestError::Store(Arc::clone(&error)))).collect()
        }
    }
}
