//! Backups: one SQLite file of either kind of database as it was at one moment, however busy it is, with the digests of
//! every table in it. And back: nothing is touched before all of it was verified.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

use super::base::{Missing, sqlite_options};
use super::copy::{Copied, copy, forget_progress};
use super::incoming::{Incoming, Present, discard, incoming_file, remove_with_log};
use super::rows::{TableSum, tables_of_sqlite};
use super::turn::Turn;
use super::{Base, SchemaError, ledger};
use crate::server::config::Database;
use crate::server::store::StoreError;
use crate::server::store::sqlite::open::make_private;

/// The table in a backup that tells what it is.
const TABLE: &str = "_crossfade_backup";

/// What a backup tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub made_at: DateTime<Utc>,
    /// The program that made it.
    pub program: String,
    /// The kind of database that it is of.
    pub of: String,
    /// The last migration of its schema.
    pub schema: i64,
    pub tables: Vec<TableSum>,
}

impl Manifest {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// Backs `database` up into a new file.
pub async fn backup(database: &Database, file: &Path, now: DateTime<Utc>) -> Result<Manifest, SchemaError> {
    if file.exists() {
        return Err(SchemaError::refused(format!("{} is there already", file.display())));
    }
    let place = Database::Sqlite(file.to_owned());
    let _turn = Turn::take(&place).await?;
    discard(&place).await?;
    let made = fill(database, file, now).await;
    if made.is_err() {
        // What stands in the way of the backup is told; half of one is of no use.
        let _ = discard(&place).await;
    }
    made.map_err(|error| match error {
        // The database is only read.
        SchemaError::Store(StoreError::Full) => {
            SchemaError::refused(format!("the disk that {} is to be on is full", file.display()))
        }
        error => error,
    })
}

async fn fill(database: &Database, file: &Path, now: DateTime<Utc>) -> Result<Manifest, SchemaError> {
    let place = Database::Sqlite(file.to_owned());
    let mut source = Base::open(database, Missing::Refused).await?;
    let of = source.kind().to_owned();
    let schema = ledger::version(&mut source).await?;
    if let Base::Sqlite(_) = source {
        vacuum_into(&mut source, &incoming_file(file)).await?;
    } else {
        source.begin_reading().await?;
        let mut incoming = Incoming::open(&place, Present::Kept, schema).await?;
        copy(&mut source, &mut incoming.base, schema, None).await?;
        forget_progress(&mut incoming.base).await?;
        incoming.base.close().await?;
    }
    source.close().await?;
    let mut incoming = Incoming::open(&place, Present::Kept, schema).await?;
    check_pages(&mut incoming.base).await?;
    let tables = sums(&mut incoming.base).await?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { made_at: now, program, of, schema, tables };
    let document = serde_json::to_string(&manifest).map_err(|error| SchemaError::refused(error.to_string()))?;
    let sql = format!(
        "CREATE TABLE {TABLE} (document TEXT NOT NULL) STRICT; INSERT INTO {TABLE} VALUES ('{}')",
        document.replace('\'', "''")
    );
    incoming.base.run(sql).await?;
    incoming.put_in_place().await?;
    Ok(manifest)
}

/// Puts what is in the backup `file` into `database`, after all of it was verified.
pub async fn restore(database: &Database, file: &Path, present: Present) -> Result<Manifest, SchemaError> {
    if !file.exists() {
        return Err(SchemaError::NoDatabase(file.display().to_string()));
    }
    let _turn = Turn::take(database).await?;
    discard(database).await?;
    let restored = put_back(database, file, present).await;
    if restored.is_err() {
        let _ = discard(database).await;
    }
    restored
}

async fn put_back(database: &Database, file: &Path, present: Present) -> Result<Manifest, SchemaError> {
    if let Database::Sqlite(target) = database {
        let copied = incoming_file(target);
        copy_file(file, &copied).map_err(SchemaError::file("could not copy to", &copied))?;
        let mut base = open_backup(sqlite_options(&copied)).await?;
        let manifest = verified(&mut base).await?;
        base.run(format!("DROP TABLE {TABLE}")).await.map_err(not_whole)?;
        base.close().await?;
        Incoming::open(database, present, manifest.schema).await?.put_in_place().await?;
        return Ok(manifest);
    }
    let mut backup = open_backup(sqlite_options(file).read_only(true)).await?;
    let manifest = verified(&mut backup).await?;
    backup.begin_reading().await?;
    let mut incoming = Incoming::open(database, present, manifest.schema).await?;
    let Copied::Verified { sums, .. } = copy(&mut backup, &mut incoming.base, manifest.schema, None).await? else {
        return Err(SchemaError::refused("the copy was interrupted"));
    };
    let is_in_manifest = |sum: &TableSum| manifest.tables.contains(sum);
    if !sums.iter().all(is_in_manifest) {
        return Err(SchemaError::refused("the backup changed while it was read"));
    }
    incoming.put_in_place().await?;
    Ok(manifest)
}

/// What is in it, not who may read it: that is for the place that it goes to to say.
fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    make_private(to)?;
    let (mut from, mut to) = (std::fs::File::open(from)?, std::fs::File::options().write(true).open(to)?);
    std::io::copy(&mut from, &mut to).map(drop)
}

