//! Deleting a file: the record says so first, and is obeyed by everyone; then each side is rid of it.

use super::{FileError, FileService, UnderWay};
use crate::domain::file::{FileId, FileTask, SideState, TaskKind};
use crate::domain::unit::Unit;
use crate::server::store::{SideWrite, TaskWrite};
use crate::views::file::FileOperationResult;

impl FileService {
    /// Deletes a file. When this returns nobody can read it any more, and nothing brings it back; a side that could not
    /// be rid of it gets so by the queue.
    pub async fn delete(&self, id: &FileId, unit: Option<&Unit>) -> Result<FileOperationResult, FileError> {
        let under_way = UnderWay::begin(&*self.inner.core.clock);
        self.here()?;
        let file = self.record(id).await?;
        let feature = self.feature_of(&file).await?;
        let (service, id, unit) = (self.clone(), id.clone(), unit.cloned());
        let deleting = async move {
            let core = &service.inner.core;
            // Whoever writes a side of it is to end first, or it would be removed before it is there.
            let turn = core.file_turn(&id).await?;
            let now = core.clock.now();
            let Some(file) = core.store.delete_file(&id, now).await? else {
                return Err(FileError::NotFound(id.to_string()));
            };
            let by_itself = Unit::parse(id.as_str()).ok();
            let unit = unit.as_ref().or(by_itself.as_ref());
            let answered = service.inner.facade.call(&service.inner.delete, &feature.key, unit, file.clone()).await;
            let side = answered.path;
            match answered.result {
                Ok(side) if file.side(side).state != SideState::Absent => {
                    let mut at = file.side(side).clone();
                    at.state = SideState::Absent;
                    let write = SideWrite { file: id.clone(), side, now: at, task: TaskWrite::Done };
                    // The queue would only find out once more.
                    let _ = core.store.set_file_side(&write, None, now).await;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(file = %id, %error, "a deleted file is still there; the queue removes it"),
            }
            drop(turn);
            let other = side.other();
            if file.side(other).state != SideState::Absent {
                let task = FileTask {
                    file: id,
                    feature: file.feature,
                    side: other,
                    kind: TaskKind::Delete,
                    attempts: 0,
                    next_at: now,
                    last_error: None,
                };
                let after = service.clone();
                service.inner.core.after.spawn(async move { after.settle(&task, None).await });
            }
            Ok((file, side))
        };
        let deleted = self.inner.core.after.spawn(deleting).await;
        let (file, side) = deleted.map_err(|error| FileError::Spool(error.to_string()))??;
        Ok(under_way.done(&file, side))
    }
}
