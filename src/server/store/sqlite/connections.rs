//! Opening the database: the schema brought up to date, one connection that writes, several that read.

use std::path::Path as FilePath;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use tokio::time::{Instant, sleep};

use super::{SqliteStore, error, read};
use crate::server::store::{StoreError, Timings};

/// The schema, step by step.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many connections read.
pub(super) const READERS: u32 = 4;

/// How long a statement waits for a lock, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long until a locked file is tried again.
const PAUSE: Duration = Duration::from_millis(20);

impl SqliteStore {
    /// Opens the database in `file`, made if it is not there, and brings its schema up to date.
    pub async fn open(file: &FilePath) -> Result<Self, StoreError> {
        // Turning a new file to WAL does not wait for another program that does the same: SQLite says at once that it
        // is locked.
        let began = Instant::now();
        loop {
            match Self::open_once(file).await {
                Err(error) if is_locked(&error) && began.elapsed() < PATIENCE => sleep(PAUSE).await,
                opened => return opened,
            }
        }
    }

    async fn open_once(file: &FilePath) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode `Normal` loses the last commits when power fails; an acknowledgement must not.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(200)
            // In KiB, as it is negative: what a group commit touches stays in memory until it is written, once.
            .pragma("cache_size", "-32768");
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                // A full disk ends a transaction without sqlx's doing: the connection then counts as within it for good.
                .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        };
        let writer = match pool(1).connect_with(options.clone()).await {
            Ok(writer) => writer,
            Err(error) => return Err(error::from_open(error, file).await),
        };
        if read::check(&writer, &MIGRATIONS).await.is_err() {
            migrate(&writer).await?;
        }
        let readers = pool(READERS).connect_with(options.read_only(true).create_if_missing(false)).await;
        Ok(Self { writer, readers: readers.map_err(error::from_sqlx)?, timings: Timings::default() })
    }

    /// What came of a write, after which the writer may have to be given up.
    pub(super) async fn written<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::ReadOnly) = &result {
            self.give_up_writer().await;
        }
        result
    }

    /// A connection that was opened while the file could not be written is read-only for good: the next write is to
    /// get another.
    pub(super) async fn give_up_writer(&self) {
        if let Ok(mut connection) = self.writer.acquire().await {
            connection.close_on_drop();
        }
    }
}

/// Brings the schema up to date under the write lock: sqlx takes none on SQLite, and of two programs that start at once
/// only one must make the tables.
async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.map_err(error::from_sqlx)?;
    MIGRATIONS.run(&mut *transaction).await.map_err(error::from_migrate)?;
    transaction.commit().await.map_err(error::from_sqlx)
}

/// Whether another program holds the file (`SQLITE_BUSY` and its like, whose code ends in the same byte).
fn is_locked(error: &StoreError) -> bool {
    let (StoreError::Unavailable(sqlx::Error::Database(error)) | StoreError::Failed(sqlx::Error::Database(error))) =
        error
    else {
        return false;
    };
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}
