//! Files and ledger side by side: what became of each migration.

use super::{MigrationFile, Recorded};

/// What became of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Applied,
    Pending,
    /// It began and did not end.
    Interrupted,
    /// It was applied when the file was another.
    Changed,
    /// It was applied by a program that has a file of it.
    NoFile,
}

impl StepState {
    /// For people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Interrupted => "interrupted",
            Self::Changed => "changed since",
            Self::NoFile => "no file",
        }
    }
}

/// A migration, known from a file, the ledger or both.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    pub version: i64,
    pub name: String,
    pub state: StepState,
    /// As RFC 3339.
    pub applied_at: Option<String>,
}

/// Every migration of the files and of the ledger, by version.
pub fn steps(files: &[MigrationFile], recorded: &[Recorded]) -> Vec<Step> {
    let of_row = |row: &Recorded| {
        let state = match files.iter().find(|file| file.version == row.version) {
            None => StepState::NoFile,
            Some(_) if !row.success => StepState::Interrupted,
            Some(file) if file.checksum != row.checksum => StepState::Changed,
            Some(_) => StepState::Applied,
        };
        Step { version: row.version, name: row.name.clone(), state, applied_at: row.applied_at.clone() }
    };
    let waiting = files.iter().filter(|file| !recorded.iter().any(|row| row.version == file.version));
    let of_file = |file: &MigrationFile| Step {
        version: file.version,
        name: file.name.clone(),
        state: StepState::Pending,
        applied_at: None,
    };
    let mut steps: Vec<Step> = recorded.iter().map(of_row).chain(waiting.map(of_file)).collect();
    steps.sort_by_key(|step| step.version);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_has_become_something() {
        let file = |version| MigrationFile { version, name: format!("f{version}"), checksum: "aa".to_owned() };
        let row = |version, checksum: &str, success| Recorded {
            version,
            name: format!("f{version}"),
            checksum: checksum.to_owned(),
            success,
            applied_at: None,
        };
        let recorded = [row(1, "aa", true), row(2, "bb", true), row(3, "aa", false), row(9, "aa", true)];
        let found = steps(&[file(1), file(2), file(3), file(4)], &recorded);
        let found: Vec<_> = found.iter().map(|step| (step.version, step.state.in_words())).collect();
        assert_eq!(found, [(1, "applied"), (2, "changed since"), (3, "interrupted"), (4, "pending"), (9, "no file")]);
    }
}
