//! What a storage side has to be able to do. A manager keeps bytes under keys; it knows of no records, features or
//! decisions.

use std::io;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;

use super::spool::Spooled;
use crate::domain::file::{Checksum, FileId};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;

/// A storage side.
#[async_trait]
pub trait Manager: Send + Sync + 'static {
    /// What kind of storage it is, as it stands in a reference: `folder`, `supabase`, `local`, `s3`.
    fn provider(&self) -> &'static str;

    /// The key that it gives to `object`: always the same to the same object.
    fn key(&self, object: &NewObject<'_>) -> String;

    /// Writes `object` under `key`, durably; nothing of it is to be seen before it is whole. What was written is
    /// hashed on the way, and kept only if it is what it should be.
    async fn put(&self, key: &str, object: &NewObject<'_>, existing: Existing) -> Result<(), ManagerError>;

    /// Reads the object under `key`, or a part of it. Nothing is checked here; see [`super::verified`].
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Content, ManagerError>;

    /// What is known of the object under `key`, without reading it.
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ManagerError>;

    /// Removes the object under `key`. It may be gone already.
    async fn delete(&self, key: &str) -> Result<(), ManagerError>;

    /// Every object that there is, in no particular order.
    fn list(&self) -> BoxStream<'_, Result<ObjectInfo, ManagerError>>;

    /// What it is known by among all storages of all machines: two managers that say the same have the same objects.
    async fn place(&self) -> Result<String, ManagerError>;

    /// How many faults were put into it on purpose.
    fn injected(&self) -> u64 {
        0
    }
}

/// An object to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewObject<'a> {
    pub id: &'a FileId,
    pub name: &'a FileName,
    pub mime_type: &'a MimeType,
    pub content: &'a Spooled,
}

/// What to do with an object that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is the same, as far as anybody knows: leave it, if its size is right.
    Share,
    /// Write over it.
    Replace,
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    pub key: String,
    pub size: u64,
    /// What its checksum is meant to be, where the side knows; nobody read it to find out.
    pub sha256: Option<Checksum>,
    pub modified_at: Option<DateTime<Utc>>,
}

/// The bytes of an object as they come.
pub type ByteStream = BoxStream<'static, Result<Bytes, ManagerError>>;

/// An object that is being read.
pub struct Content {
    /// How many bytes it has in all, whatever part of it was asked for.
    pub size: u64,
    pub bytes: ByteStream,
}

/// Why a side did not do something. No secret stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManagerError {
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// There is no room for it.
    #[error("the storage is full")]
    Full,
    /// It will not do that however often it is asked.
    #[error("the storage refused it: {0}")]
    Refused(String),
    /// It does not answer, or failed at it; it may do it later.
    #[error("the storage failed: {0}")]
    Unavailable(String),
    /// The bytes are not those that were meant.
    #[error("the content has the checksum {found} and should have {expected}")]
    Checksum { expected: Checksum, found: Checksum },
}

impl ManagerError {
    /// A word for counting it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Full => "storage_full",
            Self::Refused(_) => "refused",
            Self::Unavailable(_) => "unavailable",
            Self::Checksum { .. } => "checksum",
        }
    }
}

impl From<io::Error> for ManagerError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename => Self::Refused(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
