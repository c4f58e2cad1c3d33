//! The databases that a benchmark runs on, side by side: SQLite in a file, and PostgreSQL on a server of this process. Both
//! write to the same disk, and both keep what they commit.

#[path = "../../tests/support/database.rs"]
mod kind;
#[expect(dead_code, reason = "tests need databases that are made in another way")]
#[path = "../../tests/support/postgres.rs"]
mod postgres;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use self::kind::Database;
use self::postgres::Cluster;

/// What each is called.
pub const NAMES: [&str; 2] = ["SQLite", "PostgreSQL"];

/// Both databases.
pub struct Databases {
    cluster: Cluster,
    made: AtomicUsize,
}

impl Databases {
    /// Starts a server of PostgreSQL as it is installed, so that a commit waits for the disk.
    pub fn start() -> Self {
        Self { cluster: Cluster::with(&[]), made: AtomicUsize::new(0) }
    }

    /// A new database of each kind, in the order of [`NAMES`]; that of SQLite is in `directory`.
    pub fn fresh(&self, directory: &Path) -> [Database; 2] {
        let name = format!("bench_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.cluster.execute(format!("CREATE DATABASE {name}")));
        [Database::Sqlite(directory.join(format!("{name}.db"))), Database::Postgres(self.cluster.url(&name))]
    }
}
