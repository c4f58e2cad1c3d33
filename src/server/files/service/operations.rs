//! What the facade is asked to do with files, on either side.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::core::Core;
use crate::domain::file::{Checksum, FileId, FileRecord, FileSide, SideState};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::observation::Operation as OperationName;
use crate::domain::path::Path;
use crate::facade::{Failure, Operation, Shadowing, Side, injected};
use crate::server::files::manager::{ByteStream, ManagerError, NewObject};
use crate::server::files::spool::Spooled;

/// Larger files are not read a second time to compare them.
const SHADOWED_BYTES: u64 = 64 << 20;

/// Why one side did not do it.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum OperationError {
    #[error(transparent)]
    Side(#[from] ManagerError),
    /// It is not written there yet; nobody says that it is.
    #[error("that side does not have it yet")]
    NotThereYet,
}

impl OperationError {
    fn failure(&self) -> Failure {
        match self {
            Self::Side(error) => Failure::of_implementation(error.kind()),
            // What was not copied yet says nothing of how well the side does its work.
            Self::NotThereYet => Failure::of_caller("not_there_yet"),
        }
    }
}

/// What became of writing the other side.
#[derive(Clone, Debug)]
pub(super) struct DualWrite {
    pub result: Result<(), ManagerError>,
    /// Whether a fault was put into that side meanwhile.
    pub injected: bool,
}

/// Where it will be told.
pub(super) type OtherSide = watch::Receiver<Option<DualWrite>>;

/// A file to be written.
pub(super) struct UploadRequest {
    pub id: FileId,
    pub name: FileName,
    pub mime_type: MimeType,
    pub content: Spooled,
    /// Written after the caller has its answer, sampled or not: shadow runs only look. `None` when it is left to the
    /// queue, and nobody knows when it will be.
    pub other: Option<OtherSide>,
}

impl UploadRequest {
    pub const fn object(&self) -> NewObject<'_> {
        NewObject { id: &self.id, name: &self.name, mime_type: &self.mime_type, content: &self.content }
    }
}

/// A file that was written: where, and what of it can be compared.
pub(super) struct Written {
    pub at: FileSide,
    size: u64,
    sha256: Checksum,
    mime_type: String,
}

pub(super) struct Upload {
    pub core: Arc<Core>,
    pub name: OperationName,
}

impl Upload {
    async fn write(&self, side: Path, request: &UploadRequest) -> Result<Written, OperationError> {
        let at = self.core.write(side, &request.object()).await?;
        Ok(written(at, request, request.content.sha256.clone()))
    }
}

fn written(at: FileSide, request: &UploadRequest, sha256: Checksum) -> Written {
    Written { at, size: request.content.size, sha256, mime_type: request.mime_type.to_string() }
}

impl Operation for Upload {
    type Request = UploadRequest;
    type Response = Written;
    type Error = OperationError;

    fn name(&self) -> &OperationName {
        &self.name
    }

    async fn legacy(&self, request: &UploadRequest) -> Result<Written, OperationError> {
        self.write(Path::Legacy, request).await
    }

    async fn candidate(&self, request: &UploadRequest) -> Result<Written, OperationError> {
        self.write(Path::Candidate, request).await
    }

    /// A dual write that may be long in coming says nothing.
    fn shadowing(&self, request: &UploadRequest) -> Shadowing {
        if request.other.is_some() { Shadowing::Allowed } else { Shadowing::Never }
    }

    /// What came of the dual write, which every file gets. Bytes that were not the same were not kept, but they are a
    /// difference that has a name.
    async fn shadow(&self, side: Path, request: &UploadRequest, _: &Side) -> Result<Written, OperationError> {
        let manager = self.core.sides.of(side);
        let at = FileSide {
            provider: manager.provider().to_owned(),
            provider_id: manager.key(&request.object()),
            state: SideState::Present,
        };
        let Some(mut other) = request.other.clone() else { return Err(OperationError::NotThereYet) };
        let outcome = other.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        if outcome.as_ref().is_some_and(|outcome| outcome.injected) {
            injected::note();
        }
        match outcome.map(|outcome| outcome.result) {
            Some(Ok(())) => Ok(written(at, request, request.content.sha256.clone())),
            Some(Err(ManagerError::Checksum { found, .. })) => Ok(written(at, request, found)),
            Some(Err(error)) => Err(error.into()),
            None => Err(OperationError::NotThereYet),
        }
    }

