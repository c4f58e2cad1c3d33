//! What a driver works on: a file service of its own, with folders and records that are thrown away at the end.

use std::sync::Arc;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::domain::origin::Origin;
use crate::facade::{AnyDecisions, ComparisonReport, ObservationReport, Reporter, Settings, ShadowSettings};
use crate::server::config::{RetentionArgs, StoreArgs};
use crate::server::example;
use crate::server::files::faulty::{Faults, Faulty};
use crate::server::files::legacy::folder::Folder;
use crate::server::files::service::{FileService, Parts};
use crate::server::files::sides::Sides;
use crate::server::files::spool::Spool;
use crate::server::files::unified::Unified;
use crate::server::startup::Application;

/// The most bytes of one file.
pub(super) const MOST_BYTES: u64 = 8 << 20;

/// All that a driver is told to run on both sides is to be seen soon.
const SHADOW: ShadowSettings = ShadowSettings { per_minute: 12_000, ..ShadowSettings::DEFAULT };

/// A file service to be thrown away.
pub struct Works {
    pub service: FileService,
    /// Those of the candidate.
    pub faults: Arc<Faults>,
    application: Application,
    /// Deleted with everything in it when this is dropped.
    _folder: TempDir,
}

impl Works {
    /// New folders and records. The features are those of the example, of which `decisions` says how they stand.
    pub async fn open(decisions: AnyDecisions, reporter: impl Reporter) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("crossfade-drive-").tempdir().context("could not make a folder")?;
        let at = |name: &str| folder.path().join(name);
        let store = StoreArgs { database: None, data_dir: at("records"), retention: RetentionArgs::default() };
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
            settings: Settings { clock: Arc::clone(&clock), shadow: SHADOW, ..Settings::default() },
            store,
            clock,
            decisions,
            sides,
            spool: Spool::open(&at("incoming"))?,
            most_bytes: MOST_BYTES,
            reporter: Arc::new(Driven(reporter)),
        })?;
        Ok(Self { service, faults, application, _folder: folder })
    }

    /// Lets what is under way come to its end, and throws everything away.
    pub async fn close(self) {
        self.service.finish().await;
        drop(self.service);
        self.application.stop().await;
    }
}

/// Marks reports as a driver's.
struct Driven<R>(R);

fn driven(origin: Origin) -> Origin {
    match origin {
        Origin::Caller | Origin::Driver => Origin::Driver,
        Origin::Injected => Origin::Injected,
    }
}

impl<R: Reporter> Reporter for Driven<R> {
    fn observation(&self, observation: ObservationReport) {
        self.0.observation(ObservationReport { origin: driven(observation.origin), ..observation });
    }

    fn comparison(&self, comparison: ComparisonReport) {
        self.0.comparison(ComparisonReport { origin: driven(comparison.origin), ..comparison });
    }
}
