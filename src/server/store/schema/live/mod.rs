//! Reading what is in a database: every object with its definition, written so that two databases of the same kind can be
//! held against each other.

mod postgres;
mod sqlite;

use super::{Base, SchemaError};
use crate::domain::schema::Schema;

/// What is in the database, as the connection sees it.
pub(super) async fn read(base: &mut Base) -> Result<Schema, SchemaError> {
    match base {
        Base::Sqlite(connection) => sqlite::read(connection).await,
        Base::Postgres(connection) => postgres::read(connection).await,
    }
}

/// Whether a table is this program's own bookkeeping: the ledger, and what a copy notes of itself.
fn is_bookkeeping(table: &str) -> bool {
    table == "_sqlx_migrations" || table.starts_with("_crossfade_")
}
