//! Taking over what only legacy has: files that lie there without a record are given one, and every file is copied and
//! read back. It goes on where it was after a restart.

use std::time::Duration;

use futures::TryStreamExt as _;

use super::{FileError, FileService};
use crate::domain::backfill::{Backfill, BackfillState};
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::FeatureKey;
use crate::domain::file::{FileId, FileRecord, FileSide, FileTask, Metadata, SideState, TaskKind};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::path::Path;
use crate::server::commands::ids;
use crate::server::files::manager::{ManagerError, ObjectInfo};
use crate::server::files::verified::measure;
use crate::server::store::FileQuery;

/// How many files are copied between two notes of how far it has come.
const STEP: u32 = 20;

/// How much is copied in a second, so that requests have their share of disk and line.
const BYTES_PER_SECOND: u64 = 64 << 20;

/// How long it may take in turn with others before the next step.
const PAUSE: Duration = Duration::from_millis(20);

impl FileService {
    /// Begins a feature's backfill, or gives the one under way.
    pub async fn begin_backfill(&self, key: &FeatureKey) -> Result<Backfill, FileError> {
        let (_, feature) = self.feature(key).await?;
        let known = self.backfill_of(feature.id).await?;
        let now = self.inner.core.clock.now();
        let progress = match known {
            Some(progress) if progress.state.is_open() => return Ok(progress),
            // It was stopped: it goes on where it was, once legacy was looked through again.
            Some(progress) if progress.state == BackfillState::Stopped => {
                Backfill { state: BackfillState::Adopting, updated_at: now, ..progress }
            }
            _ => Backfill::begun(now),
        };
        self.inner.core.store.set_file_backfill(feature.id, &progress).await?;
        Ok(progress)
    }

    /// Every feature's backfill, as far as it has come.
    pub async fn backfills(&self) -> Result<Vec<(Feature, Backfill)>, FileError> {
        let features = self.inner.core.store.features().await?;
        let mut found = Vec::new();
        for (id, progress) in self.inner.core.store.file_backfills().await? {
            if let Some(feature) = features.iter().find(|feature| feature.id == id) {
                found.push((feature.clone(), progress));
            }
        }
        Ok(found)
    }

    async fn backfill_of(&self, feature: FeatureId) -> Result<Option<Backfill>, FileError> {
        let all = self.inner.core.store.file_backfills().await?;
        Ok(all.into_iter().find(|(id, _)| *id == feature).map(|(_, progress)| progress))
    }

    /// Goes one step on with a feature's backfill, and says how far it has come.
    pub async fn step_backfill(&self, key: &FeatureKey) -> Result<Option<Backfill>, FileError> {
        let core = &self.inner.core;
        self.here()?;
        let (migration, feature) = self.feature(key).await?;
        let Some(mut progress) = self.backfill_of(feature.id).await?.filter(|it| it.state.is_open()) else {
            return Ok(None);
        };
        let stepped = match progress.state {
            BackfillState::Adopting => self.adopt_all(&feature, &mut progress).await,
            _ if self.is_switched_off(&migration, &feature) => {
                progress.state = BackfillState::Waiting;
                Ok(())
            }
            _ => self.copy_some(&feature, &mut progress).await,
        };
        if let Err(error) = stepped {
            progress.state = BackfillState::Stopped;
            progress.last_error = Some(error.to_string());
        }
        progress.updated_at = core.clock.now();
        core.store.set_file_backfill(feature.id, &progress).await?;
        Ok(Some(progress))
    }

    /// Gives a record to every file that lies in legacy without one. Again and again it adds nothing.
    async fn adopt_all(&self, feature: &Feature, progress: &mut Backfill) -> Result<(), FileError> {
        let core = &self.inner.core;
        let mut objects = core.sides.legacy.list();
        while let Some(object) = objects.try_next().await.map_err(FileError::Side)? {
            if is_ours(&object.key) || core.store.file_at(Path::Legacy, &object.key).await?.is_some() {
                continue;
            }
            match self.adopt(feature, &object).await {
                Ok(adopted) => progress.adopted += u64::from(adopted),
                // It was removed meanwhile, or cannot be read; the rest can.
                Err(FileError::Side(error)) => {
                    progress.failed += 1;
                    progress.last_error = Some(format!("{}: {error}", object.key));
                }
                Err(error) => return Err(error),
            }
            if progress.adopted % u64::from(STEP) == 0 {
                progress.updated_at = core.clock.now();
                core.store.set_file_backfill(feature.id, progress).await?;
            }
        }
        progress.state = BackfillState::Copying;
        progress.last_id = None;
        Ok(())
    }

