//! The migration files that are compiled into this program, and the ledger of those that were applied.

use sqlx::migrate::{Migrate as _, Migration, Migrator};

use super::base::on_both;
use super::{Base, SchemaError};
use crate::domain::schema::{MigrationFile, Recorded};
use crate::server::store::{StoreError, postgres, sqlite};

/// The table of the ledger.
pub(super) const LEDGER: &str = "_sqlx_migrations";

/// The migrations for the kind of database that `base` is.
pub(super) fn migrator(base: &Base) -> &'static Migrator {
    match base {
        Base::Sqlite(_) => &sqlite::open::MIGRATIONS,
        Base::Postgres(_) => &postgres::open::MIGRATIONS,
    }
}

/// The files, by version.
pub(super) fn files(base: &Base) -> Vec<MigrationFile> {
    let file = |migration: &Migration| MigrationFile {
        version: migration.version,
        name: migration.description.to_string(),
        checksum: hex(&migration.checksum),
    };
    migrator(base).iter().map(file).collect()
}

/// A row of the ledger, as it is read.
type Row = (i64, String, Vec<u8>, bool, Option<String>);

/// What is recorded, by version; nothing where there is no ledger.
pub(super) async fn recorded(base: &mut Base) -> Result<Vec<Recorded>, SchemaError> {
    if !exists(base).await? {
        return Ok(Vec::new());
    }
    let sql = match base {
        Base::Sqlite(_) => {
            "SELECT version, description, checksum, success, strftime('%Y-%m-%dT%H:%M:%SZ', installed_on)
             FROM _sqlx_migrations ORDER BY version"
        }
        Base::Postgres(_) => {
            "SELECT version, description, checksum, success,
                 to_char(installed_on AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             FROM _sqlx_migrations ORDER BY version"
        }
    };
    let rows: Vec<Row> =
        on_both!(base, connection => sqlx::query_as(sql).persistent(false).fetch_all(&mut **connection))?;
    let recorded = rows.into_iter().map(|(version, name, checksum, success, applied_at)| Recorded {
        version,
        name,
        checksum: hex(&checksum),
        success,
        applied_at,
    });
    Ok(recorded.collect())
}

async fn exists(base: &mut Base) -> Result<bool, StoreError> {
    let sql = match base {
        Base::Sqlite(_) => "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'",
        Base::Postgres(_) => {
            "SELECT CAST(to_regclass(quote_ident(current_schema()) || '._sqlx_migrations') IS NOT NULL AS INTEGER)::bigint"
        }
    };
    Ok(base.number(sql).await? > 0)
}

/// The last migration of a database whose ledger is what the files are up to there; nothing else can be copied.
pub(super) async fn version(base: &mut Base) -> Result<i64, SchemaError> {
    let (files, recorded) = (files(base), recorded(base).await?);
    let is_as_file = |(row, file): (&Recorded, &MigrationFile)| {
        row.success && (row.version, &row.checksum) == (file.version, &file.checksum)
    };
    let last_file = files.last().map_or(0, |file| file.version);
    match recorded.last() {
        Some(last) if last.version > last_file => Err(SchemaError::refused(format!(
            "it is of a newer program: its schema is {:04}, and this program knows {last_file:04}",
            last.version
        ))),
        Some(last) if recorded.len() <= files.len() && recorded.iter().zip(&files).all(is_as_file) => Ok(last.version),
        Some(_) => Err(SchemaError::refused("its ledger is not as the files are: `crossfade db audit` tells where")),
        None => Err(SchemaError::refused("it has no schema of this program: `crossfade db migrate` makes it")),
    }
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Applied,
    /// It counts as applied, and is not.
    Recorded,
}

/// Applies or records the files up to `version` that `done` does not name. Whoever calls it is in a transaction of its own,
/// or does not mind half of it.
pub(super) async fn put_files(base: &mut Base, version: i64, done: &[i64], fate: Fate) -> Result<(), StoreError> {
    match base {
        Base::Sqlite(connection) => {
            connection.ensure_migrations_table(LEDGER).await.map_err(sqlite::error::from_migrate)?;
        }
        Base::Postgres(connection) => {
            connection.ensure_migrations_table(LEDGER).await.map_err(postgres::error::from_migrate)?;
        }
    }
    for migration in migrator(base).iter().filter(|it| it.version <= version && !done.contains(&it.version)) {
        if fate == Fate::Applied {
            base.run(migration.sql.as_str()).await?;
        }
        match base {
            Base::Sqlite(connection) => {
                connection.skip(LEDGER, migration).await.map_err(sqlite::error::from_migrate)?;
            }
            Base::Postgres(connection) => {
                connection.skip(LEDGER, migration).await.map_err(postgres::error::from_migrate)?;
            }
        }
    }
    Ok(())
}

/// Hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
