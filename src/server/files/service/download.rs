//! Giving a file out: from the side that was decided on, or from the other when that one cannot.

use super::operations::OperationError;
use super::upload::side_error;
use super::{FileError, FileService};
use crate::domain::file::{FileId, FileRecord, SideState};
use crate::domain::observation::Fallback;
use crate::domain::path::Path;
use crate::domain::unit::Unit;
use crate::server::files::manager::ByteStream;

/// A file on its way out.
pub struct Download {
    pub file: FileRecord,
    /// The side that it comes from.
    pub side: Path,
    /// Its bytes; the last of them come only when all are right.
    pub bytes: ByteStream,
}

impl FileService {
    /// Opens a file. A small one is read and checked before this returns, a large one on its way.
    pub async fn download(&self, id: &FileId, unit: Option<&Unit>) -> Result<Download, FileError> {
        self.here()?;
        let file = self.record(id).await?;
        let feature = self.feature_of(&file).await?;
        let by_itself = Unit::parse(id.as_str()).ok();
        let unit = unit.or(by_itself.as_ref());
        let answered = self.inner.facade.call(&self.inner.download, &feature.key, unit, file.clone()).await;
        let tried = match answered.fallback {
            Fallback::No => vec![answered.path],
            Fallback::ToLegacy => Path::ALL.to_vec(),
        };
        let error = match answered.result {
            Ok(opened) => match opened.bytes {
                Some(bytes) => return Ok(Download { file, side: answered.path, bytes }),
                None => OperationError::NotThereYet,
            },
            Err(error) => error,
        };
        for side in Path::ALL.into_iter().filter(|side| !tried.contains(side)) {
            if file.side(side).state == SideState::Absent {
                continue;
            }
            match self.inner.core.open(side, &file).await {
                Ok(bytes) => {
                    tracing::warn!(file = %id, side = side.as_str(), %error, "the other side answered");
                    return Ok(Download { file, side, bytes });
                }
                Err(other) => {
                    tracing::error!(file = %id, side = side.as_str(), error = %other, "neither side answered");
                }
            }
        }
        // It has a record, so that it is not its absence that is to be told.
        Err(side_error(error))
    }
}
