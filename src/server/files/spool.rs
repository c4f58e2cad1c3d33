//! Where a file waits until it is whole and checked: an open file without a name, gone with the program whatever
//! happens.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::manager::ManagerError;
use crate::domain::file::Checksum;

/// How much is read or written at once.
pub const CHUNK_BYTES: usize = 256 << 10;

/// A folder for files that are not whole yet.
#[derive(Clone, Debug)]
pub struct Spool(PathBuf);

/// Why a file did not become whole.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError<E> {
    /// It has more bytes than are taken.
    #[error("the content has more than {0} bytes")]
    TooLarge(u64),
    /// Whoever sends it failed.
    #[error(transparent)]
    Source(E),
    /// There is no room for it here.
    #[error("the disk is full")]
    Full,
    /// It could not be written here.
    #[error("the content could not be kept: {0}")]
    Failed(#[source] io::Error),
}

/// A file that is whole: its bytes, and what they are.
#[derive(Clone, Debug)]
pub struct Spooled {
    file: Arc<File>,
    pub size: u64,
    pub sha256: Checksum,
}

impl Spool {
    /// A spool in `folder`, which is made if it is not there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Takes in `source`, at most `most` bytes.
    pub async fn take<E>(
        &self,
        source: impl Stream<Item = Result<Bytes, E>> + Send,
        most: u64,
    ) -> Result<Spooled, SpoolError<E>> {
        let file = tempfile::tempfile_in(&self.0).map_err(failed)?;
        let mut writer = tokio::fs::File::from_std(file);
        let (mut size, mut sha256) = (0, Sha256::new());
        let mut source = std::pin::pin!(source);
        while let Some(chunk) = source.next().await {
            let chunk = chunk.map_err(SpoolError::Source)?;
            size += chunk.len() as u64;
            if size > most {
                return Err(SpoolError::TooLarge(most));
            }
            sha256.update(&chunk);
            writer.write_all(&chunk).await.map_err(failed)?;
        }
        // Writing goes on behind `write_all`, and what comes of it is told here.
        writer.flush().await.map_err(failed)?;
        let file = Arc::new(writer.into_std().await);
        Ok(Spooled { file, size, sha256: Checksum::of_digest(sha256.finalize().into()) })
    }
}

fn failed<E>(error: io::Error) -> SpoolError<E> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SpoolError::Full,
        _ => SpoolError::Failed(error),
    }
}

impl From<SpoolError<Self>> for ManagerError {
    fn from(error: SpoolError<Self>) -> Self {
        match error {
            SpoolError::Source(error) => error,
            SpoolError::Full => Self::Full,
            SpoolError::TooLarge(_) => Self::Refused(error.to_string()),
            SpoolError::Failed(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl Spooled {
    /// Its bytes, from the beginning.
    pub fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let whole = self.clone();
        stream::try_unfold(0, move |at| {
            let whole = whole.clone();
            async move {
                let chunk =
                    tokio::task::spawn_blocking(move || whole.read_at(at)).await.map_err(io::Error::other)??;
                let next = at + chunk.len() as u64;
                Ok((!chunk.is_empty()).then_some((chunk, next)))
            }
        })
    }

    /// The next bytes from `at` on; none at the end. Blocks.
    pub fn read_at(&self, at: u64) -> io::Result<Bytes> {
        let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let mut chunk = vec![0; left];
        self.file.read_exact_at(&mut chunk, at)?;
        Ok(chunk.into())
    }

    /// The same bytes but for one in the middle, which is another; as they are where there are none.
    pub fn spoilt(&self) -> io::Result<Self> {
        let mut copy = tempfile::tempfile()?;
        let mut at = 0;
        while at < self.size {
            let mut chunk = self.read_at(at)?.to_vec();
            if let Some(byte) =
                usize::try_from(self.size / 2 - at.min(self.size / 2)).ok().and_then(|it| chunk.get_mut(it))
                && at <= self.size / 2
            {
                *byte ^= 1;
            }
            io::Write::write_all(&mut copy, &chunk)?;
            at += chunk.len() as u64;
        }
        // It goes on saying of itself what it should be.
        Ok(Self { file: Arc::new(copy), size: self.size, sha256: self.sha256.clone() })
    }
}

/// Hashes what goes by, and says at the end whether it is what it should be.
pub struct Check<'a> {
    expected: &'a Checksum,
    sha256: Sha256,
}

impl<'a> Check<'a> {
    /// Against `expected`.
    pub fn of(expected: &'a Checksum) -> Self {
        Self { expected, sha256: Sha256::new() }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
    }

    /// Whether all that was taken is what was expected.
    pub fn finish(self) -> Result<(), ManagerError> {
        let found = Checksum::of_digest(self.sha256.finalize().into());
        if found == *self.expected {
            return Ok(());
        }
        Err(ManagerError::Checksum { expected: self.expected.clone(), found })
    }
}
