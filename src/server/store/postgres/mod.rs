//! The store on a PostgreSQL server, for several instances at once. What it is asked is in `sql`, compiled for
//! PostgreSQL's driver.
//!
//! Changes and batches are written one after another, as on SQLite: each transaction that writes takes one advisory lock
//! first (`dialect::begin_change`). So whatever holds on one database holds on the other.

mod dialect;
pub(super) mod error;
pub(super) mod open;
pub(super) mod partitions;
mod schema;
mod sizes;
#[expect(clippy::duplicate_mod, reason = "one set of statements, compiled for each database's driver")]
#[path = "../sql/mod.rs"]
mod sql;
mod turns;

pub use self::open::named;
pub use self::sql::SqlStore as PostgresStore;
