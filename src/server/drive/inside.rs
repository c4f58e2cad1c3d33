//! The driver inside `crossfade serve --example`: decides with the server it is in, and reports to it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Driven, Rate, Works, drive};
use crate::facade::AnyDecisions;
use crate::facade::batch::{BatchReporter, BatchSettings};
use crate::server::files::reports::Inward;
use crate::server::state::AppState;

/// How long its last reports may take.
const LAST_REPORTS: Duration = Duration::from_secs(5);

/// A driver that runs beside the requests.
pub struct Inside {
    driving: JoinHandle<Driven>,
    reports: BatchReporter,
}

impl Inside {
    /// Drives at `rate` until `stop`.
    pub async fn start(state: &AppState, rate: Rate, stop: CancellationToken) -> anyhow::Result<Self> {
        let inward =
            Inward { store: Arc::clone(&state.store), clock: Arc::clone(&state.clock), ingest: state.ingest.clone() };
        let reports = BatchReporter::start(inward, BatchSettings::default());
        let works = Works::open(AnyDecisions::of(state.decisions.clone()), reports.clone()).await?;
        let driving = tokio::spawn(async move { drive(works, rate, &[], stop).await });
        Ok(Self { driving, reports })
    }

    /// Waits for its end, which `stop` asks for. The application must not be stopped before.
    pub async fn finish(self) {
        match self.driving.await {
            Ok(driven) => tracing::info!(operations = driven.operations, "the example's traffic has ended"),
            Err(error) => tracing::error!(%error, "the example's traffic did not end well"),
        }
        self.reports.shutdown(LAST_REPORTS).await;
    }
}
