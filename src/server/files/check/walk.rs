//! One walk over all records and all objects.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::look::Look;
use crate::domain::consistency::Finding;
use crate::domain::consistency::check::{Check, CheckId, Looked};
use crate::domain::consistency::examine::{GRACE, Needed, examine, examine_object};
use crate::domain::feature::FeatureId;
use crate::domain::file::{FileId, FileRecord, FileTask};
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::server::files::manager::{ManagerError, ObjectInfo};
use crate::server::state::AppState;
use crate::server::store::{FileQuery, StoreError};

/// How many records or objects are looked at between two notes of how far it has come.
const PAGE: u32 = 200;

/// How many files are looked at at once.
const AT_ONCE: usize = 4;

/// How often a file is looked at anew because it was changed meanwhile.
const LOOKS: u32 = 3;

/// Why a walk did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A side does not answer: what is missing there may well be there.
    #[error("{}: {error}", side.as_str())]
    Side { side: Path, error: ManagerError },
    /// Somebody has ended the check.
    #[error("the check was ended")]
    Ended,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A walk, and how far it has come.
pub struct Walk<'a> {
    state: &'a AppState,
    look: Look,
    check: CheckId,
    looked: Mutex<Looked>,
}

impl<'a> Walk<'a> {
    /// The walk of `check`.
    pub fn new(state: &'a AppState, look: Look, check: &Check) -> Self {
        Self { state, look, check: check.id, looked: Mutex::default() }
    }

    /// How much was looked at so far.
    pub fn looked(&self) -> Looked {
        Looked { bytes: self.look.bytes(), ..*self.looked.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Looks at everything.
    pub async fn everything(&self) -> Result<(), WalkError> {
        self.records().await?;
        for side in Path::ALL {
            self.objects(side).await?;
        }
        Ok(())
    }

    async fn records(&self) -> Result<(), WalkError> {
        let mut after = None;
        loop {
            let query = FileQuery { after, limit: PAGE, ..FileQuery::default() };
            let files = self.state.store.files(&query).await?;
            let Some(last) = files.last() else { return Ok(()) };
            after = Some(last.id.clone());
            let needed = needed(self.state).await?;
            let ids: Vec<FileId> = files.iter().map(|file| file.id.clone()).collect();
            let tasks = self.state.store.tasks_of(&ids).await?;
            let number = files.len();
            let found: Vec<Vec<Finding>> = stream::iter(files)
                .map(|file| {
                    let needed = needed.get(&file.feature).copied().unwrap_or(Needed::WhereRecorded);
                    self.file(file, &tasks, needed)
                })
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
            self.keep(&found.concat(), |looked| looked.records += number as u64).await?;
        }
    }

    /// What is wrong with a file, looked at again when something is: it may have been changed while it was looked at.
    async fn file(&self, file: FileRecord, tasks: &[FileTask], needed: Needed) -> Result<Vec<Finding>, WalkError> {
        let store = &self.state.store;
        let id = file.id.clone();
        let mut tasks: Vec<FileTask> = tasks.iter().filter(|task| task.file == id).cloned().collect();
        let mut file = file;
        for _ in 0..LOOKS {
            let facts = self.look.facts(&file, &tasks, needed, self.state.clock.now()).await;
            let found = examine(&facts.map_err(|(side, error)| WalkError::Side { side, error })?);
            if found.is_empty() {
                return Ok(found);
            }
            let present_tasks = store.tasks_of(std::slice::from_ref(&id)).await?;
            let Some(present) = store.file(&id).await? else { return Ok(Vec::new()) };
            if present == file && present_tasks == tasks {
                return Ok(found);
            }
            (file, tasks) = (present, present_tasks);
        }
        // It is in use; the next check sees it.
        Ok(Vec::new())
    }

    async fn objects(&self, side: Path) -> Result<(), WalkError> {
        let failed = |error| WalkError::Side { side, error };
        let mut listed = self.look.sides.of(side).list().try_chunks(PAGE as usize);
        while let Some(objects) = listed.next().await {
            let objects = objects.map_err(|error| failed(error.1))?;
            let number = objects.len() as u64;
            let found = self.without_record(side, objects).await.map_err(|error| match error {
                LostError::Side(error) => failed(error),
                LostError::Store(error) => error.into(),
            })?;
            self.keep(&found, |looked| looked.objects += number).await?;
        }
        Ok(())
    }

    async fn without_record(&self, side: Path, objects: Vec<ObjectInfo>) -> Result<Vec<Finding>, LostError> {
        let now = self.state.clock.now();
        let is_old = |object: &ObjectInfo| object.modified_at.is_none_or(|at| now - at >= GRACE);
        let objects: Vec<ObjectInfo> = objects.into_iter().filter(is_old).collect();
        let keys: Vec<String> = objects.iter().map(|object| object.key.clone()).collect();
        let owners = self.state.store.object_owners(side, &keys).await?;
        let mut found = Vec::new();
        for (object, owner) in objects.iter().zip(owners) {
            let finding = examine_object(side, &object.key, object.size, object.modified_at, owner, now);
            // It may have been removed since it was listed.
            if let Some(finding) = finding
                && self.look.sides.of(side).head(&object.key).await?.is_some()
            {
                found.push(finding);
            }
        }
        Ok(found)
    }

    /// Keeps what was found, and how far it has come.
    async fn keep(&self, found: &[Finding], count: impl FnOnce(&mut Looked)) -> Result<(), WalkError> {
        let now = self.state.clock.now();
        if !found.is_empty() {
            self.state.store.keep_findings(self.check, found, now).await?;
        }
        {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            looked.found += found.len() as u64;
            count(&mut looked);
        }
        if self.state.store.note_check(self.check, &self.looked(), now).await? { Ok(()) } else { Err(WalkError::Ended) }
    }
}

/// Why an object could not be looked at.
#[derive(Debug, thiserror::Error)]
enum LostError {
    #[error(transparent)]
    Side(#[from] ManagerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the files of each feature have to be now.
pub(in crate::server::files) async fn needed(state: &AppState) -> Result<HashMap<FeatureId, Needed>, StoreError> {
    let features = state.store.features().await?;
    let of = |full| if full { Needed::OnCandidate } else { Needed::WhereRecorded };
    Ok(features.into_iter().map(|it| (it.id, of(it.is_complete() || it.configured == Percentage::FULL))).collect())
}
