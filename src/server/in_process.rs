//! Reports of a facade inside the server: into ingest, as a sender over HTTP would. Not the decisions of one.

use std::sync::Arc;

use serde::Deserialize;

use super::clock::Clock;
use super::ingest::items::{self, Format};
use super::ingest::wire::{ComparisonWire, Context, ObservationWire, Wire};
use super::ingest::{Ingest, IngestError, RETRY_AFTER_SECONDS};
use super::state::AppState;
use super::store::{Answer, Batch as StoreBatch, BatchKey, Digest, Receipt, Store};
use crate::facade::batch::{Batch, BatchKind, SendError, Sent, Transport};

/// Takes batches into ingest. While one is there, the writer goes on; so it has to be gone before the application stops.
#[derive(Clone)]
pub struct InProcessTransport {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ingest: Ingest,
}

impl InProcessTransport {
    /// Into the ingest of `state`.
    pub fn of(state: &AppState) -> Self {
        Self { store: Arc::clone(&state.store), clock: Arc::clone(&state.clock), ingest: state.ingest.clone() }
    }
}

impl Transport for InProcessTransport {
    async fn send(&self, batch: &Batch) -> Result<Sent, SendError> {
        let features = self.store.features().await.map_err(|error| later(&error))?;
        let context = Context::new(&features, self.clock.now());
        let mut share = self.ingest.budget.share();
        share.resize(batch.body.len()).map_err(|_| later(&IngestError::Busy))?;
        let mut taken = match batch.kind {
            BatchKind::Observations => batch_of::<ObservationWire<'_>>(&batch.body, &context),
            BatchKind::Comparisons => batch_of::<ComparisonWire<'_>>(&batch.body, &context),
        }?;
        taken.key = Some(BatchKey {
            digest: Digest::of(&[batch.kind.as_str().as_bytes(), batch.key.as_bytes()]),
            fingerprint: Digest::of(&[&batch.body]),
        });
        match self.ingest.submit(taken, share).await {
            Ok(Receipt::Stored(answer) | Receipt::Repeated(answer)) => Ok(sent(answer)),
            Ok(Receipt::KeyReused) => Err(SendError::Refused("the key was used for another batch".to_owned())),
            Err(error) => Err(later(&error)),
        }
    }
}

fn batch_of<'a, T: Wire + Deserialize<'a>>(body: &'a [u8], context: &Context) -> Result<StoreBatch, SendError> {
    let items = items::parse::<T>(body, Format::Json).map_err(|error| SendError::Refused(error.to_string()))?;
    Ok(items::batch(items, context))
}

fn sent(answer: Answer) -> Sent {
    let detail = answer.rejected.first().map(|rejection| rejection.detail.clone());
    Sent { refused: answer.rejected.len() as u64, detail }
}

/// What may be over in a moment.
fn later(error: &dyn std::error::Error) -> SendError {
    let after = std::time::Duration::from_secs(RETRY_AFTER_SECONDS);
    SendError::Later { reason: error.to_string(), after: Some(after) }
}
