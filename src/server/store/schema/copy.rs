//! Copying every row of a database into another of either kind, resumed where it was interrupted, and held against the
//! source at the end: table by table, by counts and by digests of the rows.

use serde::{Deserialize, Serialize};

use super::rows::{Table, TableSum, Value, tables};
use super::{Base, SchemaError};
use crate::server::store::StoreError;

/// Where a copy notes how far it has come, in the database that it fills.
pub(super) const PROGRESS: &str = "_crossfade_copy";

/// How far the copy of a table has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Progress {
    rows: u64,
    after: Option<Vec<Value>>,
    done: bool,
}

/// What came of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// Every table is the same on both sides.
    Verified { sums: Vec<TableSum>, resumed: bool },
    /// It stopped where it was told to, and goes on from there.
    Interrupted { rows: u64 },
}

/// Copies all rows of the tables that the migrations up to `version` make. `into` has these tables; `from` reads as of one
/// moment. After `stop_after` rows it stops, to be resumed.
pub(super) async fn copy(
    from: &mut Base,
    into: &mut Base,
    version: i64,
    stop_after: Option<u64>,
) -> Result<Copied, SchemaError> {
    let tables = tables(version).await?;
    into.run(format!("CREATE TABLE IF NOT EXISTS {PROGRESS} (name TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL)"))
        .await?;
    let resumed = into.number(format!("SELECT count(*) FROM {PROGRESS}")).await? > 0;
    let mut copied = 0;
    for table in &tables {
        let mut progress = read_progress(into, &table.name).await?;
        while !progress.done {
            if stop_after.is_some_and(|most| copied >= most) {
                return Ok(Copied::Interrupted { rows: copied });
            }
            let rows = table.page(from, progress.after.as_deref()).await?;
            progress.rows += rows.len() as u64;
            match rows.last() {
                Some(last) => progress.after = Some(table.key_of(last)),
                None => progress.done = true,
            }
            copied += rows.len() as u64;
            into.run("BEGIN").await?;
            let written = async {
                table.insert(into, &rows).await?;
                write_progress(into, &table.name, &progress).await
            };
            if let Err(error) = written.await {
                // The error says more than what comes of this.
                let _ = into.roll_back().await;
                return Err(error);
            }
            into.run("COMMIT").await?;
        }
        copy_counter(from, into, table).await?;
    }
    let (mut sums, mut differ) = (Vec::new(), Vec::new());
    for table in &tables {
        let (there, here) = (table.sum(from).await?, table.sum(into).await?);
        if there != here {
            differ.push(format!("{} ({} rows there, {} here)", table.name, there.rows, here.rows));
        }
        sums.push(there);
    }
    if !differ.is_empty() {
        let reason = format!(
            "the copy is not what the source is now: {}; if the source was changed since the copy began, begin anew with --restart",
            differ.join(", ")
        );
        return Err(SchemaError::Refused(reason));
    }
    Ok(Copied::Verified { sums, resumed })
}

/// Ends the notes of how far it has come.
pub(super) async fn forget_progress(into: &mut Base) -> Result<(), StoreError> {
    into.run(format!("DROP TABLE IF EXISTS {PROGRESS}")).await
}

async fn read_progress(into: &mut Base, table: &str) -> Result<Progress, SchemaError> {
    let documents = into.texts(format!("SELECT document FROM {PROGRESS} WHERE name = '{table}'")).await?;
    let Some(document) = documents.first() else { return Ok(Progress { rows: 0, after: None, done: false }) };
    serde_json::from_str(document)
        .map_err(|error| SchemaError::refused(format!("the copy's notes are spoilt: {error}")))
}

async fn write_progress(into: &mut Base, table: &str, progress: &Progress) -> Result<(), SchemaError> {
    let document = serde_json::to_string(progress)
        .map_err(|error| SchemaError::refused(format!("a key cannot be noted: {error}")))?
        .replace('\'', "''");
    let sql = format!(
        "INSERT INTO {PROGRESS} (name, document) VALUES ('{table}', '{document}')
         ON CONFLICT (name) DO UPDATE SET document = excluded.document"
    );
    Ok(into.run(sql).await?)
}

/// Numbers that were given stay given, although their rows are gone.
async fn copy_counter(from: &mut Base, into: &mut Base, table: &Table) -> Result<(), SchemaError> {
    let name = &table.name;
    if table.key != ["id"] && table.key != ["seq"] {
        return Ok(());
    }
    let key = &table.key[0];
    let last = match from {
        Base::Sqlite(_) => {
            let has = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
            if from.number(has).await? == 0 {
                None
            } else {
                let sql = format!("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{name}'), 0)");
                Some(from.number(sql).await?).filter(|last| *last > 0)
            }
        }
        Base::Postgres(_) => match sequence(from, name, key).await? {
            Some(sequence) => {
                let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}");
                Some(from.number(sql).await?)
            }
            None => None,
        },
    };
    if let Base::Sqlite(_) = into {
        let is_counted =
            format!("SELECT count(*) FROM sqlite_schema WHERE name = '{name}' AND sql LIKE '%AUTOINCREMENT%'");
        if let Some(last) = last.filter(|last| *last > 0)
            && into.number(is_counted).await? > 0
        {
            let sql = format!(
                "DELETE FROM sqlite_sequence WHERE name = '{name}';
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {last})"
            );
            into.run(sql).await?;
        }
    } else if let Some(sequence) = sequence(into, name, key).await? {
        let highest = into.number(format!("SELECT coalesce(max({key}), 0) FROM {name}")).await?;
        let last = highest.max(last.unwrap_or_default());
        if last > 0 {
            into.run(format!("SELECT setval('{}', {last})", sequence.replace('\'', "''"))).await?;
        }
    }
    Ok(())
}

/// What gives the numbers of a table's key on PostgreSQL, if anything does.
async fn sequence(base: &mut Base, table: &str, key: &str) -> Result<Option<String>, StoreError> {
    let sql = format!("SELECT coalesce(pg_get_serial_sequence('{table}', '{key}'), '')");
    Ok(base.texts(sql).await?.into_iter().find(|name| !name.is_empty()))
}
