//! The file service: uploads, downloads and deletes through the facade, records in the store, and the other side kept in
//! step. One file per operation; what is done on one side is in `core`.

mod backfill;
mod core;
mod delete;
mod download;
mod error;
mod operations;
mod repair;
mod settle;
mod upload;

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use self::core::Core;
pub use self::download::Download;
pub use self::error::FileError;
pub use self::repair::{Prepared, RepairError};
pub use self::settle::Settled;
pub use self::upload::NewFile;
use super::locks::Turns;
use super::manager::ManagerError;
use super::sides::Sides;
use super::spool::Spool;
use super::standing::Standing;
use crate::domain::effective::effective;
use crate::domain::feature::Feature;
use crate::domain::feature_key::FeatureKey;
use crate::domain::file::{FileId, FileRecord};
use crate::domain::instance::FilePlaces;
use crate::domain::migration::Migration;
use crate::domain::observation::Operation as OperationName;
use crate::domain::path::Path;
use crate::domain::presence::FileStanding;
use crate::domain::text::TextError;
use crate::facade::{AnyDecisions, Facade, Reporter, Settings};
use crate::server::clock::Clock;
use crate::server::commands::ids;
use crate::server::store::Store;
use crate::views::file::{FileOperationResult, FileReference};

/// The most files that are written to the other side right after they were taken in; more are left to the queue.
const DUAL_WRITES: usize = 8;

/// Moves files; cheap to clone.
#[derive(Clone)]
pub struct FileService {
    inner: Arc<Inner>,
}

struct Inner {
    core: Arc<Core>,
    facade: Facade<AnyDecisions, Arc<dyn Reporter>>,
    upload: Arc<operations::Upload>,
    download: Arc<operations::Download>,
    delete: Arc<operations::Delete>,
    dual_writes: Arc<Semaphore>,
}

/// What a file service stands on.
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub decisions: AnyDecisions,
    pub sides: Sides,
    /// Where files wait until they are whole.
    pub spool: Spool,
    /// The most bytes of one file.
    pub most_bytes: u64,
    pub reporter: Arc<dyn Reporter>,
    pub settings: Settings,
}

impl FileService {
    /// A service on these parts.
    pub fn new(parts: Parts) -> Result<Self, TextError> {
        let Parts { store, clock, decisions, sides, spool, most_bytes: most, reporter, settings } = parts;
        let turns = Turns::new(Arc::clone(&store));
        let standing = Standing::default();
        let core = Arc::new(Core { store, clock, sides, spool, most, turns, standing, after: TaskTracker::new() });
        let name = |text: &str| OperationName::parse(text);
        let inner = Inner {
            facade: Facade::new(decisions, reporter, settings),
            upload: Arc::new(operations::Upload { core: Arc::clone(&core), name: name("upload")? }),
            download: Arc::new(operations::Download { core: Arc::clone(&core), name: name("download")? }),
            delete: Arc::new(operations::Delete { core: Arc::clone(&core), name: name("delete")? }),
            dual_writes: Arc::new(Semaphore::new(DUAL_WRITES)),
            core,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same service through a facade of its own, for calls that are to be told apart: the same files, the same turns.
    #[must_use]
    pub fn reporting_to(&self, decisions: AnyDecisions, reporter: Arc<dyn Reporter>, settings: Settings) -> Self {
        let inner = Inner {
            facade: Facade::new(decisions, reporter, settings),
            core: Arc::clone(&self.inner.core),
            upload: Arc::clone(&self.inner.upload),
            download: Arc::clone(&self.inner.download),
            delete: Arc::clone(&self.inner.delete),
            dual_writes: Arc::clone(&self.inner.dual_writes),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether it may work, for whoever finds out.
    pub fn standing(&self) -> &Standing {
        &self.inner.core.standing
    }

    /// Whether it may work.
    fn here(&self) -> Result<(), FileError> {
        match self.standing().get() {
            FileStanding::Together => Ok(()),
            FileStanding::Unknown => Err(FileError::NobodyLeads),
            FileStanding::Elsewhere { instance, .. } => Err(FileError::Elsewhere { instance }),
        }
    }

    /// Where it keeps files, told apart from all other places.
    pub async fn places(&self) -> Result<FilePlaces, ManagerError> {
        let Sides { legacy, candidate } = self.sides();
        Ok(FilePlaces(format!("{}, {}", legacy.place().await?, candidate.place().await?)))
    }

    /// Both sides.
    pub fn sides(&self) -> &Sides {
        &self.inner.core.sides
    }

    /// The most bytes of one file.
    pub fn most_bytes(&self) -> u64 {
        self.inner.core.most
    }

    /// What is known of a file that was not deleted.
    pub async fn record(&self, id: &FileId) -> Result<FileRecord, FileError> {
        let found = self.inner.core.store.file(id).await?;
        found.filter(|file| file.deleted_at.is_none()).ok_or_else(|| FileError::NotFound(id.to_string()))
    }

    /// Waits for what goes on after callers had their answers. Calls must not be made meanwhile.
    pub async fn finish(&self) {
        self.inner.facade.finish_shadows().await;
        self.inner.core.after.close();
        self.inner.core.after.wait().await;
        self.inner.core.after.reopen();
    }

    async fn feature(&self, key: &FeatureKey) -> Result<(Migration, Feature), FileError> {
        let found = self.inner.core.store.feature(key).await?;
        found.ok_or_else(|| FileError::UnknownFeature(key.to_string()))
    }

    /// The feature that a file is of.
    async fn feature_of(&self, file: &FileRecord) -> Result<Feature, FileError> {
        let features = self.inner.core.store.features().await?;
        let found = features.into_iter().find(|feature| feature.id == file.feature);
        found.ok_or_else(|| FileError::UnknownFeature(file.feature.0.to_string()))
    }

    /// Whether the candidate of `feature` is switched off: what is to be done on it waits.
    fn is_switched_off(&self, migration: &Migration, feature: &Feature) -> bool {
        !effective(migration, feature, self.inner.core.clock.now()).blocked_by.is_empty()
    }
}

/// The folder of files that are not whole yet, in the data directory.
pub fn spool_folder(data_dir: &FilePath) -> std::path::PathBuf {
    data_dir.join("files/incoming")
}

/// An operation under way.
struct UnderWay {
    id: String,
    began: Instant,
}

impl UnderWay {
    fn begin(clock: &dyn Clock) -> Self {
        Self { id: ids::new(clock.now()), began: Instant::now() }
    }

    /// It went well, on that side.
    fn done(self, file: &FileRecord, side: Path) -> FileOperationResult {
        FileOperationResult {
            success: true,
            file_reference: Some(FileReference::new(file, side)),
            error: None,
            operation_id: self.id,
            duration_ms: self.began.elapsed().as_secs_f64() * 1_000.0,
        }
    }
}
