//! The way of the file service's own reports: straight into the queue that every other report takes.

use std::sync::Arc;

use serde::Deserialize;

use crate::facade::batch::{Batch as Reports, BatchKind, SendError, Sent, Transport};
use crate::server::clock::Clock;
use crate::server::ingest::comparison_wire::ComparisonWire;
use crate::server::ingest::items::{self, Format};
use crate::server::ingest::wire::{Context, ObservationWire, Wire};
use crate::server::ingest::{Ingest, IngestError};
use crate::server::store::{Answer, Batch, BatchKey, Digest, Receipt, Store};

/// Takes reports to the ingest of this very program.
#[derive(Clone)]
pub struct Inward {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ingest: Ingest,
}

impl Transport for Inward {
    async fn send(&self, reports: &Reports) -> Result<Sent, SendError> {
        let features = self.store.features().await.map_err(|error| later(&error))?;
        let context = Context::new(&features, self.clock.now());
        let mut batch = match reports.kind {
            BatchKind::Observations => batch_of::<ObservationWire<'_>>(&reports.body, &context)?,
            BatchKind::Comparisons => {
                let rules = self.store.rules_in_force().await.map_err(|error| later(&error))?;
                batch_of::<ComparisonWire<'_>>(&reports.body, &context.with_rules(rules))?
            }
        };
        // Nobody else's key is the same: theirs begin with the name of the route.
        batch.key = Some(BatchKey {
            digest: Digest::of(&[b"files", reports.key.as_bytes()]),
            fingerprint: Digest::of(&[&reports.body]),
        });
        let mut share = self.ingest.budget.share();
        share.resize(reports.body.len()).map_err(|error| later(&error))?;
        match self.ingest.submit(batch, share).await {
            Ok(Receipt::Stored(answer) | Receipt::Repeated(answer)) => Ok(sent(&answer)),
            Ok(Receipt::KeyReused) => Err(SendError::Refused("the key of the batch was used before".to_owned())),
            Err(error @ (IngestError::Busy | IngestError::Store(_))) => Err(later(&error)),
            Err(error @ (IngestError::Stopping | IngestError::Panicked)) => Err(SendError::Refused(error.to_string())),
        }
    }
}

fn batch_of<'a, T: Wire + Deserialize<'a>>(body: &'a [u8], context: &Context) -> Result<Batch, SendError> {
    let items = items::parse::<T>(body, Format::Json).map_err(|error| SendError::Refused(error.to_string()))?;
    Ok(items::batch(items, context))
}

fn sent(answer: &Answer) -> Sent {
    Sent {
        refused: answer.rejected.len() as u64,
        detail: answer.rejected.first().map(|rejection| rejection.detail.clone()),
    }
}

fn later(error: &dyn std::error::Error) -> SendError {
    SendError::Later { reason: error.to_string(), after: None }
}
