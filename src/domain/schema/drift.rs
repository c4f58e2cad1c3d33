//! Where a database and the migration files have drifted apart, each kind in its own words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MigrationFile, ObjectName, Recorded, Schema};

/// One thing that is not as the files make it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Drift {
    /// The ledger has it and this program does not.
    RecordedWithoutFile { version: i64, name: String },
    /// This program has it and the ledger does not, or has it as one that did not end.
    FileNotApplied { version: i64, name: String, interrupted: bool },
    /// What was applied is not what the file says now.
    ChecksumChanged { version: i64, name: String, recorded: String, file: String },
    /// One number for several migrations.
    DuplicateVersion { version: i64, names: Vec<String>, place: Place },
    /// It is there, and no file makes it.
    ObjectInNoFile { object: ObjectName, definition: String },
    /// A file makes it, and it is not there.
    ObjectMissing { object: ObjectName, definition: String },
    /// It is there, and is not what the files make.
    ShapeDiffers { object: ObjectName, expected: String, live: String },
}

/// Where versions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Files,
    Ledger,
}

impl Drift {
    /// The kind, as it stands before what it is about.
    pub const fn kind_in_words(&self) -> &'static str {
        match self {
            Self::RecordedWithoutFile { .. } => "recorded without file",
            Self::FileNotApplied { .. } => "file not applied",
            Self::ChecksumChanged { .. } => "checksum changed",
            Self::DuplicateVersion { .. } => "duplicate version",
            Self::ObjectInNoFile { .. } => "object in no file",
            Self::ObjectMissing { .. } => "object missing",
            Self::ShapeDiffers { .. } => "shape differs",
        }
    }

    /// What it is about.
    pub fn subject(&self) -> String {
        match self {
            Self::RecordedWithoutFile { version, name }
            | Self::FileNotApplied { version, name, .. }
            | Self::ChecksumChanged { version, name, .. } => titled(*version, name),
            Self::DuplicateVersion { version, .. } => format!("{version:04}"),
            Self::ObjectInNoFile { object, .. }
            | Self::ObjectMissing { object, .. }
            | Self::ShapeDiffers { object, .. } => object.to_string(),
        }
    }

    /// What is wrong with it, as a sentence without a full stop.
    pub fn detail(&self) -> String {
        match self {
            Self::RecordedWithoutFile { .. } => {
                "it was applied by another program, perhaps a newer one: this one does not have it".to_owned()
            }
            Self::FileNotApplied { interrupted: false, .. } => "it waits: `crossfade db migrate` applies it".to_owned(),
            Self::FileNotApplied { interrupted: true, .. } => "it began and did not end".to_owned(),
            Self::ChecksumChanged { recorded, file, .. } => {
                format!("applied was {}, the file is {} now", short(recorded), short(file))
            }
            Self::DuplicateVersion { names, place: Place::Files, .. } => {
                format!("several files have it: {}", names.join(", "))
            }
            Self::DuplicateVersion { names, place: Place::Ledger, .. } => {
                format!("it is recorded {} times: {}", names.len(), names.join(", "))
            }
            Self::ObjectInNoFile { definition, .. } => format!("it is there, and no file makes it: {definition}"),
            Self::ObjectMissing { definition, .. } => format!("the files make it, and it is not there: {definition}"),
            Self::ShapeDiffers { expected, live, .. } => format!("it is `{live}`, and the files make `{expected}`"),
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.kind_in_words(), self.subject(), self.detail())
    }
}

fn titled(version: i64, name: &str) -> String {
    format!("{version:04} {name}")
}

/// Enough of a checksum to tell it from another.
fn short(checksum: &str) -> &str {
    checksum.get(..12).unwrap_or(checksum)
}

/// All that has drifted: first the ledger against the files, then what is `live` against what is `expected` of the files
/// that count.
pub fn drift(files: &[MigrationFile], recorded: &[Recorded], live: &Schema, expected: &Schema) -> Vec<Drift> {
    let mut found = duplicates(files.iter().map(|file| (file.version, file.name.as_str())), Place::Files);
    found.extend(duplicates(recorded.iter().map(|row| (row.version, row.name.as_str())), Place::Ledger));
    found.extend(recorded.iter().filter_map(|row| of_recorded(row, files)));
    found.extend(
        files
            .iter()
            .filter(|file| !recorded.iter().any(|row| row.version == file.version))
            .map(|file| Drift::FileNotApplied { version: file.version, name: file.name.clone(), interrupted: false }),
    );
    found.extend(of_objects(live, expected));
    found
}

fn duplicates<'a>(versions: impl Iterator<Item = (i64, &'a str)>, place: Place) -> Vec<Drift> {
    let mut named: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (version, name) in versions {
        named.entry(version).or_default().push(name.to_owned());
    }
    let several = named.into_iter().filter(|(_, names)| names.len() > 1);
    several.map(|(version, names)| Drift::DuplicateVersion { version, names, place }).collect()
}

