//! The queue: what is still to be done on one side of a file, done or put off.

use chrono::TimeDelta;

use super::FileService;
use super::core::unknown;
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileRecord, FileSide, FileTask, SideState, TaskKind};
use crate::domain::path::Path;
use crate::server::files::locks::Turn;
use crate::server::files::manager::{ManagerError, NewObject};
use crate::server::files::spool::Spooled;
use crate::server::store::{FileTaskQuery, SideWrite, StoreError, TaskWrite};

/// How many tasks are looked at in one go.
const BATCH: u32 = 100;

/// The wait after the first failure; it doubles with each one more.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// The longest wait between attempts.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub result: Result<(), ManagerError>,
}

impl FileService {
    /// Does what is due, and says whether there is more of it. What is to be done on a candidate that is switched off
    /// waits.
    pub async fn settle_due(&self) -> Result<bool, StoreError> {
        let core = &self.inner.core;
        let now = core.clock.now();
        let query = FileTaskQuery {
            due_by: Some(now),
            without_candidate_of: self.switched_off().await?,
            limit: BATCH,
            ..FileTaskQuery::default()
        };
        let tasks = core.store.file_tasks(&query).await?;
        let mut settled = 0;
        for task in &tasks {
            settled += u32::from(self.settle(task, None).await?.is_some());
        }
        Ok(settled == BATCH)
    }

    /// The features of which the candidate is switched off.
    async fn switched_off(&self) -> Result<Vec<FeatureId>, StoreError> {
        let snapshots = self.inner.core.store.snapshots().await?;
        let off = snapshots.iter().filter(|it| self.is_switched_off(&it.migration, &it.feature));
        Ok(off.map(|snapshot| snapshot.feature.id).collect())
    }

    /// Does `task`, with the file's bytes when they are at hand; `None` when there was nothing to do, when it has to wait,
    /// when somebody is at it or when this instance may not work on files.
    pub(super) async fn settle(
        &self,
        task: &FileTask,
        at_hand: Option<Spooled>,
    ) -> Result<Option<Settled>, StoreError> {
        let core = &self.inner.core;
        let FileTask { file: id, side, .. } = task;
        if self.here().is_err() {
            return Ok(None);
        }
        if *side == Path::Candidate && self.switched_off().await?.contains(&task.feature) {
            return Ok(None);
        }
        let Some(_turn) = core.file_turn_at_once(id).await? else { return Ok(None) };
        // It may have been deleted, or done, since the task was read.
        let Some(file) = core.store.file(id).await? else { return Ok(None) };
        let state = file.side(*side).state;
        let kind = if file.deleted_at.is_some() { TaskKind::Delete } else { TaskKind::Put };
        let mut object = None;
        let done = match (kind, state) {
            (TaskKind::Put, SideState::Present) | (TaskKind::Delete, SideState::Absent) => Ok(file.side(*side).clone()),
            (TaskKind::Put, _) => self.put(&file, *side, at_hand, &mut object).await,
            (TaskKind::Delete, _) => {
                let gone = FileSide { state: SideState::Absent, ..file.side(*side).clone() };
                core.remove(*side, &file).await.map(|()| gone)
            }
        };
        let now = core.clock.now();
        let result = done.as_ref().map(drop).map_err(Clone::clone);
        let write = match done {
            Ok(at) => SideWrite { file: id.clone(), side: *side, now: at, task: TaskWrite::Done },
            Err(error) => {
                let attempts = task.attempts + 1;
                tracing::warn!(file = %id, side = side.as_str(), kind = kind.as_str(), attempts, %error, "a side of a file is behind");
                let last_error = Some(error.to_string());
                let task = TaskWrite::Due { kind, attempts, next_at: now + wait(attempts), last_error };
                let state = if state == SideState::Absent { SideState::Pending } else { state };
                SideWrite { file: id.clone(), side: *side, now: FileSide { state, ..file.side(*side).clone() }, task }
            }
        };
        core.store.set_file_side(&write, object.as_ref().map(Turn::store), now).await?;
        Ok(Some(Settled { result }))
    }

    /// Writes a side from the bytes at hand, or else from the other side, in a turn with the object that is kept for whoever
    /// records it.
    async fn put(
        &self,
        file: &FileRecord,
        side: Path,
        at_hand: Option<Spooled>,
        turn: &mut Option<Turn>,
    ) -> Result<FileSide, ManagerError> {
        let core = &self.inner.core;
        if file.side(side).state == SideState::Failed && self.is_sound(file, side).await {
            return Ok(FileSide { state: SideState::Present, ..file.side(side).clone() });
        }
        let content = match at_hand {
            Some(content) => content,
            None => core.fetch(side.other(), file).await?,
        };
        let object =
            NewObject { id: &file.id, name: &file.original_name, mime_type: &file.mime_type, content: &content };
        let key = core.sides.of(side).key(&object);
        *turn = Some(core.object_turn(side, &key).await.map_err(unknown)?);
        core.write(side, &object).await
    }

    /// Whether what was found missing or spoilt is there and right after all.
    async fn is_sound(&self, file: &FileRecord, side: Path) -> bool {
        match (&file.sha256, self.inner.core.measure(side, file).await) {
            (Some(expected), Ok((size, found))) => size == file.size && found == *expected,
            _ => false,
        }
    }
}

/// How long to wait after that many failures.
fn wait(attempts: u32) -> TimeDelta {
    // More doublings than these are beyond the longest wait by far.
    let doubled = 1 << attempts.saturating_sub(1).min(20);
    FIRST_WAIT.checked_mul(doubled).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        for (attempts, seconds) in [(1, 1), (2, 2), (5, 16), (10, 512), (11, 600), (31, 600), (32, 600), (1_000, 600)] {
            assert_eq!(wait(attempts).num_seconds(), seconds, "{attempts}");
        }
    }
}
