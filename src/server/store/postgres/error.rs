//! From what PostgreSQL says to what the store says.

use std::borrow::Cow;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use crate::server::store::StoreError;

/// By class of SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): the server or the way to it is
/// away, is going down, has no place for one more, or something was waited for too long.
const UNAVAILABLE: [&str; 9] = ["08", "57P", "53300", "53400", "55P03", "57014", "25P03", "40", "58"];
const DISK_FULL: &str = "53100";
const READ_ONLY: &str = "25006";

pub(in crate::server::store) fn from_sqlx(error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(DatabaseError::code).map(Cow::into_owned);
    match (code.as_deref(), &error) {
        (Some(DISK_FULL), _) => StoreError::Full,
        (Some(READ_ONLY), _) => StoreError::ReadOnly,
        (Some(code), _) if UNAVAILABLE.iter().any(|class| code.starts_with(class)) => StoreError::Unavailable(error),
        (
            None,
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_),
        ) => StoreError::Unavailable(error),
        _ => StoreError::Failed(error),
    }
}

pub(in crate::server::store) fn from_migrate(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => from_sqlx(error),
        error => StoreError::Schema(error.to_string()),
    }
}

/// Whether a row was refused because one like it is there.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
}
