//! The schema of the database itself: what is in it, and which migration files made it. How a schema is read is not known
//! here, only what is to be thought of it.
//!
//! "Migration" is a file here, a step of the schema, and not what the rest of the domain calls so.

pub mod drift;
pub mod sql_text;
pub mod steps;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Table,
    Column,
    Constraint,
    Index,
    Trigger,
    View,
    Function,
    Sequence,
    Type,
    Policy,
}

impl ObjectKind {
    /// Its name for people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::View => "view",
            Self::Function => "function",
            Self::Sequence => "sequence",
            Self::Type => "type",
            Self::Policy => "policy",
        }
    }
}

/// What an object is called, and the table that it is a part of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectName {
    pub kind: ObjectKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    pub name: String,
}

impl ObjectName {
    /// A table, or something else that is no part of a table.
    pub fn alone(kind: ObjectKind, name: impl Into<String>) -> Self {
        Self { kind, table: None, name: name.into() }
    }

    /// A part of `table`.
    pub fn of(kind: ObjectKind, table: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, table: Some(table.into()), name: name.into() }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (self.kind.in_words(), &self.name);
        match &self.table {
            Some(table) if self.kind == ObjectKind::Column => write!(f, "{kind} {table}.{name}"),
            Some(table) => write!(f, "{kind} {name} of {table}"),
            None => write!(f, "{kind} {name}"),
        }
    }
}

/// Every object with its definition, written in one way whoever made it. Objects that the program makes while it runs
/// (partitions), the ledger and the database's own are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema(pub BTreeMap<ObjectName, String>);

impl Schema {
    /// Whether this table is in it.
    fn has_table(&self, table: &str) -> bool {
        self.0.contains_key(&ObjectName::alone(ObjectKind::Table, table))
    }
}

/// A migration file of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationFile {
    pub version: i64,
    pub name: String,
    /// SHA-384, in hexadecimal digits.
    pub checksum: String,
}

/// A row of the ledger: a migration that was applied, or begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub version: i64,
    pub name: String,
    pub checksum: String,
    /// `false` when it began and did not end.
    pub success: bool,
    /// When, as RFC 3339.
    pub applied_at: Option<String>,
}

/// The schema that is to be expected: what the files up to this version make.
///
/// What is recorded tells how far; a database without a ledger that has something in it is held against all files. `None`:
/// nothing is to be expected.
pub fn expected_version(files: &[MigrationFile], recorded: &[Recorded], live: &Schema) -> Option<i64> {
    let last = |versions: &mut dyn Iterator<Item = i64>| versions.max();
    let applied = last(&mut recorded.iter().filter(|row| row.success).map(|row| row.version));
    let all = || last(&mut files.iter().map(|file| file.version));
    applied.or_else(|| if live.0.is_empty() { None } else { all() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_held_against_what_was_applied_and_one_without_a_ledger_against_all() {
        let file = |version| MigrationFile { version, name: String::new(), checksum: String::new() };
        let recorded = |version, success| Recorded {
            version,
            name: String::new(),
            checksum: String::new(),
            success,
            applied_at: None,
        };
        let files = [file(1), file(2), file(3)];
        let something = Schema([(ObjectName::alone(ObjectKind::Table, "a"), String::new())].into());
        let check = |recorded: &[Recorded], live: &Schema, expected| {
            assert_eq!(expected_version(&files, recorded, live), expected, "{recorded:?}");
        };
        check(&[], &Schema::default(), None);
        check(&[], &something, Some(3));
        check(&[recorded(1, true)], &something, Some(1));
        check(&[recorded(1, true), recorded(2, false)], &something, Some(1));
        check(&[recorded(1, true), recorded(9, true)], &something, Some(9));
    }
}