    async fn adopt(&self, feature: &Feature, object: &ObjectInfo) -> Result<bool, FileError> {
        let core = &self.inner.core;
        let content = core.sides.legacy.get(&object.key, None).await.map_err(FileError::Side)?;
        let (size, sha256) = measure(content.bytes).await.map_err(FileError::Side)?;
        self.pace(size).await;
        let name = FileName::of_key(&object.key);
        let guessed = mime_guess::from_path(name.as_str()).first_raw();
        let side = |side: Path, provider_id: &str, state| FileSide {
            provider: core.sides.of(side).provider().to_owned(),
            provider_id: provider_id.to_owned(),
            state,
        };
        let now = core.clock.now();
        let file = FileRecord {
            id: FileId(ids::new(now)),
            feature: feature.id,
            mime_type: guessed.and_then(|it| MimeType::parse(it).ok()).unwrap_or_else(MimeType::unknown),
            original_name: name,
            size,
            sha256: Some(sha256),
            created_at: object.modified_at.unwrap_or(now),
            metadata: Metadata::new(),
            legacy: side(Path::Legacy, &object.key, SideState::Present),
            // Its key follows from its content, and is known when it is written.
            candidate: side(Path::Candidate, "", SideState::Absent),
            deleted_at: None,
        };
        Ok(core.store.adopt_file(&file, Path::Legacy).await?)
    }

    /// Copies the next files that the candidate lacks.
    async fn copy_some(&self, feature: &Feature, progress: &mut Backfill) -> Result<(), FileError> {
        let query = FileQuery {
            feature: Some(feature.id),
            after: progress.last_id.clone(),
            lacking: Some(Path::Candidate),
            limit: STEP,
            ..FileQuery::default()
        };
        let files = self.inner.core.store.files(&query).await?;
        progress.state = if files.is_empty() { BackfillState::Complete } else { BackfillState::Copying };
        for file in files {
            match self.copy(&file).await? {
                Some(Ok(())) => {
                    progress.copied += 1;
                    progress.copied_bytes += file.size;
                }
                Some(Err(error)) => {
                    progress.failed += 1;
                    progress.last_error = Some(format!("{}: {error}", file.id));
                }
                // Somebody else is at it.
                None => {}
            }
            self.pace(file.size).await;
            progress.last_id = Some(file.id);
        }
        Ok(())
    }

    /// Copies one file and reads back what was written.
    async fn copy(&self, file: &FileRecord) -> Result<Option<Result<(), ManagerError>>, FileError> {
        let core = &self.inner.core;
        let task = FileTask {
            file: file.id.clone(),
            feature: file.feature,
            side: Path::Candidate,
            kind: TaskKind::Put,
            attempts: 0,
            next_at: core.clock.now(),
            last_error: None,
        };
        let Some(settled) = self.settle(&task, None).await? else { return Ok(None) };
        if settled.result.is_err() {
            return Ok(Some(settled.result));
        }
        let Some(copied) = core.store.file(&file.id).await?.filter(|file| file.deleted_at.is_none()) else {
            return Ok(None);
        };
        let checked = match (core.measure(Path::Candidate, &copied).await, copied.sha256.clone()) {
            (Ok((_, found)), Some(expected)) if found != expected => Err(ManagerError::Checksum { expected, found }),
            (measured, _) => measured.map(drop),
        };
        if let Err(error) = &checked {
            core.fail(Path::Candidate, &copied, error).await;
        }
        Ok(Some(checked))
    }

    /// Lets others have their share.
    async fn pace(&self, bytes: u64) {
        let copying = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND as f64);
        if copying > PAUSE {
            tokio::time::sleep(copying).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

/// Whether the file service chose the key: what has no record then was never acknowledged, or is being written.
fn is_ours(key: &str) -> bool {
    key.get(..36).is_some_and(|start| FileId::parse(start).is_some())
        && matches!(key.as_bytes().get(36), None | Some(b'.'))
}
