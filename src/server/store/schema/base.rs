//! One connection to a database of either kind, past the store: for work on the database as a whole.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

use super::SchemaError;
use crate::server::config::Database;
use crate::server::store::{StoreError, postgres, sqlite};

/// How long a statement waits for somebody's lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nothing of what is done here is over in a moment, and no server's setting is to cut it off. Writes are durable.
const SETTINGS: &str =
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// What it is to be when it is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Made,
    Refused,
}

/// A connection.
#[derive(Debug)]
pub enum Base {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// Runs the same on both kinds of connection, whose errors it maps.
macro_rules! on_both {
    ($base:expr, $connection:ident => $work:expr) => {
        match $base {
            Base::Sqlite($connection) => $work.await.map_err(sqlite::error::from_sqlx),
            Base::Postgres($connection) => $work.await.map_err(postgres::error::from_sqlx),
        }
    };
}
pub(super) use on_both;

impl Base {
    /// Opens `database`. A database on a PostgreSQL server has to be there.
    pub async fn open(database: &Database, missing: Missing) -> Result<Self, SchemaError> {
        match database {
            Database::Sqlite(file) => {
                if missing == Missing::Refused && !file.exists() {
                    return Err(SchemaError::NoDatabase(file.display().to_string()));
                }
                if missing == Missing::Made {
                    // What is wrong with the place is told by what opens it.
                    let _ = sqlite::open::make_private(file);
                }
                Self::sqlite(sqlite_options(file).create_if_missing(missing == Missing::Made)).await
            }
            Database::Postgres(url) => {
                let options = PgConnectOptions::from_str(url.expose()).map_err(postgres::error::from_sqlx)?;
                Self::postgres(&options).await
            }
        }
    }

    pub(in crate::server::store) async fn sqlite(options: SqliteConnectOptions) -> Result<Self, SchemaError> {
        let connection = options.connect().await.map_err(sqlite::error::from_sqlx)?;
        Ok(Self::Sqlite(Box::new(connection)))
    }

    pub(in crate::server::store) async fn postgres(options: &PgConnectOptions) -> Result<Self, SchemaError> {
        let options = options.clone().application_name("crossfade db");
        let connection = options.connect().await.map_err(postgres::error::from_sqlx)?;
        let mut base = Self::Postgres(Box::new(connection));
        base.run(SETTINGS).await?;
        Ok(base)
    }

    /// A database in memory.
    pub(super) async fn in_memory() -> Result<Self, SchemaError> {
        Self::sqlite(SqliteConnectOptions::new().in_memory(true)).await
    }

    /// Runs statements that bind nothing.
    pub(super) async fn run(&mut self, sql: impl Into<String>) -> Result<(), StoreError> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.into()));
        on_both!(self, connection => async { sql.execute(&mut **connection).await.map(drop) })
    }

    /// The one number that a query gives.
    pub(super) async fn number(&mut self, sql: impl Into<String>) -> Result<i64, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        on_both!(self, connection => sqlx::query_scalar(sql).persistent(false).fetch_one(&mut **connection))
    }

    /// Texts, one a row.
    pub(super) async fn texts(&mut self, sql: impl Into<String>) -> Result<Vec<String>, StoreError> {
        let sql = AssertSqlSafe(sql.into());
        on_both!(self, connection => sqlx::query_scalar(sql).persistent(false).fetch_all(&mut **connection))
    }

    /// Begins to read as of one moment.
    pub(super) async fn begin_reading(&mut self) -> Result<(), StoreError> {
        match self {
            // The moment is that of the first read.
            Self::Sqlite(_) => self.run("BEGIN; SELECT count(*) FROM sqlite_schema").await,
            Self::Postgres(_) => self.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1").await,
        }
    }

    /// Ends a transaction without a trace.
    pub(super) async fn roll_back(&mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK").await
    }

    /// Closes it.
    pub async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.close().await.map_err(sqlite::error::from_sqlx),
            Self::Postgres(connection) => connection.close().await.map_err(postgres::error::from_sqlx),
        }
    }

    /// The kind of database, as people call it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

/// As the store opens it: what is committed stays.
pub(super) fn sqlite_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