/// Without a log of its own, so that nothing is left beside it.
async fn open_backup(options: SqliteConnectOptions) -> Result<Base, SchemaError> {
    Base::sqlite(options.journal_mode(SqliteJournalMode::Delete)).await.map_err(|error| match error {
        SchemaError::Store(error) => not_whole(error),
        error => error,
    })
}

/// What a backup tells of itself, if all of it is so.
async fn verified(base: &mut Base) -> Result<Manifest, SchemaError> {
    check_pages(base).await?;
    let documents = base.texts(format!("SELECT document FROM {TABLE}")).await;
    let documents = documents.map_err(|_| SchemaError::refused("the file is no backup of Crossfade"))?;
    let manifest: Manifest = serde_json::from_str(documents.first().map_or("", String::as_str))
        .map_err(|error| SchemaError::refused(format!("the backup is not whole: its manifest is spoilt: {error}")))?;
    if ledger::version(base).await? != manifest.schema {
        return Err(SchemaError::refused("the backup is not whole: its ledger is not what its manifest says"));
    }
    let sums = sums(base).await?;
    let differ = |sum: &&TableSum| !sums.contains(sum);
    match manifest.tables.iter().find(differ) {
        Some(sum) => {
            Err(SchemaError::refused(format!("the backup is not whole: {} is not as it was written", sum.table)))
        }
        None => Ok(manifest),
    }
}

/// Whether every page of the file is what it should be.
async fn check_pages(base: &mut Base) -> Result<(), SchemaError> {
    let said = base.texts("PRAGMA integrity_check").await.map_err(not_whole)?;
    match said.first().map(String::as_str) {
        Some("ok") => Ok(()),
        Some(other) => Err(SchemaError::refused(format!("the file is not whole: {other}"))),
        None => Err(SchemaError::refused("the file is not whole")),
    }
}

fn not_whole(error: StoreError) -> SchemaError {
    match error {
        StoreError::Failed(error) => SchemaError::refused(format!("the file is not whole: {error}")),
        error => SchemaError::Store(error),
    }
}

async fn sums(base: &mut Base) -> Result<Vec<TableSum>, SchemaError> {
    let mut sums = Vec::new();
    for table in tables_of_sqlite(base).await? {
        sums.push(table.sum(base).await?);
    }
    Ok(sums)
}

/// A copy of an SQLite database as of one moment, whatever is written meanwhile.
pub(super) async fn vacuum_into(source: &mut Base, file: &Path) -> Result<(), SchemaError> {
    remove_with_log(file)?;
    make_private(file).map_err(SchemaError::file("could not make", file))?;
    let name = file.display().to_string().replace('\'', "''");
    Ok(source.run(format!("VACUUM INTO '{name}'")).await?)
}
