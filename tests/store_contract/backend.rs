//! The databases that the contracts are run on.

use std::path::PathBuf;
use std::sync::Arc;

use crossfade::server::store::Store;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::sqlite::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::postgres;

/// A database of its own for one test, gone when it is dropped.
pub trait Backend: Sized {
    /// An empty database with the schema of this program.
    async fn fresh() -> Self;

    /// The store on it.
    fn store(&self) -> Arc<dyn Store>;

    /// One more store on it, as another process would open.
    async fn another(&self) -> Arc<dyn Store>;

    /// Closes the store and opens another on the same data, as a restart does.
    async fn reopen(&mut self);

    /// Runs SQL behind the store's back.
    async fn execute(&self, sql: &'static str);
}

/// A database in a file of a temporary folder.
pub struct Sqlite {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

impl Sqlite {
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("crossfade.db")
    }

    /// A connection past the store, with SQLite's defaults.
    pub async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.file()).connect().await.unwrap()
    }
}

impl Backend for Sqlite {
    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("crossfade.db")).await.unwrap());
        Self { folder, store }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn another(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.file()).await.unwrap())
    }

    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Arc::new(SqliteStore::open(&self.file()).await.unwrap());
    }

    async fn execute(&self, sql: &'static str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// A database of its own on the PostgreSQL server of this process.
pub struct Postgres {
    url: String,
    store: Arc<PostgresStore>,
}

impl Postgres {
    /// A connection past the store, with PostgreSQL's defaults.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

impl Backend for Postgres {
    async fn fresh() -> Self {
        let url = postgres::database().await;
        let store = Arc::new(PostgresStore::open(&url).await.unwrap());
        Self { url, store }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn another(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(&self.url).await.unwrap())
    }

    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Arc::new(PostgresStore::open(&self.url).await.unwrap());
    }

    async fn execute(&self, sql: &'static str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
