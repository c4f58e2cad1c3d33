//! What is done on one side, and who may do it at the same time. Not which side.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use tokio_util::task::TaskTracker;

use crate::domain::file::{Checksum, FileId, FileRecord, FileSide, SideState};
use crate::domain::path::Path;
use crate::server::clock::Clock;
use crate::server::files::locks::{Turn, Turns};
use crate::server::files::manager::{ByteStream, Existing, ManagerError, NewObject};
use crate::server::files::sides::Sides;
use crate::server::files::spool::{Spool, Spooled};
use crate::server::files::standing::Standing;
use crate::server::files::verified::{measure, verified, whole};
use crate::server::store::{Store, StoreError};

/// Files up to this size are checked before the first byte goes out, so that the other side can still answer.
pub(super) const CHECKED_FIRST_BYTES: u64 = 1 << 20;

/// What every operation works on.
pub(super) struct Core {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub sides: Sides,
    pub spool: Spool,
    /// The most bytes of one file.
    pub most: u64,
    pub turns: Turns,
    pub standing: Standing,
    /// What goes on after its caller has the answer.
    pub after: TaskTracker,
}

impl Core {
    /// A turn with an object that several files may share: from before it is written until the record says so, and from
    /// before it is found to be nobody's until it is gone.
    pub async fn object_turn(&self, side: Path, key: &str) -> Result<Turn, StoreError> {
        self.turns.wait(format!("{}/{key}", side.as_str())).await
    }

    /// A turn with a file.
    pub async fn file_turn(&self, file: &FileId) -> Result<Turn, StoreError> {
        self.turns.wait(format!("file/{file}")).await
    }

    /// The same, if nobody else has it.
    pub async fn file_turn_at_once(&self, file: &FileId) -> Result<Option<Turn>, StoreError> {
        self.turns.at_once(format!("file/{file}")).await
    }

    /// Writes `object` on `side`. Needs a turn with it.
    pub async fn write(&self, side: Path, object: &NewObject<'_>) -> Result<FileSide, ManagerError> {
        let manager = self.sides.of(side);
        let key = manager.key(object);
        let holders = self.store.object_holders(side, &key).await.map_err(unknown)?;
        let existing = if holders.sound > 0 { Existing::Share } else { Existing::Replace };
        manager.put(&key, object, existing).await?;
        Ok(FileSide { provider: manager.provider().to_owned(), provider_id: key, state: SideState::Present })
    }

    /// Opens `file` on `side`; small files are read and checked at once, large ones on their way.
    pub async fn open(self: &Arc<Self>, side: Path, file: &FileRecord) -> Result<ByteStream, ManagerError> {
        let opened = self.open_unwatched(side, file).await;
        if let Err(error @ (ManagerError::NotFound | ManagerError::Checksum { .. })) = &opened
            && file.side(side).state == SideState::Present
        {
            self.fail(side, file, error).await;
        }
        opened
    }

    async fn open_unwatched(self: &Arc<Self>, side: Path, file: &FileRecord) -> Result<ByteStream, ManagerError> {
        let at = file.side(side);
        let content = self.sides.of(side).get(&at.provider_id, None).await?;
        let Some(expected) = &file.sha256 else { return Ok(content.bytes) };
        if file.size <= CHECKED_FIRST_BYTES {
            let bytes = whole(content, expected, CHECKED_FIRST_BYTES).await?;
            return Ok(stream::iter((!bytes.is_empty()).then_some(Ok(bytes))).boxed());
        }
        let (core, record) = (Arc::clone(self), file.clone());
        Ok(verified(content.bytes, expected.clone(), move |error| {
            let error = error.clone();
            if matches!(error, ManagerError::Checksum { .. }) {
                let after = core.after.clone();
                after.spawn(async move { core.fail(side, &record, &error).await });
            }
        }))
    }

    /// Notes that an object is missing or spoilt, and has it written again.
    pub async fn fail(&self, side: Path, file: &FileRecord, error: &ManagerError) {
        let key = &file.side(side).provider_id;
        tracing::error!(file = %file.id, side = side.as_str(), key, %error, "a stored file is not what it should be");
        if let Err(error) = self.store.fail_object(side, key, &error.to_string(), self.clock.now()).await {
            tracing::error!(file = %file.id, error = &error as &dyn std::error::Error, "that could not be noted");
        }
    }

    /// The size and checksum of what `side` has of `file`.
    pub async fn measure(&self, side: Path, file: &FileRecord) -> Result<(u64, Checksum), ManagerError> {
        measure(self.sides.of(side).get(&file.side(side).provider_id, None).await?.bytes).await
    }

    /// All of `file` from `side`, checked.
    pub async fn fetch(&self, side: Path, file: &FileRecord) -> Result<Spooled, ManagerError> {
        let fetched = self.fetch_unwatched(side, file).await;
        if let Err(error @ (ManagerError::NotFound | ManagerError::Checksum { .. })) = &fetched
            && file.side(side).state == SideState::Present
        {
            self.fail(side, file, error).await;
        }
        fetched
    }

    async fn fetch_unwatched(&self, side: Path, file: &FileRecord) -> Result<Spooled, ManagerError> {
        let content = self.sides.of(side).get(&file.side(side).provider_id, None).await?;
        let spooled = self.spool.take(content.bytes, file.size).await?;
        match &file.sha256 {
            Some(expected) if *expected != spooled.sha256 => {
                Err(ManagerError::Checksum { expected: expected.clone(), found: spooled.sha256 })
            }
            _ => Ok(spooled),
        }
    }

    /// Removes the object that `side` has of `file`, unless another file has it too.
    pub async fn remove(&self, side: Path, file: &FileRecord) -> Result<(), ManagerError> {
        let key = &file.side(side).provider_id;
        let turn = self.object_turn(side, key).await.map_err(unknown)?;
        let holders = self.store.object_holders(side, key).await.map_err(unknown)?;
        if holders.live > 0 {
            return Ok(());
        }
        // Whoever has the turn by then may have begun to write it.
        self.store.check_turn(turn.store()).await.map_err(unknown)?;
        self.sides.of(side).delete(key).await
    }
}

/// Without the records nobody knows whose an object is.
pub(super) fn unknown(error: StoreError) -> ManagerError {
    match error {
        StoreError::Full => ManagerError::Full,
        error => ManagerError::Unavailable(error.to_string()),
    }
}
