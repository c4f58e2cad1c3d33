//! What is SQLite's own in the statements of `sql/`: the driver's types, how a transaction begins, and what PostgreSQL
//! writes in another way or needs besides.

use std::time::Duration;

pub(super) use sqlx::SqliteExecutor as Executor;
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::Notify;

pub(super) use super::error::from_sqlx;
use crate::domain::rollup::Rollups;
use crate::server::store::{StoreError, StoreTurn, Telling};

pub(super) type Db = sqlx::Sqlite;
pub(super) type Pool = SqlitePool;
pub(super) type Connection = SqliteConnection;
pub(super) type QueryResult = SqliteQueryResult;
pub(super) type Transaction = sqlx::Transaction<'static, Db>;

/// The texts in the JSON list that is bound to a place, to be asked with `IN`.
macro_rules! listed {
    ($place:literal) => {
        concat!("(SELECT value FROM json_each(", $place, "))")
    };
}
pub(super) use listed;

/// Whatever is under way ends: a statement runs on a thread of its own, which goes on when nobody waits for it.
pub(super) const LONGEST: Option<Duration> = None;

/// A transaction that changes something. It holds the write lock from its beginning, so that what it reads is still so when
/// it writes.
pub(super) async fn begin_change(pool: &Pool) -> Result<Transaction, StoreError> {
    pool.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)
}

/// A transaction that reads several things as of one moment.
pub(super) async fn begin_reading(pool: &Pool) -> Result<Transaction, StoreError> {
    pool.begin().await.map_err(from_sqlx)
}

/// Tables are whole: there is room for any time.
#[expect(clippy::unused_async, reason = "PostgreSQL has something to do here")]
pub(super) async fn make_room(_: &mut Connection, _: &Rollups) -> Result<(), StoreError> {
    Ok(())
}

/// What may go of a table; PostgreSQL looks at it.
pub(super) struct Over {
    #[expect(dead_code, reason = "PostgreSQL looks at it")]
    pub before: i64,
    #[expect(dead_code, reason = "PostgreSQL looks at it")]
    pub whole: i64,
}

/// Tables are whole: rows go one by one.
#[expect(clippy::unused_async, reason = "PostgreSQL has something to do here")]
pub(super) async fn drop_partition(_: &Pool, _: &'static str, _: Over) -> Result<Option<u64>, StoreError> {
    Ok(None)
}

/// It has to be asked what other programs committed.
pub(super) const TELLING: Telling = Telling::Silent;

/// There is nobody to be told.
pub(super) async fn tell(_: &mut Connection) -> Result<(), StoreError> {
    Ok(())
}

/// There is nothing to be heard.
pub(super) async fn listen(_: &Pool, _: &Notify) -> Result<(), StoreError> {
    Ok(())
}

/// One program serves a file: whoever else works on it beside that one claims by its records what it does.
#[derive(Debug)]
pub struct Turns;

impl Turns {
    /// A turn is had at once.
    #[expect(clippy::unused_async, reason = "PostgreSQL has something to do here")]
    pub(super) async fn take(&self, _: &str) -> Result<Option<StoreTurn>, StoreError> {
        Ok(Some(StoreTurn { lock: None, _held: None }))
    }

    /// There is nothing to end.
    #[expect(clippy::unused_async, reason = "PostgreSQL has something to do here")]
    pub(super) async fn close(&self) {}
}

/// It is.
pub(super) async fn check_turn(_: impl Executor<'_>, _: &StoreTurn) -> Result<(), StoreError> {
    Ok(())
}
