//! The unified side: content-addressed objects in a local folder or an S3-compatible bucket. Files with the same content
//! are one object; who still has it is for the records to say.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    ClientConfigKey, GetOptions, GetResultPayload, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt as _,
    PutPayload, RetryConfig,
};

use super::manager::{ByteStream, Content, Existing, Manager, ManagerError, NewObject, ObjectInfo};
use super::place;
use super::spool::{CHUNK_BYTES, Check};
use crate::domain::file::Checksum;
use crate::facade::remote::provide_tls;

/// What is sent at once; files up to this size are one request. S3 has at least 5 MiB a part, and 10,000 parts.
const PART_BYTES: usize = 8 << 20;

/// A larger part for larger files, so that 10,000 of them are enough for any.
const MOST_PARTS: u64 = 9_000;

/// How long a request that failed is sent again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Below what is configured, the folder of all objects: the kind of their address.
const KIND: &str = "sha256";

/// Where all of it is.
#[derive(Clone, Debug)]
enum Root {
    Folder(PathBuf),
    /// A bucket, by its address.
    Bucket(String),
}

/// Content-addressed objects.
#[derive(Clone, Debug)]
pub struct Unified {
    store: Arc<dyn ObjectStore>,
    root: Root,
    prefix: Path,
    provider: &'static str,
}

impl Unified {
    /// Objects in a local folder, which is made if it is not there.
    pub fn folder(root: &FilePath) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(io::Error::other)?.with_fsync(true);
        let root = Root::Folder(root.to_owned());
        Ok(Self { store: Arc::new(store), root, prefix: Path::default(), provider: "local" })
    }

    /// Objects in a bucket, below `prefix`. Where it is and who asks stands in the environment: `AWS_ENDPOINT`,
    /// `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and the others that AWS's own tools take.
    pub fn s3_from_environment(bucket: &str, prefix: &str) -> Result<Self, ManagerError> {
        provide_tls();
        Self::s3(AmazonS3Builder::from_env(), bucket, prefix)
    }

    /// Objects in a bucket that `builder` leads to, below `prefix`.
    pub fn s3(builder: AmazonS3Builder, bucket: &str, prefix: &str) -> Result<Self, ManagerError> {
        let set = |key| builder.get_config_value(&key).unwrap_or_default();
        let (endpoint, region) = (set(AmazonS3ConfigKey::Endpoint), set(AmazonS3ConfigKey::Region));
        let root = Root::Bucket(format!("s3 {endpoint} {region} {bucket}/{prefix}"));
        let store = builder
            .with_bucket_name(bucket)
            // The service checks the bytes that arrive against it.
            .with_checksum_algorithm(object_store::aws::Checksum::SHA256)
            // A large file takes as long as it takes, as long as something comes.
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), "1day")
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ReadTimeout), "30s")
            // The other side and the queue are there for what fails longer.
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: PATIENCE, ..RetryConfig::default() })
            .build()
            .map_err(error)?;
        Ok(Self { store: Arc::new(store), root, prefix: Path::from(prefix), provider: "s3" })
    }

    fn location(&self, key: &str) -> Result<Path, ManagerError> {
        let key = Path::parse(key).map_err(|error| ManagerError::Refused(error.to_string()))?;
        Ok(self.prefix.parts().chain(key.parts()).collect())
    }

    /// What stands behind the prefix in `location`, as a key.
    fn info(&self, meta: &ObjectMeta) -> ObjectInfo {
        let key = meta.location.prefix_match(&self.prefix).map(Path::from_iter).unwrap_or_default();
        let sha256 =
            Checksum::parse(&key.parts().skip(1).map(|part| part.as_ref().to_owned()).collect::<String>()).ok();
        ObjectInfo { key: key.to_string(), size: meta.size, sha256, modified_at: Some(meta.last_modified) }
    }

    async fn write(&self, location: &Path, object: &NewObject<'_>) -> Result<(), ManagerError> {
        let content = object.content;
        let mut check = Check::of(&content.sha256);
        let part_bytes = part_bytes(content.size);
        let mut chunks = std::pin::pin!(content.stream());
        if content.size <= part_bytes as u64 {
            let chunks: Vec<Bytes> = chunks.try_collect().await?;
            for chunk in &chunks {
                check.update(chunk);
            }
            check.finish()?;
            return self.store.put(location, chunks.into_iter().collect::<PutPayload>()).await.map(drop).map_err(error);
        }
        let mut upload = self.store.put_multipart(location).await.map_err(error)?;
        let written = async {
            let mut part = Vec::new();
            let mut length = 0;
            while let Some(chunk) = chunks.try_next().await? {
                check.update(&chunk);
                length += chunk.len();
                part.push(chunk);
                if length >= part_bytes {
                    // One after the other: memory is worth more here than time.
                    upload.put_part(part.drain(..).collect::<PutPayload>()).await.map_err(error)?;
                    length = 0;
                }
            }
            if length > 0 {
                upload.put_part(PutPayload::from_iter(part)).await.map_err(error)?;
            }
            check.finish()
        }
        .await;
        finish(&mut *upload, written).await
    }
}

