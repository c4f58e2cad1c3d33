//! Applying the migration files that wait, as the start of the program does.

use std::time::Duration;

use sqlx::Connection as _;
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
    match base {
        Base::Postgres(connection) => migrations.run(&mut **connection).await.map_err(postgres::error::from_migrate),
        Base::Sqlite(connection) => {
            let from_sqlx = sqlite::error::from_sqlx;
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
            migrations.run(&mut *transaction).await.map_err(sqlite::error::from_migrate)?;
            transaction.commit().await.map_err(from_sqlx)
        }
    }
}
