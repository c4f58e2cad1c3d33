//! Where a database is built before it takes its place: for SQLite a file beside the one that it will be, for PostgreSQL a
//! schema in the same database. Until it is put in place, all at once, nobody else sees it, and what was there before is
//! as it was.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use super::base::{Missing, quoted, sqlite_options};
use super::copy::forget_progress;
use super::ledger::{Fate, put_files};
use super::rows::tables;
use super::{Base, SchemaError};
use crate::server::config::Database;
use crate::server::store::StoreError;
use crate::server::store::sqlite::open::make_private;

/// The schema on PostgreSQL.
const SCHEMA: &str = "crossfade_incoming";

/// What is to become of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    Kept,
    Replaced,
}

/// A place that is being filled.
pub(super) struct Incoming {
    database: Database,
    present: Present,
    pub(super) base: Base,
}

/// The file in which the one at `file` is built.
pub(super) fn incoming_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".incoming");
    name.into()
}

impl Incoming {
    /// Opens the place for `database`: the one that an earlier run left, or a new one with the tables of the migrations up
    /// to `version`.
    pub(super) async fn open(database: &Database, present: Present, version: i64) -> Result<Self, SchemaError> {
        refuse_present(database, present).await?;
        let base = match database {
            Database::Sqlite(file) => {
                // What is wrong with the place is told by what opens it.
                let _ = make_private(&incoming_file(file));
                Base::sqlite(sqlite_options(&incoming_file(file)).create_if_missing(true)).await?
            }
            Database::Postgres(_) => {
                let mut base = Base::open(database, Missing::Refused).await?;
                // What is built there takes the place of what is in the connection's own schema.
                let here = base.texts("SELECT CAST(current_schema() AS TEXT)").await?;
                let here = here.first().map_or("public", String::as_str);
                let sql = format!(
                    "CREATE SCHEMA IF NOT EXISTS {SCHEMA}; SET search_path TO {SCHEMA};
                     SELECT set_config('crossfade.home', '{}', false)",
                    here.replace('\'', "''")
                );
                base.run(sql).await?;
                base
            }
        };
        let mut incoming = Self { database: database.clone(), present, base };
        let done = super::ledger::recorded(&mut incoming.base).await?;
        let done: Vec<i64> = done.into_iter().map(|row| row.version).collect();
        if done.iter().any(|it| *it > version) {
            let reason = "an earlier run was of a newer source: begin anew with --restart";
            return Err(SchemaError::refused(reason));
        }
        // All of it or nothing, so that an interrupted run is gone on with.
        incoming.base.run("BEGIN").await?;
        put_files(&mut incoming.base, version, &done, Fate::Applied).await?;
        if done.is_empty() {
            // What the migrations put into their tables comes from the source, as it has become there.
            for table in tables(version).await?.iter().rev() {
                incoming.base.run(format!("DELETE FROM {}", quoted(&table.name))).await?;
            }
        }
        incoming.base.run("COMMIT").await?;
        Ok(incoming)
    }

    /// Puts it in place, all at once.
    pub(super) async fn put_in_place(mut self) -> Result<(), SchemaError> {
        forget_progress(&mut self.base).await?;
        match &self.database {
            Database::Sqlite(file) => {
                let file = file.clone();
                // Everything in the one file, which is then on the disk.
                self.base.run("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").await?;
                self.base.close().await?;
                put_file_in_place(&file).await
            }
            Database::Postgres(_) => {
                let moved = put_schema_in_place(&mut self.base, self.present).await;
                if moved.is_err() {
                    let _ = self.base.roll_back().await;
                }
                Ok(moved?)
            }
        }
    }
}

/// Forgets what an earlier run left.
pub(super) async fn discard(database: &Database) -> Result<(), SchemaError> {
    match database {
        Database::Sqlite(file) => remove_with_log(&incoming_file(file)),
        Database::Postgres(_) => {
            let mut base = Base::open(database, Missing::Refused).await?;
            base.run(format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).await?;
            Ok(base.close().await?)
        }
    }
}

