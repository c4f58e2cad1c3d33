//! What stands in the way of work on a whole database.

use std::path::PathBuf;

use crate::server::store::StoreError;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no database {0}")]
    NoDatabase(String),
    /// A file could not be read, written or renamed.
    #[error("{what} {path}")]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    /// What is there forbids it; in words.
    #[error("{0}")]
    Refused(String),
}

impl SchemaError {
    /// Refused, for this reason.
    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// For `map_err`: what could not be done with the file at `path`.
    pub(super) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { what, path, cause }
    }
}