/// Makes what was written visible, or leaves nothing of it.
async fn finish(upload: &mut dyn MultipartUpload, written: Result<(), ManagerError>) -> Result<(), ManagerError> {
    let finished = match written {
        Ok(()) => upload.complete().await.map(drop).map_err(error),
        Err(error) => Err(error),
    };
    if finished.is_err()
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(%error, "parts of an upload that failed may be left; a lifecycle rule removes them");
    }
    finished
}

fn part_bytes(size: u64) -> usize {
    let needed = usize::try_from(size / MOST_PARTS).unwrap_or(usize::MAX);
    // Whole chunks, so that all parts but the last are of one size, as some services ask.
    PART_BYTES.max(needed.div_ceil(CHUNK_BYTES) * CHUNK_BYTES)
}

#[async_trait]
impl Manager for Unified {
    fn provider(&self) -> &'static str {
        self.provider
    }

    fn key(&self, object: &NewObject<'_>) -> String {
        let (first, rest) = object.content.sha256.as_str().split_at(2);
        format!("{KIND}/{first}/{rest}")
    }

    async fn put(&self, key: &str, object: &NewObject<'_>, existing: Existing) -> Result<(), ManagerError> {
        let is_there = match existing {
            Existing::Share => self.head(key).await?.is_some_and(|found| found.size == object.content.size),
            Existing::Replace => false,
        };
        if is_there {
            return Ok(());
        }
        self.write(&self.location(key)?, object).await
    }

    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Content, ManagerError> {
        let options = GetOptions { range: range.map(Into::into), ..GetOptions::default() };
        let got = self.store.get_opts(&self.location(key)?, options).await.map_err(error)?;
        let size = got.meta.size;
        let range = got.range.clone();
        let bytes = match got.payload {
            // Its own stream asks the disk for 8 KiB at a time.
            GetResultPayload::File(file, _) => read_file(file, range),
            GetResultPayload::Stream(stream) => stream.map_err(error).boxed(),
        };
        Ok(Content { size, bytes })
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ManagerError> {
        match self.store.head(&self.location(key)?).await {
            Ok(meta) => Ok(Some(self.info(&meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(error(other)),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), ManagerError> {
        match self.store.delete(&self.location(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(other) => Err(error(other)),
        }
    }

    fn list(&self) -> BoxStream<'_, Result<ObjectInfo, ManagerError>> {
        let objects = self.prefix.clone().join(KIND);
        self.store.list(Some(&objects)).map_ok(|meta| self.info(&meta)).map_err(error).boxed()
    }

    async fn place(&self) -> Result<String, ManagerError> {
        match self.root.clone() {
            Root::Bucket(address) => Ok(address),
            Root::Folder(root) => match tokio::task::spawn_blocking(move || place::of_folder(&root)).await {
                Ok(named) => Ok(named?),
                Err(error) => Err(ManagerError::Unavailable(error.to_string())),
            },
        }
    }
}

/// The bytes of a file in that range, as far as it goes.
pub(super) fn read_file(file: File, range: Range<u64>) -> ByteStream {
    let file = Arc::new(file);
    stream::try_unfold(range, move |left| {
        let file = Arc::clone(&file);
        async move {
            let read = tokio::task::spawn_blocking(move || read_some(&file, &left).map(|chunk| (chunk, left)));
            let (chunk, left) = read.await.map_err(|error| ManagerError::Unavailable(error.to_string()))??;
            let next = left.start + chunk.len() as u64..left.end;
            Ok((!chunk.is_empty()).then_some((chunk, next)))
        }
    })
    .boxed()
}

fn read_some(file: &File, left: &Range<u64>) -> io::Result<Bytes> {
    let wanted = usize::try_from(left.end.saturating_sub(left.start)).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
    let mut chunk = vec![0; wanted];
    let length = file.read_at(&mut chunk, left.start)?;
    chunk.truncate(length);
    Ok(chunk.into())
}

/// What an error of the crate is to us: the reason at its bottom tells more than its kind.
fn error(error: object_store::Error) -> ManagerError {
    use object_store::Error;
    match &error {
        Error::NotFound { .. } => return ManagerError::NotFound,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } | Error::InvalidPath { .. } => {
            return ManagerError::Refused(error.to_string());
        }
        _ => {}
    }
    let mut cause: &(dyn std::error::Error + 'static) = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
        return ManagerError::Full;
    }
    ManagerError::Unavailable(error.to_string())
}