fn of_recorded(row: &Recorded, files: &[MigrationFile]) -> Option<Drift> {
    let (version, name) = (row.version, row.name.clone());
    let Some(file) = files.iter().find(|file| file.version == version) else {
        return Some(Drift::RecordedWithoutFile { version, name });
    };
    if !row.success {
        return Some(Drift::FileNotApplied { version, name, interrupted: true });
    }
    let changed = Drift::ChecksumChanged { version, name, recorded: row.checksum.clone(), file: file.checksum.clone() };
    (row.checksum != file.checksum).then_some(changed)
}

/// Objects that are not the same. Of a table that is only on one side its parts are not told of.
pub fn of_objects(live: &Schema, expected: &Schema) -> Vec<Drift> {
    let is_told_of = |object: &ObjectName, other: &Schema| match &object.table {
        Some(table) => other.has_table(table),
        None => true,
    };
    let mut found = Vec::new();
    for (object, definition) in &live.0 {
        let (object, definition) = (object.clone(), definition.clone());
        match expected.0.get(&object) {
            Some(expected) if *expected == definition => {}
            Some(expected) => found.push(Drift::ShapeDiffers { object, expected: expected.clone(), live: definition }),
            None if is_told_of(&object, expected) => found.push(Drift::ObjectInNoFile { object, definition }),
            None => {}
        }
    }
    let missing = expected.0.iter().filter(|(object, _)| !live.0.contains_key(object) && is_told_of(object, live));
    found.extend(
        missing.map(|(object, definition)| Drift::ObjectMissing {
            object: object.clone(),
            definition: definition.clone(),
        }),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::ObjectKind;

    fn file(version: i64, checksum: &str) -> MigrationFile {
        MigrationFile { version, name: "step".to_owned(), checksum: checksum.to_owned() }
    }

    fn recorded(version: i64, checksum: &str) -> Recorded {
        Recorded { version, name: "step".to_owned(), checksum: checksum.to_owned(), success: true, applied_at: None }
    }

    fn schema(objects: &[(ObjectName, &str)]) -> Schema {
        Schema(objects.iter().map(|(name, definition)| (name.clone(), (*definition).to_owned())).collect())
    }

    fn table(name: &str) -> ObjectName {
        ObjectName::alone(ObjectKind::Table, name)
    }

    fn column(table: &str, name: &str) -> ObjectName {
        ObjectName::of(ObjectKind::Column, table, name)
    }

    fn of_ledger(files: &[MigrationFile], recorded: &[Recorded]) -> Vec<String> {
        drift(files, recorded, &Schema::default(), &Schema::default()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_recorded_as_the_files_are_has_not_drifted() {
        assert_eq!(of_ledger(&[file(1, "aa"), file(2, "bb")], &[recorded(1, "aa"), recorded(2, "bb")]), [""; 0]);
    }

    #[test]
    fn a_row_of_the_ledger_without_a_file_is_told_of() {
        assert_eq!(
            of_ledger(&[file(1, "aa")], &[recorded(1, "aa"), recorded(7, "bb")]),
            [
                "recorded without file: 0007 step: it was applied by another program, perhaps a newer one: this one does not \
              have it"
            ]
        );
    }

    #[test]
    fn a_file_that_waits_and_one_that_did_not_end_are_told_of() {
        let interrupted = Recorded { success: false, ..recorded(1, "aa") };
        assert_eq!(
            of_ledger(&[file(1, "aa"), file(2, "bb")], &[interrupted]),
            [
                "file not applied: 0001 step: it began and did not end",
                "file not applied: 0002 step: it waits: `crossfade db migrate` applies it",
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_what_was_applied_is_told_of() {
        assert_eq!(
            of_ledger(&[file(1, "0123456789abcdef")], &[recorded(1, "fedcba9876543210")]),
            ["checksum changed: 0001 step: applied was fedcba987654, the file is 0123456789ab now"]
        );
    }

    #[test]
    fn a_version_that_is_there_twice_is_told_of() {
        let other = MigrationFile { name: "other".to_owned(), ..file(1, "aa") };
        assert_eq!(
            of_ledger(&[file(1, "aa"), other], &[recorded(1, "aa"), recorded(1, "aa")]),
            [
                "duplicate version: 0001: several files have it: step, other",
                "duplicate version: 0001: it is recorded 2 times: step, step",
            ]
        );
    }

    #[test]
    fn objects_are_told_of_with_what_they_are_and_what_they_should_be() {
        let expected = schema(&[
            (table("a"), "table"),
            (column("a", "id"), "bigint not null"),
            (column("a", "gone"), "text"),
            (table("b"), "table"),
            (column("b", "id"), "bigint"),
        ]);
        let live = schema(&[
            (table("a"), "table"),
            (column("a", "id"), "bigint"),
            (column("a", "more"), "text"),
            (table("c"), "table"),
            (column("c", "id"), "bigint"),
        ]);
        let found: Vec<String> = of_objects(&live, &expected).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "object in no file: table c: it is there, and no file makes it: table",
                "shape differs: column a.id: it is `bigint`, and the files make `bigint not null`",
                "object in no file: column a.more: it is there, and no file makes it: text",
                "object missing: table b: the files make it, and it is not there: table",
                "object missing: column a.gone: the files make it, and it is not there: text",
            ]
        );
        assert_eq!(of_objects(&expected, &expected), []);
    }
}
