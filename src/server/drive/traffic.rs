//! What a driver does: uploads, downloads and deletes of random files, for some users, on all features of the example.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::{StreamExt as _, stream};

use super::works::MOST_BYTES;
use super::{FEATURES, keys};
use crate::domain::feature_key::FeatureKey;
use crate::domain::file::{FileId, FileRecord, Metadata};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::unit::Unit;
use crate::facade::{Even, Sampler as _};
use crate::server::files::service::{FileError, FileService, NewFile};
use crate::server::store::{FileQuery, Store, StoreError};

/// How many users there are.
const USERS: u16 = 40;

/// The most files kept of a feature: beyond, the oldest is deleted.
const KEPT: usize = 100;

/// One upload in so many is large.
const LARGE: f64 = 1.0 / 200.0;

/// What was uploaded so far, and what comes next.
pub(super) struct Traffic {
    features: Vec<Drives>,
    draws: Even,
}

struct Drives {
    key: FeatureKey,
    /// The most bytes of its usual files.
    usual_bytes: u64,
    files: Mutex<VecDeque<FileId>>,
}

impl Traffic {
    /// On the features of the example, with no file yet.
    pub fn new() -> Self {
        let sizes = FEATURES.map(|(_, bytes)| bytes);
        let drives = |(key, usual_bytes)| Drives { key, usual_bytes, files: Mutex::default() };
        Self { features: keys().zip(sizes).map(drives).collect(), draws: Even::default() }
    }

    /// Goes on with the files of earlier traffic in `store`.
    pub async fn adopt(&self, store: &dyn Store) -> Result<(), StoreError> {
        for drives in &self.features {
            let Some((_, feature)) = store.feature(&drives.key).await? else { continue };
            let mut query = FileQuery { feature: Some(feature.id), limit: PAGE, ..FileQuery::default() };
            loop {
                let page = store.files(&query).await?;
                query.after = page.last().map(|file| file.id.clone());
                drives.files().extend(page.into_iter().filter(is_of_driver).map(|file| file.id));
                if query.after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Its files, oldest first by feature.
    #[cfg(test)]
    pub fn kept(&self) -> Vec<FileId> {
        self.features.iter().flat_map(|drives| drives.files().iter().cloned().collect::<Vec<_>>()).collect()
    }

    /// Does one thing with `service`.
    pub async fn step(&self, service: &FileService) -> Result<(), FileError> {
        let Some(drives) = self.features.get(self.below(self.features.len() as u64)) else { return Ok(()) };
        let unit = Unit::parse(&format!("user{}", self.below(USERS.into()))).ok();
        let kept = drives.files().len();
        match self.draws.draw() {
            _ if kept < 3 => self.upload(service, drives, unit).await,
            _ if kept >= KEPT => self.delete(service, drives, unit).await,
            draw if draw < 0.4 => self.upload(service, drives, unit).await,
            draw if draw < 0.9 => self.download(service, drives, unit).await,
            _ => self.delete(service, drives, unit).await,
        }
    }

    async fn upload(&self, service: &FileService, drives: &Drives, unit: Option<Unit>) -> Result<(), FileError> {
        let large = self.draws.draw() < LARGE;
        let most = if large { MOST_BYTES } else { drives.usual_bytes };
        let content = self.content(1 + self.below(most) as u64);
        let (extension, mime_type) = KINDS[self.below(KINDS.len() as u64)];
        let name = FileName::parse(&format!("example-{}.{extension}", self.below(1 << 20)));
        let (Ok(name), Ok(mime_type)) = (name, MimeType::parse(mime_type)) else { return Ok(()) };
        let new = NewFile {
            feature: drives.key.clone(),
            unit,
            name,
            mime_type,
            metadata: Metadata::from_iter([(MADE_BY.0.to_owned(), MADE_BY.1.into())]),
            announced: None,
        };
        let body = stream::iter(content.chunks(CHUNK_BYTES).map(Bytes::copy_from_slice).map(Ok).collect::<Vec<_>>());
        let done = service.upload(new, body).await?;
        if let Some(id) = done.file_reference.and_then(|file| FileId::parse(&file.id)) {
            drives.files().push_back(id);
        }
        Ok(())
    }

    async fn download(&self, service: &FileService, drives: &Drives, unit: Option<Unit>) -> Result<(), FileError> {
        let id = {
            let files = drives.files();
            files.get(self.below(files.len() as u64)).cloned()
        };
        let Some(id) = id else { return Ok(()) };
        let mut bytes = service.download(&id, unit.as_ref()).await?.bytes;
        while let Some(chunk) = bytes.next().await {
            chunk.map_err(FileError::Side)?;
        }
        Ok(())
    }

    async fn delete(&self, service: &FileService, drives: &Drives, unit: Option<Unit>) -> Result<(), FileError> {
        let id = drives.files().pop_front();
        let Some(id) = id else { return Ok(()) };
        service.delete(&id, unit.as_ref()).await.map(drop)
    }

    /// A number from 0 up to, but not including, `most`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a draw is from 0 to 1")]
    fn below(&self, most: u64) -> usize {
        (self.draws.draw() * most as f64) as usize
    }

    /// So many bytes, no two files alike.
    fn content(&self, bytes: u64) -> Vec<u8> {
        let words = bytes.div_ceil(8);
        let mut content: Vec<u8> = (0..words).flat_map(|_| self.draws.draw().to_bits().to_le_bytes()).collect();
        content.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        content
    }
}

impl Drives {
    fn files(&self) -> MutexGuard<'_, VecDeque<FileId>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_of_driver(file: &FileRecord) -> bool {
    file.metadata.get(MADE_BY.0).is_some_and(|maker| maker == MADE_BY.1)
}

/// By what its files are known.
const MADE_BY: (&str, &str) = ("made_by", "crossfade's driver");

/// How many records are looked at at once.
const PAGE: u32 = 500;

/// How much of a body arrives at once.
const CHUNK_BYTES: usize = 64 << 10;

const KINDS: [(&str, &str); 4] =
    [("pdf", "application/pdf"), ("txt", "text/plain"), ("png", "image/png"), ("json", "application/json")];
