//! What the migration files make, found out by applying them to a place that is gone afterwards whatever happens: memory
//! for SQLite; for PostgreSQL a schema in a transaction that is never committed.

use super::base::quoted;
use super::ledger::{Fate, put_files};
use super::{Base, SchemaError, live};
use crate::domain::schema::Schema;

/// The schema that the files up to `version` make, for the kind of database that `base` is; nothing without a version.
///
/// `base` must not be in a transaction. The database that it leads to has to let it make a schema.
pub(super) async fn expected(base: &mut Base, version: Option<i64>) -> Result<Schema, SchemaError> {
    let Some(version) = version else { return Ok(Schema::default()) };
    if let Base::Sqlite(_) = base {
        let mut scratch = Base::in_memory().await?;
        put_files(&mut scratch, version, &[], Fate::Applied).await?;
        let made = live::read(&mut scratch).await?;
        scratch.close().await?;
        return Ok(made);
    }
    let name = quoted(&format!("crossfade_scratch_{}", uuid::Uuid::now_v7().simple()));
    base.run(format!("BEGIN; CREATE SCHEMA {name}; SET LOCAL search_path TO {name}")).await?;
    let made = async {
        put_files(base, version, &[], Fate::Applied).await?;
        live::read(base).await
    };
    let made = made.await;
    base.roll_back().await?;
    made
}
