//! Both storage sides, as they were configured.

use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;

use super::legacy::folder::Folder;
use super::legacy::supabase::Supabase;
use super::manager::{Manager, ManagerError};
use super::unified::Unified;
use crate::domain::path::Path;
use crate::server::config::{FilesArgs, LegacyPlace, UnifiedPlace};

/// Both sides; cheap to clone.
#[derive(Clone)]
pub struct Sides {
    pub legacy: Arc<dyn Manager>,
    pub candidate: Arc<dyn Manager>,
}

/// Why a side could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SidesError {
    #[error("the folder {0} cannot be used")]
    Folder(String, #[source] io::Error),
    #[error("the storage is not set up: {0}")]
    Storage(#[source] ManagerError),
    #[error("CROSSFADE_SUPABASE_KEY must hold the service key of the Supabase project")]
    NoKey,
}

impl Sides {
    /// The sides that `args` name; folders that are not named lie in `data_dir`.
    pub fn open(args: &FilesArgs, data_dir: &FilePath) -> Result<Self, SidesError> {
        let folder = |path: &FilePath| {
            let path = path.display().to_string();
            move |error| SidesError::Folder(path, error)
        };
        let legacy: Arc<dyn Manager> = match args.legacy(data_dir) {
            LegacyPlace::Folder(path) => Arc::new(Folder::open(&path).map_err(folder(&path))?),
            LegacyPlace::Supabase { url, bucket } => {
                let key = args.supabase_key.as_deref().ok_or(SidesError::NoKey)?;
                Arc::new(Supabase::new(&url, &bucket, key).map_err(SidesError::Storage)?)
            }
        };
        let candidate: Arc<dyn Manager> = match args.unified(data_dir) {
            UnifiedPlace::Folder(path) => Arc::new(Unified::folder(&path).map_err(folder(&path))?),
            UnifiedPlace::S3 { bucket, prefix } => {
                Arc::new(Unified::s3_from_environment(&bucket, &prefix).map_err(SidesError::Storage)?)
            }
        };
        Ok(Self { legacy, candidate })
    }

    /// The manager of that side.
    pub fn of(&self, path: Path) -> &dyn Manager {
        match path {
            Path::Legacy => &*self.legacy,
            Path::Candidate => &*self.candidate,
        }
    }
}
