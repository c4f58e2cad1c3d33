//! Opening the database: the schema brought up to date, one connection that writes, several that read.

use std::io::ErrorKind;
use std::path::Path as FilePath;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use tokio::time::{Instant, sleep};

use super::dialect::Turns;
use super::error;
use super::sql::{SqlStore, is_current};
use crate::server::store::StoreError;

/// The schema, step by step.
pub(in crate::server::store) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many connections read.
const READERS: u32 = 4;

/// How long a statement waits for a lock, and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long until a locked file is tried again.
const PAUSE: Duration = Duration::from_millis(20);

impl SqlStore {
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
        // What is wrong with the place is told by what opens it.
        let _ = make_private(file);
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
        if !is_current(&writer).await {
            migrate(&writer).await?;
        }
        let reading = options.read_only(true).create_if_missing(false);
        let readers = pool(READERS).connect_with(reading.clone()).await.map_err(error::from_sqlx)?;
        let looks = pool(1).connect_with(reading).await.map_err(error::from_sqlx)?;
        // There is one connection that writes, whatever it writes.
        Ok(Self::on(writer.clone(), readers, writer, looks, Turns))
    }
}

/// Makes a file that only its owner can read, since there are secrets in a database; one that is there stays as it is.
pub(in crate::server::store) fn make_private(file: &FilePath) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    match std::fs::File::options().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_connection_keeps_what_it_commits_and_checks_what_refers_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqlStore::open(&folder.path().join("crossfade.db")).await.unwrap();
        // `synchronous` 2 is `FULL`.
        for (pool, reads_only) in [(&store.writer, false), (&store.readers, true)] {
            for (pragma, expected) in [("foreign_keys", 1), ("synchronous", 2)] {
                let sql = sqlx::AssertSqlSafe(format!("PRAGMA {pragma}"));
                let found: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
                assert_eq!(found, expected, "{pragma}");
            }
            let written = sqlx::query("CREATE TABLE aside (id INTEGER)").execute(pool).await;
            assert_eq!(written.is_err(), reads_only);
        }
    }
}
