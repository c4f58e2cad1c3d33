//! What a side has of one file, read or only asked for. Not what that means.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};

use crate::domain::consistency::check::CheckMode;
use crate::domain::consistency::examine::{Facts, Needed, Seen, SideFacts};
use crate::domain::file::{Checksum, FileRecord, FileTask, SideState};
use crate::domain::path::Path;
use crate::server::files::manager::ManagerError;
use crate::server::files::sides::Sides;

/// How many checksums of objects that files may share are remembered.
const REMEMBERED: usize = 10_000;

/// Looks at sides.
pub(in crate::server::files) struct Look {
    pub sides: Sides,
    mode: CheckMode,
    bytes_per_second: Option<NonZeroU64>,
    read: AtomicU64,
    /// What objects of the candidate were found to have: files with the same content are one object.
    shared: Mutex<HashMap<String, (u64, Checksum)>>,
}

impl Look {
    pub fn new(sides: Sides, mode: CheckMode, bytes_per_second: Option<NonZeroU64>) -> Self {
        Self { sides, mode, bytes_per_second, read: AtomicU64::new(0), shared: Mutex::default() }
    }

    /// How many bytes were read so far.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// All that `record` is examined by; `tasks` are those of its file. An error is of that side as a whole.
    pub async fn facts<'a>(
        &self,
        record: &'a FileRecord,
        tasks: &[FileTask],
        needed: Needed,
        now: DateTime<Utc>,
    ) -> Result<Facts<'a>, (Path, ManagerError)> {
        let legacy = self.side(record, tasks, Path::Legacy).await.map_err(|error| (Path::Legacy, error))?;
        let candidate = self.side(record, tasks, Path::Candidate).await.map_err(|error| (Path::Candidate, error))?;
        Ok(Facts { record, legacy, candidate, needed, now })
    }

    async fn side(&self, record: &FileRecord, tasks: &[FileTask], side: Path) -> Result<SideFacts, ManagerError> {
        let task = tasks.iter().find(|task| task.file == record.id && task.side == side).map(|task| task.kind);
        let at = record.side(side);
        let is_asked = at.state == SideState::Present && task.is_none();
        let seen = if is_asked { self.seen(side, &at.provider_id).await? } else { Seen::NotAsked };
        Ok(SideFacts { task, seen })
    }

    /// What `side` has under `key`. An error is of the side as a whole.
    pub async fn seen(&self, side: Path, key: &str) -> Result<Seen, ManagerError> {
        let looked = match self.mode {
            CheckMode::Quick => self.asked_for(side, key).await,
            CheckMode::Full => self.read(side, key).await,
        };
        let seen = match looked {
            Ok(seen @ Seen::There { .. }) => return Ok(seen),
            Ok(seen) => seen,
            Err(ManagerError::NotFound) => Seen::Missing,
            Err(error) => Seen::Unreadable(error.to_string()),
        };
        // Of a side that does not answer at all, nothing is missing: nobody knows.
        match self.sides.of(side).list().next().await {
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Ok(seen),
        }
    }

    async fn asked_for(&self, side: Path, key: &str) -> Result<Seen, ManagerError> {
        let found = self.sides.of(side).head(key).await?;
        Ok(found.map_or(Seen::Missing, |info| Seen::There { size: info.size, sha256: None }))
    }

    async fn read(&self, side: Path, key: &str) -> Result<Seen, ManagerError> {
        let known = (side == Path::Candidate).then(|| self.remembered().get(key).cloned()).flatten();
        let (size, sha256) = match known {
            Some(known) => known,
            None => self.measure(side, key).await?,
        };
        if side == Path::Candidate {
            let mut shared = self.remembered();
            if shared.len() >= REMEMBERED {
                shared.clear();
            }
            shared.insert(key.to_owned(), (size, sha256.clone()));
        }
        Ok(Seen::There { size, sha256: Some(sha256) })
    }

    async fn measure(&self, side: Path, key: &str) -> Result<(u64, Checksum), ManagerError> {
        let mut bytes = self.sides.of(side).get(key, None).await?.bytes;
        let (mut size, mut sha256) = (0, Sha256::new());
        while let Some(chunk) = bytes.try_next().await? {
            size += chunk.len() as u64;
            sha256.update(&chunk);
            self.read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if let Some(rate) = self.bytes_per_second {
                tokio::time::sleep(Duration::from_secs_f64(chunk.len() as f64 / rate.get() as f64)).await;
            }
        }
        Ok((size, Checksum::of_digest(sha256.finalize().into())))
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<String, (u64, Checksum)>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
