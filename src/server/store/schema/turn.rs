//! One at a time: who builds a database beside the one whose place it takes must be alone with what is built, or half of what
//! somebody else began would be put in place.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use super::base::Missing;
use super::incoming::incoming_file;
use super::{Base, SchemaError};
use crate::server::config::Database;
use crate::server::store::StoreError;

/// The advisory lock on PostgreSQL: the text "crossfai", which nobody else is likely to take.
const LOCK: &str = "SELECT pg_advisory_lock(x'63726f7373666169'::bigint)";

/// The turn at one database, given up when it is dropped, also by a program that is killed.
#[derive(Debug)]
pub(super) enum Turn {
    Sqlite { _held: File, name: PathBuf },
    Postgres { _held: Box<Base> },
}

impl Turn {
    /// The turn at `database`, which may not be there yet if it is a file.
    pub(super) async fn take(database: &Database) -> Result<Self, SchemaError> {
        match database {
            Database::Sqlite(file) => {
                let mut name = incoming_file(file).into_os_string();
                name.push(".lock");
                let name = PathBuf::from(name);
                let lock = File::create(&name).map_err(SchemaError::file("could not make", &name))?;
                match lock.try_lock() {
                    Ok(()) => Ok(Self::Sqlite { _held: lock, name }),
                    Err(TryLockError::WouldBlock) => Err(taken()),
                    Err(TryLockError::Error(error)) => Err(SchemaError::file("could not lock", &name)(error)),
                }
            }
            Database::Postgres(_) => {
                let mut base = Base::open(database, Missing::Refused).await?;
                match base.run(LOCK).await {
                    Ok(()) => Ok(Self::Postgres { _held: Box::new(base) }),
                    Err(StoreError::Unavailable(sqlx::Error::Database(_))) => Err(taken()),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

fn taken() -> SchemaError {
    SchemaError::refused("another backup, restore or move is at work on it")
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Self::Sqlite { name, .. } = self {
            // One that stays is of no harm: it is locked anew.
            let _ = std::fs::remove_file(name);
        }
    }
}
