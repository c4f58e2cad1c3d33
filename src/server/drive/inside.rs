//! The driver inside `crossfade serve --example`: decides with the server it is in, and reports to it. Goes on with
//! the files that it made before the server was last stopped.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::reports::{Labelled, settings};
use super::traffic::Traffic;
use super::{Driven, Rate, Works, drive};
use crate::facade::AnyDecisions;
use crate::facade::batch::{BatchReporter, BatchSettings};
use crate::server::files::reports::Inward;
use crate::server::files::service::FileService;
use crate::server::state::AppState;

/// How long its last reports may take.
const LAST_REPORTS: Duration = Duration::from_secs(5);

/// A driver that runs beside the requests.
pub struct Inside {
    driving: JoinHandle<Driven>,
    reports: BatchReporter,
}

impl Inside {
    /// Drives at `rate` until `stop`: `files`, or without them a service of its own, on folders that are thrown away.
    pub async fn start(
        state: &AppState,
        files: Option<&FileService>,
        rate: Rate,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let inward =
            Inward { store: Arc::clone(&state.store), clock: Arc::clone(&state.clock), ingest: state.ingest.clone() };
        let reports = BatchReporter::start(inward, BatchSettings::default());
        let decisions = AnyDecisions::of(state.decisions.clone());
        let driving = if let Some(files) = files {
            let labelled = Arc::new(Labelled(reports.clone()));
            let files = files.reporting_to(decisions, labelled, settings(&state.clock));
            let traffic = Traffic::new();
            traffic.adopt(state.store.as_ref()).await?;
            tokio::spawn(async move { drive(&files, traffic, rate, stop).await })
        } else {
            let works = Works::open(decisions, reports.clone()).await?;
            tokio::spawn(works.drive(rate, &[], stop))
        };
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
