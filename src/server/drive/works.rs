//! What a driver works on: a file service of its own, with folders and records that are thrown away at the end.

use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::fault::{self, Fault};
use super::reports::{Labelled, settings};
use super::traffic::Traffic;
use super::{Driven, Rate, drive};
use crate::facade::{AnyDecisions, Reporter};
use crate::server::config::{RetentionArgs, StoreArgs};
use crate::server::example;
use crate::server::files::faulty::{Faults, Faulty};
use crate::server::files::legacy::folder::Folder;
use crate::server::files::service::{FileService, Parts};
use crate::server::files::sides::Sides;
use crate::server::files::spool::Spool;
use crate::server::files::unified::Unified;
use crate::server::leadership::Leadership;
use crate::server::startup::Application;
use crate::server::workers;

/// The most bytes of one file.
pub(super) const MOST_BYTES: u64 = 8 << 20;

/// A file service to be thrown away.
pub struct Works {
    pub service: FileService,
    /// Those of the candidate.
    pub faults: Arc<Faults>,
    pub(super) application: Application,
    /// Deleted with everything in it when this is dropped.
    _folder: TempDir,
}

impl Works {
    /// New folders and records. The features are those of the example, of which `decisions` says how they stand.
    pub async fn open(decisions: AnyDecisions, reporter: impl Reporter) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("crossfade-drive-").tempdir().context("could not make a folder")?;
        let at = |name: &str| folder.path().join(name);
        let store = StoreArgs {
            database: None,
            database_url: None,
            data_dir: at("records"),
            retention: RetentionArgs::default(),
        };
        let application = Application::start(&store).await?;
        example::create(&application.state).await?;
        let faults = Faults::seeded(getrandom::u64().unwrap_or_default());
        let candidate = Arc::new(Unified::folder(&at("unified"))?);
        let sides = Sides {
            legacy: Arc::new(Folder::open(&at("legacy"))?),
            candidate: Arc::new(Faulty::new(candidate, Arc::clone(&faults))),
        };
        let (store, clock) = (Arc::clone(&application.state.store), Arc::clone(&application.state.clock));
        let service = FileService::new(Parts {
            settings: settings(&clock),
            store,
            clock,
            decisions,
            sides,
            spool: Spool::open(&at("incoming"))?,
            most_bytes: MOST_BYTES,
            reporter: Arc::new(Labelled(reporter)),
        })?;
        Ok(Self { service, faults, application, _folder: folder })
    }

    /// Drives at `rate` with `faults` until `stop`, and throws everything away.
    pub async fn drive(self, rate: Rate, faults: &[Fault], stop: CancellationToken) -> Driven {
        self.faults.set(fault::odds(faults));
        let queue = tokio::spawn(workers::files::run(self.service.clone(), Leadership::default(), stop.clone()));
        let driven = drive(&self.service, Traffic::new(), rate, stop).await;
        let _ = queue.await;
        let injected = self.faults.injected();
        self.close().await;
        Driven { injected, ..driven }
    }

    /// Lets what is under way come to its end, and throws everything away.
    pub async fn close(self) {
        self.service.finish().await;
        drop(self.service);
        self.application.stop().await;
    }
}
