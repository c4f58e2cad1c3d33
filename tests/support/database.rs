//! A database of either kind, by where it is.

use std::path::PathBuf;
use std::sync::Arc;

use crossfade::server::store::Store;
use crossfade::server::store::postgres::PostgresStore;
use crossfade::server::store::sqlite::SqliteStore;

/// Where data are kept.
#[derive(Clone, Debug)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Database {
    /// The store on it, of the present runtime.
    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(file) => Arc::new(SqliteStore::open(file).await.unwrap()),
            Self::Postgres(url) => Arc::new(PostgresStore::open(url).await.unwrap()),
        }
    }
}