    fn describe(&self, response: &Written) -> Result<Value, serde_json::Error> {
        Ok(json!({"size": response.size, "sha256": response.sha256, "mime_type": response.mime_type}))
    }

    fn classify(&self, error: &OperationError) -> Failure {
        error.failure()
    }
}

/// A file that is being read: its bytes for the caller, and what of it can be compared.
pub(super) struct Opened {
    /// `None` when it was read to be compared only.
    pub bytes: Option<ByteStream>,
    size: u64,
    sha256: Option<Checksum>,
}

pub(super) struct Download {
    pub core: Arc<Core>,
    pub name: OperationName,
}

impl Download {
    async fn open(&self, side: Path, file: &FileRecord) -> Result<Opened, OperationError> {
        match file.side(side).state {
            SideState::Present | SideState::Failed => {}
            SideState::Pending | SideState::Absent => return Err(OperationError::NotThereYet),
        }
        let bytes = self.core.open(side, file).await?;
        Ok(Opened { bytes: Some(bytes), size: file.size, sha256: file.sha256.clone() })
    }
}

impl Operation for Download {
    type Request = FileRecord;
    type Response = Opened;
    type Error = OperationError;

    fn name(&self) -> &OperationName {
        &self.name
    }

    async fn legacy(&self, file: &FileRecord) -> Result<Opened, OperationError> {
        self.open(Path::Legacy, file).await
    }

    async fn candidate(&self, file: &FileRecord) -> Result<Opened, OperationError> {
        self.open(Path::Candidate, file).await
    }

    /// What only one side has says nothing of the other, and a large file costs more than it tells.
    fn shadowing(&self, file: &FileRecord) -> Shadowing {
        let both = Path::ALL.into_iter().all(|side| file.side(side).state == SideState::Present);
        if both && file.size <= SHADOWED_BYTES { Shadowing::Allowed } else { Shadowing::Never }
    }

    async fn shadow(&self, side: Path, file: &FileRecord, _: &Side) -> Result<Opened, OperationError> {
        let (size, found) = self.core.measure(side, file).await?;
        if let Some(expected) = file.sha256.clone().filter(|expected| *expected != found) {
            let error = ManagerError::Checksum { expected, found: found.clone() };
            self.core.fail(side, file, &error).await;
        }
        Ok(Opened { bytes: None, size, sha256: Some(found) })
    }

    fn describe(&self, response: &Opened) -> Result<Value, serde_json::Error> {
        Ok(json!({"size": response.size, "sha256": response.sha256}))
    }

    fn classify(&self, error: &OperationError) -> Failure {
        error.failure()
    }
}

/// A file that was deleted already, and is now to be removed.
pub(super) struct Delete {
    pub core: Arc<Core>,
    pub name: OperationName,
}

impl Operation for Delete {
    type Request = FileRecord;
    /// The side that it was removed from.
    type Response = Path;
    type Error = OperationError;

    fn name(&self) -> &OperationName {
        &self.name
    }

    async fn legacy(&self, file: &FileRecord) -> Result<Path, OperationError> {
        Ok(self.core.remove(Path::Legacy, file).await.map(|()| Path::Legacy)?)
    }

    async fn candidate(&self, file: &FileRecord) -> Result<Path, OperationError> {
        Ok(self.core.remove(Path::Candidate, file).await.map(|()| Path::Candidate)?)
    }

    /// The other side is removed by the queue, whatever is sampled.
    fn shadowing(&self, _: &FileRecord) -> Shadowing {
        Shadowing::Never
    }

    fn describe(&self, _: &Path) -> Result<Value, serde_json::Error> {
        Ok(json!({"deleted": true}))
    }

    fn classify(&self, error: &OperationError) -> Failure {
        error.failure()
    }
}
