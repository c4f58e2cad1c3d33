//! Taking in a file: whole and checked first, then on the side that was decided on, then in the store; then it is
//! acknowledged, and then the other side is written.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::Stream;
use tokio::sync::watch;

use super::operations::{DualWrite, OperationError, UploadRequest};
use super::{FileError, FileService, Settled, UnderWay};
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::FeatureKey;
use crate::domain::file::{Checksum, FileId, FileRecord, FileSide, FileTask, Metadata, SideState, TaskKind};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::path::Path;
use crate::domain::unit::Unit;
use crate::server::commands::ids;
use crate::server::files::manager::{ManagerError, NewObject};
use crate::server::files::spool::{SpoolError, Spooled};
use crate::views::file::FileOperationResult;

/// How long the queue leaves a file alone whose bytes are at hand.
const AT_HAND: TimeDelta = TimeDelta::seconds(30);

/// What is said of a file that is to be taken in.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub feature: FeatureKey,
    /// What the decision sticks to; without it, the file itself.
    pub unit: Option<Unit>,
    pub name: FileName,
    pub mime_type: MimeType,
    pub metadata: Metadata,
    /// What the content is announced to be.
    pub announced: Option<Checksum>,
}

impl FileService {
    /// Takes in a file. It is durable on one side when this returns, and on both soon after.
    pub async fn upload(
        &self,
        new: NewFile,
        body: impl Stream<Item = Result<Bytes, FileError>> + Send,
    ) -> Result<FileOperationResult, FileError> {
        let core = &self.inner.core;
        let under_way = UnderWay::begin(&*core.clock);
        self.here()?;
        self.feature(&new.feature).await?;
        let content = core.spool.take(body, core.most).await.map_err(not_taken)?;
        if let Some(expected) = new.announced.as_ref().filter(|announced| **announced != content.sha256) {
            return Err(FileError::NotAsAnnounced { expected: expected.clone(), found: content.sha256 });
        }
        // From here on it is done whether or not its caller waits: what is written has to get its record.
        let (service, span) = (self.clone(), tracing::Span::current());
        let keeping = tracing::Instrument::instrument(async move { service.keep(new, content).await }, span);
        let kept = self.inner.core.after.spawn(keeping).await;
        let (file, side) = kept.map_err(|error| FileError::Spool(error.to_string()))??;
        Ok(under_way.done(&file, side))
    }

    /// Keeps a file that is whole.
    async fn keep(&self, new: NewFile, content: Spooled) -> Result<(FileRecord, Path), FileError> {
        let core = &self.inner.core;
        // Anew: a large file may have taken long to arrive.
        self.here()?;
        let (migration, feature) = self.feature(&new.feature).await?;
        let now = core.clock.now();
        let mut file = self.record_of(&new, feature.id, &content, now);
        // Whether the other side can be written at once, while the bytes are at hand.
        let place = Arc::clone(&self.inner.dual_writes).try_acquire_owned().ok();
        let place = place.filter(|_| !self.is_switched_off(&migration, &feature));
        let (told, other) = watch::channel(None);
        let request = UploadRequest {
            id: file.id.clone(),
            name: new.name,
            mime_type: new.mime_type,
            content: content.clone(),
            other: place.is_some().then_some(other),
        };
        let by_itself = Unit::parse(file.id.as_str()).ok();
        let unit = new.unit.as_ref().or(by_itself.as_ref());
        let turn = core.object_turn(Path::Candidate, &file.candidate.provider_id).await?;
        let answered = self.inner.facade.call(&self.inner.upload, &new.feature, unit, request).await;
        let side = answered.path;
        *file.side_mut(side) = match answered.result {
            Ok(written) => written.at,
            Err(error) => {
                drop(turn);
                self.sweep(&file).await;
                return Err(side_error(error));
            }
        };
        let mut tasks = Vec::new();
        if is_written_twice(&feature, side) {
            file.side_mut(side.other()).state = SideState::Pending;
            let patience = if place.is_some() { AT_HAND } else { TimeDelta::zero() };
            tasks.push(put(&file, side.other(), now + patience));
        }
        let added = core.store.add_file(&file, &tasks, Some(turn.store())).await;
        drop(turn);
        if let Err(error) = added {
            self.sweep(&file).await;
            return Err(error.into());
        }
        if let (Some(task), Some(place)) = (tasks.pop(), place) {
            let service = self.clone();
            self.inner.core.after.spawn(async move {
                service.write_other(&task, content, &told).await;
                drop(place);
            });
        }
        Ok((file, side))
    }

    /// The record of a file that is on no side yet.
    fn record_of(&self, new: &NewFile, feature: FeatureId, content: &Spooled, now: DateTime<Utc>) -> FileRecord {
        let id = FileId(ids::new(now));
        let object = NewObject { id: &id, name: &new.name, mime_type: &new.mime_type, content };
        let [legacy, candidate] = Path::ALL.map(|side| {
            let manager = self.sides().of(side);
            let (provider, provider_id) = (manager.provider().to_owned(), manager.key(&object));
            FileSide { provider, provider_id, state: SideState::Absent }
        });
        FileRecord {
            feature,
            original_name: new.name.clone(),
            mime_type: new.mime_type.clone(),
            size: content.size,
            sha256: Some(content.sha256.clone()),
            created_at: now,
            metadata: new.metadata.clone(),
            legacy,
            candidate,
            deleted_at: None,
            id,
        }
    }

    /// Writes the other side while the bytes are at hand. Whatever comes of it, the queue knows.
    async fn write_other(&self, task: &FileTask, content: Spooled, told: &watch::Sender<Option<DualWrite>>) {
        let manager = self.sides().of(task.side);
        let before = manager.injected();
        match self.settle(task, Some(content)).await {
            Ok(Some(Settled { result })) => {
                told.send_replace(Some(DualWrite { result, injected: manager.injected() > before }));
            }
            Ok(None) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(file = %task.file, error, "the other side of a file was not written; the queue does it");
            }
        }
    }

    /// Removes what an upload that failed may have left.
    async fn sweep(&self, file: &FileRecord) {
        for side in Path::ALL {
            if let Err(error) = self.inner.core.remove(side, file).await {
                tracing::warn!(file = %file.id, side = side.as_str(), %error, "an upload that failed may have left something");
            }
        }
    }
}

/// Whether the other side is written too: until the feature is complete, and whenever legacy was.
fn is_written_twice(feature: &Feature, side: Path) -> bool {
    match side {
        Path::Legacy => true,
        Path::Candidate => !feature.is_complete(),
    }
}

fn put(file: &FileRecord, side: Path, next_at: DateTime<Utc>) -> FileTask {
    let (file, feature) = (file.id.clone(), file.feature);
    FileTask { file, feature, side, kind: TaskKind::Put, attempts: 0, next_at, last_error: None }
}

fn not_taken(error: SpoolError<FileError>) -> FileError {
    match error {
        SpoolError::Source(error) => error,
        SpoolError::TooLarge(most) => FileError::TooLarge(most),
        SpoolError::Full => FileError::Full,
        SpoolError::Failed(error) => FileError::Spool(error.to_string()),
    }
}

pub(super) fn side_error(error: OperationError) -> FileError {
    match error {
        OperationError::Side(error) => FileError::Side(error),
        OperationError::NotThereYet => FileError::Side(ManagerError::NotFound),
    }
}
