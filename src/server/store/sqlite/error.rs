//! From what SQLite says to what the store says.

use std::io::ErrorKind;
use std::path::Path;

use sqlx::migrate::MigrateError;

use crate::server::store::StoreError;

/// SQLite's primary result codes that mean something to a caller (<https://www.sqlite.org/rescode.html>).
const READONLY: u32 = 8;
const FULL: u32 = 13;
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const IOERR: u32 = 10;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;
/// An extended code: no room for the index of the write-ahead log.
const IOERR_SHMSIZE: u32 = 4_874;

pub(in crate::server::store) fn from_sqlx(error: sqlx::Error) -> StoreError {
    match code(&error) {
        Some(IOERR_SHMSIZE) => StoreError::Full,
        Some(code) => match primary(code) {
            FULL => StoreError::Full,
            READONLY => StoreError::ReadOnly,
            NOTADB => StoreError::Schema("the file is not a database".to_owned()),
            BUSY | LOCKED | IOERR | CANTOPEN => StoreError::Unavailable(error),
            _ => StoreError::Failed(error),
        },
        None => match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                StoreError::Unavailable(error)
            }
            error => StoreError::Failed(error),
        },
    }
}

pub(in crate::server::store) fn from_migrate(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => from_sqlx(error),
        error => StoreError::Schema(error.to_string()),
    }
}

/// Why the database in `file` did not open: what the file system says is plainer than "unable to open database file".
///
/// A file beside it is tried, since closing the database's own would end the locks that this process has on it.
pub(super) async fn from_open(error: sqlx::Error, file: &Path) -> StoreError {
    if code(&error).map(primary) != Some(CANTOPEN) {
        return from_sqlx(error);
    }
    let mut beside = file.as_os_str().to_owned();
    beside.push("-probe");
    let made = tokio::fs::OpenOptions::new().write(true).create_new(true).open(&beside).await;
    match made.map_err(|cause| (cause.kind(), cause)) {
        Ok(_) => {
            // Empty, and named after what it was for.
            let _ = tokio::fs::remove_file(&beside).await;
            from_sqlx(error)
        }
        Err((ErrorKind::ReadOnlyFilesystem, _)) => StoreError::ReadOnly,
        Err((ErrorKind::StorageFull, _)) => StoreError::Full,
        Err((ErrorKind::AlreadyExists, _)) => from_sqlx(error),
        Err((_, cause)) => StoreError::Unavailable(cause.into()),
    }
}

/// Whether a row was refused because one like it is there.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// The extended result code.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The primary code in an extended one: its low byte.
const fn primary(code: u32) -> u32 {
    code & 0xff
}
