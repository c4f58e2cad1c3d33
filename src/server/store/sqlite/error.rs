//! From what SQLite says to what the store says.

use sqlx::migrate::MigrateError;

use crate::server::store::StoreError;

/// SQLite's primary result codes that mean something to a caller (<https://www.sqlite.org/rescode.html>).
const READONLY: u32 = 8;
const FULL: u32 = 13;
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const IOERR: u32 = 10;
const CANTOPEN: u32 = 14;

pub(super) fn from_sqlx(error: sqlx::Error) -> StoreError {
    match primary_code(&error) {
        Some(FULL) => StoreError::Full,
        Some(READONLY) => StoreError::ReadOnly,
        Some(BUSY | LOCKED | IOERR | CANTOPEN) => StoreError::Unavailable(error),
        Some(_) => StoreError::Failed(error),
        None => match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                StoreError::Unavailable(error)
            }
            error => StoreError::Failed(error),
        },
    }
}

pub(super) fn from_migrate(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => from_sqlx(error),
        error => StoreError::Schema(error.to_string()),
    }
}

/// Whether a row was refused because one like it is there.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// The low byte of the extended result code.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}
