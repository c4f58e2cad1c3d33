//! What came of checking a pack.

/// What is no pack at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPack {
    #[error("it has no manifest.json")]
    NoManifest,
    #[error("its manifest.json cannot be read: {0}")]
    Manifest(String),
    #[error("its manifest.json is of the format {0:?}")]
    Format(String),
    #[error("its format has the version {0}, which this program does not know")]
    Version(u32),
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as the pack says.
    Ok,
    /// It is not.
    Contradicted,
    /// It cannot be told from what is in the pack.
    NotChecked,
}

impl Outcome {
    /// As people read it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Contradicted => "contradicted",
            Self::NotChecked => "not checked",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is about: `files`, `verdict`, `audit chain`.
    pub about: &'static str,
    pub outcome: Outcome,
    /// What was found, in words.
    pub found: String,
}

/// What came of all checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackVerdict {
    /// What the pack says that it is of, in words.
    pub subject: String,
    /// In the order in which they were made.
    pub checks: Vec<Check>,
}

impl PackVerdict {
    /// Whether nothing contradicts the pack.
    pub fn is_confirmed(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != Outcome::Contradicted)
    }
}

/// Checks in the making.
#[derive(Debug, Default)]
pub(super) struct Checks(pub Vec<Check>);

impl Checks {
    pub fn ok(&mut self, about: &'static str, found: impl Into<String>) {
        self.0.push(Check { about, outcome: Outcome::Ok, found: found.into() });
    }

    pub fn contradicted(&mut self, about: &'static str, found: impl Into<String>) {
        self.0.push(Check { about, outcome: Outcome::Contradicted, found: found.into() });
    }

    pub fn not_checked(&mut self, about: &'static str, found: impl Into<String>) {
        self.0.push(Check { about, outcome: Outcome::NotChecked, found: found.into() });
    }

    /// Ok with `well` when there is nothing in `wrong`; else each of them.
    pub fn all(&mut self, about: &'static str, wrong: Vec<String>, well: impl Into<String>) {
        if wrong.is_empty() {
            self.ok(about, well);
        }
        for found in wrong {
            self.contradicted(about, found);
        }
    }
}

/// So many of something: `1 event`, `3 events`.
pub(super) fn several(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
