//! Applying the migration files that wait, as the start of the program does.

use std::time::Duration;

use sqlx::migrate::{Migrate, MigrateError};
use sqlx::{Connection as _, Executor as _};
use tokio::time::Instant;

use super::ledger::{LEDGER, files, migrator};
use super::{Base, SchemaError};
use crate::domain::schema::MigrationFile;
use crate::server::store::{StoreError, postgres, sqlite};

/// Applies what waits, all of it or nothing on SQLite, each file by itself on PostgreSQL, and gives what it applied and how
/// long that took.
pub async fn migrate(base: &mut Base) -> Result<(Vec<MigrationFile>, Duration), SchemaError> {
    let began = Instant::now();
    let before = run(base).await?;
    let new = files(base).into_iter().filter(|file| !before.contains(&file.version));
    Ok((new.collect(), began.elapsed()))
}

/// Applies what waits, and gives what was applied before: by then nobody else is at it.
async fn run(base: &mut Base) -> Result<Vec<i64>, StoreError> {
    let migrations = migrator(base);
    match base {
        Base::Postgres(connection) => {
            let (from_migrate, from_sqlx) = (postgres::error::from_migrate, postgres::error::from_sqlx);
            // Somebody else may be at it, for as long as it takes: only what a migration itself locks is not waited for long.
            // The lock is counted, and the run takes it once more.
            connection.execute("SET lock_timeout = 0").await.map_err(from_sqlx)?;
            connection.lock().await.map_err(from_migrate)?;
            connection.execute("SET lock_timeout = '10s'").await.map_err(from_sqlx)?;
            let before = applied(&mut **connection).await.map_err(from_migrate)?;
            migrations.run(&mut **connection).await.map_err(from_migrate)?;
            connection.unlock().await.map_err(from_migrate)?;
            Ok(before)
        }
        Base::Sqlite(connection) => {
            let (from_migrate, from_sqlx) = (sqlite::error::from_migrate, sqlite::error::from_sqlx);
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(from_sqlx)?;
            let before = applied(&mut *transaction).await.map_err(from_migrate)?;
            migrations.run(&mut *transaction).await.map_err(from_migrate)?;
            transaction.commit().await.map_err(from_sqlx)?;
            Ok(before)
        }
    }
}

async fn applied(connection: &mut impl Migrate) -> Result<Vec<i64>, MigrateError> {
    connection.ensure_migrations_table(LEDGER).await?;
    let applied = connection.list_applied_migrations(LEDGER).await?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}
