//! Applying the migration files that wait, as the start of the program does.

use std::time::Duration;

use tokio::time::Instant;

use super::ledger::{files, migrator, recorded};
use super::{Base, SchemaError};
use crate::domain::schema::MigrationFile;
use crate::server::store::{StoreError, postgres, sqlite};

/// Applies what waits, all of it or nothing on SQLite, each file by itself on PostgreSQL, and gives what it applied and how
/// long that took.
pub async fn migrate(base: &mut Base) -> Result<(Vec<MigrationFile>, Duration), SchemaError> {
    let began = Instant::now();
    let before = recorded(base).await?;
    run(base).await?;
    let new = files(base).into_iter().filter(|file| !before.iter().any(|row| row.version == file.version));
    Ok((new.collect(), began.elapsed()))
}

async fn run(base: &mut Base) -> Result<(), StoreError> {
    let migrations = migrator(base);
    if let Base::Postgres(connection) = base {
        return migrations.run(&mut **connection).await.map_err(postgres::error::from_migrate);
    }
    base.run("BEGIN IMMEDIATE").await?;
    let applied = match base {
        Base::Sqlite(connection) => migrations.run(&mut **connection).await.map_err(sqlite::error::from_migrate),
        Base::Postgres(_) => Ok(()),
    };
    if let Err(error) = applied {
        // Some errors end the transaction by themselves.
        let _ = base.roll_back().await;
        return Err(error);
    }
    base.run("COMMIT").await
}
