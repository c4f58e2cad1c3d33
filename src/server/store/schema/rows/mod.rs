//! Rows of any table, read in the order of its key and written a batch at a time, in one form for both databases: a
//! switch is 0 or 1, whatever its column is.

mod postgres;
mod sqlite;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::base::quoted;
use super::ledger::{Fate, hex, put_files};
use super::{Base, SchemaError};

/// How many rows are read or written at once. Some have documents in them.
const BATCH: usize = 500;

/// What is in a column of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

pub(super) type Row = Vec<Value>;

/// A table as both databases have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The columns of the primary key, in its order.
    pub(super) key: Vec<String>,
}

/// What a table holds: how many rows, and a digest of them in the order of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    pub table: String,
    pub rows: u64,
    pub sha256: String,
}

/// The tables that the files up to `version` make, each after those that it refers to. Tables and columns are called alike
/// in both databases.
pub(super) async fn tables(version: i64) -> Result<Vec<Table>, SchemaError> {
    let mut scratch = Base::in_memory().await?;
    put_files(&mut scratch, version, &[], Fate::Applied).await?;
    let tables = sqlite::tables(&mut scratch).await?;
    scratch.close().await?;
    Ok(tables)
}

/// The tables that are in a database of this kind, whoever made them, in the same order.
pub(super) async fn tables_of_sqlite(base: &mut Base) -> Result<Vec<Table>, SchemaError> {
    sqlite::tables(base).await
}

impl Table {
    /// Reads the rows after the one with the key `after`, at most [`BATCH`].
    pub(super) async fn page(&self, base: &mut Base, after: Option<&[Value]>) -> Result<Vec<Row>, SchemaError> {
        match base {
            Base::Sqlite(connection) => sqlite::page(connection, self, after).await,
            Base::Postgres(connection) => postgres::page(connection, self, after).await,
        }
    }

    /// Writes rows that are not there.
    pub(super) async fn insert(&self, base: &mut Base, rows: &[Row]) -> Result<(), SchemaError> {
        match base {
            Base::Sqlite(connection) => sqlite::insert(connection, self, rows).await,
            Base::Postgres(connection) => postgres::insert(connection, self, rows).await,
        }
    }

    /// The key of a row.
    pub(super) fn key_of(&self, row: &[Value]) -> Vec<Value> {
        let place = |column: &String| self.columns.iter().position(|it| it == column);
        self.key.iter().filter_map(|column| row.get(place(column)?).cloned()).collect()
    }

    /// Reads all of it.
    pub(super) async fn sum(&self, base: &mut Base) -> Result<TableSum, SchemaError> {
        let (mut digest, mut rows, mut after) = (Sha256::new(), 0, None::<Vec<Value>>);
        loop {
            let page = self.page(base, after.as_deref()).await?;
            rows += page.len() as u64;
            for value in page.iter().flatten() {
                value.put_into(&mut digest);
            }
            match page.last().filter(|_| page.len() == BATCH) {
                Some(last) => after = Some(self.key_of(last)),
                None => break,
            }
        }
        Ok(TableSum { table: self.name.clone(), rows, sha256: hex(&digest.finalize()) })
    }

    /// `SELECT` of a page, with `columns` as they are to be read.
    fn select(&self, columns: &str, after: Option<&[Value]>) -> String {
        let key = list(&self.key);
        let after = after.map(|after| {
            let places: Vec<String> = (1..=after.len()).map(|place| format!("${place}")).collect();
            format!(" WHERE ({key}) > ({})", places.join(", "))
        });
        let (table, after) = (quoted(&self.name), after.unwrap_or_default());
        format!("SELECT {columns} FROM {table}{after} ORDER BY {key} LIMIT {BATCH}")
    }
}

impl Value {
    /// Its kind, its length and itself, so that no two rows are written alike.
    fn put_into(&self, digest: &mut Sha256) {
        let mut put = |kind: u8, bytes: &[u8]| {
            digest.update([kind]);
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        match self {
            Self::Null => put(0, &[]),
            Self::Integer(number) => put(1, &number.to_le_bytes()),
            // SQLite does not keep the sign of zero.
            Self::Real(number) => put(2, &(number + 0.0).to_le_bytes()),
            Self::Text(text) => put(3, text.as_bytes()),
            Self::Bytes(bytes) => put(4, bytes),
        }
    }
}

/// Names in a statement.
pub(super) fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