/// Removes a database's file and what lies beside it, where they are there.
pub(super) fn remove_with_log(file: &Path) -> Result<(), SchemaError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(SchemaError::file("could not remove", PathBuf::from(name))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A place that has something in it is not taken unless it is to be.
async fn refuse_present(database: &Database, present: Present) -> Result<(), SchemaError> {
    if present == Present::Replaced {
        return Ok(());
    }
    let is_taken = match database {
        Database::Sqlite(file) => std::fs::metadata(file).is_ok_and(|it| it.len() > 0),
        Database::Postgres(_) => {
            let mut base = Base::open(database, Missing::Refused).await?;
            let sql =
                "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(current_schema()))
                 AND relkind IN ('r', 'p') AND relname IN ('_sqlx_migrations', 'migrations', 'features')";
            let tables = base.number(sql).await?;
            base.close().await?;
            tables > 0
        }
    };
    if is_taken {
        return Err(SchemaError::refused("there is a database already: --replace puts this one in its place"));
    }
    Ok(())
}

/// The old file must have nothing in its log, and nobody may have it open: its log would be taken for the new file's.
async fn put_file_in_place(file: &Path) -> Result<(), SchemaError> {
    if std::fs::metadata(file).is_ok_and(|it| it.len() > 0) {
        let mut old = Base::sqlite(sqlite_options(file)).await?;
        let alone = old.texts("PRAGMA journal_mode = DELETE").await;
        old.close().await?;
        match alone {
            Ok(mode) if mode.first().is_some_and(|mode| mode == "delete") => {}
            Ok(_) | Err(StoreError::Unavailable(_)) => {
                return Err(SchemaError::refused("another program has the database open: stop it first"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let incoming = incoming_file(file);
    belong_like(&incoming, file)?;
    let synced = std::fs::File::open(&incoming).and_then(|open| open.sync_all());
    synced.map_err(SchemaError::file("could not write", &incoming))?;
    std::fs::rename(&incoming, file).map_err(SchemaError::file("could not rename to", file))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = std::fs::File::open(folder).and_then(|open| open.sync_all());
    synced.map_err(SchemaError::file("could not write", folder))
}

/// Gives a file the owner and the rights of the one whose place it takes: who puts it there need not be who opens it.
fn belong_like(file: &Path, old: &Path) -> Result<(), SchemaError> {
    let (Ok(old), Ok(new)) = (std::fs::metadata(old), std::fs::metadata(file)) else { return Ok(()) };
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        chown(file, Some(old.uid()), Some(old.gid()))
            .map_err(SchemaError::file("could not give its owner to", file))?;
    }
    std::fs::set_permissions(file, old.permissions()).map_err(SchemaError::file("could not set the rights of", file))
}

/// One transaction: what is there goes, and each table comes over with all that belongs to it.
async fn put_schema_in_place(base: &mut Base, present: Present) -> Result<(), SchemaError> {
    let home = base.texts("SELECT current_setting('crossfade.home')").await?;
    let home = quoted(home.first().map_or("public", String::as_str));
    let sql = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'crossfade' AND pid <> pg_backend_pid()";
    if base.number(sql).await? > 0 {
        return Err(SchemaError::refused("a Crossfade is connected to the database: stop it first"));
    }
    let relations = "SELECT CAST(relname AS TEXT) FROM pg_class
         WHERE relnamespace = CAST('crossfade_incoming' AS regnamespace) AND relkind IN ('r', 'p')
         ORDER BY relispartition DESC, relname";
    let relations = base.texts(relations).await?;
    let functions = "SELECT p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' FROM pg_proc p
         WHERE p.pronamespace = CAST('crossfade_incoming' AS regnamespace)";
    let functions = base.texts(functions).await?;
    base.run("BEGIN").await?;
    if present == Present::Replaced {
        // A newer schema may have tables that this one has not.
        let mut names: Vec<String> = tables(i64::MAX).await?.into_iter().map(|table| table.name).collect();
        names.extend(relations.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        let names: Vec<String> = names.iter().map(|name| format!("{home}.{}", quoted(name))).collect();
        base.run(format!("DROP TABLE IF EXISTS {}", names.join(", "))).await?;
        for function in &functions {
            base.run(format!("DROP FUNCTION IF EXISTS {home}.{function}")).await?;
        }
    }
    for name in &relations {
        base.run(format!("ALTER TABLE {SCHEMA}.{} SET SCHEMA {home}", quoted(name))).await?;
    }
    for function in &functions {
        base.run(format!("ALTER FUNCTION {SCHEMA}.{function} SET SCHEMA {home}")).await?;
    }
    base.run(format!("DROP SCHEMA {SCHEMA}; COMMIT")).await?;
    Ok(())
}
