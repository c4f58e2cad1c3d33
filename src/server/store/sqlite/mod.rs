//! The store on an embedded SQLite database: one connection that writes, several that read (WAL). What it is asked is in
//! `sql`, compiled for SQLite's driver.

mod dialect;
pub(super) mod error;
pub(super) mod open;
mod schema;
mod sizes;
#[path = "../sql/mod.rs"]
mod sql;

pub use self::sql::SqlStore as SqliteStore;
