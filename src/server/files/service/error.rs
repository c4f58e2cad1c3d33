//! Why the file service did not do something.

use crate::domain::field_error::FieldError;
use crate::domain::file::Checksum;
use crate::server::files::manager::ManagerError;
use crate::server::store::StoreError;

/// Why a file operation failed. Nothing of it is to be seen then.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("there is no feature {0:?}")]
    UnknownFeature(String),
    #[error("there is no file {0:?}")]
    NotFound(String),
    /// What was said of it cannot be taken.
    #[error("some fields are invalid")]
    Invalid(Vec<FieldError>),
    #[error("a file has at most {0} bytes")]
    TooLarge(u64),
    /// Its sender broke off.
    #[error("the body is cut off or not what its headers say: {0}")]
    CutOff(String),
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    #[error("the content has the SHA-256 {found}, and {expected} was announced")]
    NotAsAnnounced { expected: Checksum, found: Checksum },
    /// There is no room here for what arrives.
    #[error("the disk that holds the files is full; nothing was kept")]
    Full,
    /// Others keep files where this instance does not see them.
    #[error("this instance keeps files in other folders or buckets than {instance}, which was there before it")]
    Elsewhere {
        /// One of them.
        instance: String,
    },
    /// It began a moment ago, and nobody said yet where files are.
    #[error("the instances have not agreed yet on who leads")]
    NobodyLeads,
    /// A storage side did not do it.
    #[error(transparent)]
    Side(ManagerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What arrives could not be kept.
    #[error("the content could not be kept here: {0}")]
    Spool(String),
}
