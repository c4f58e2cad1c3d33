//! Why a command did not do what it was asked.

use crate::domain::field_error::FieldError;
use crate::domain::refusal::Refusal;
use crate::server::store::{CommitError, StoreError};
use crate::views::meanwhile::Meanwhile;

/// Why a change was not made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Something with that name is there already.
    #[error("{what} exists already")]
    Exists { what: String },
    /// What the change refers to is not there.
    #[error("{what} does not exist")]
    NotFound { what: String },
    /// Some fields cannot be taken as they are.
    #[error("{}", listed(.0))]
    Invalid(Vec<FieldError>),
    /// Demands are unmet: all of them.
    #[error("{}", listed(.0))]
    Refused(Vec<Refusal>),
    /// It was made against a version that is not the present one.
    #[error("{what} was changed meanwhile")]
    Stale {
        what: String,
        /// The present version; `None` when it was only found as the change was written.
        version: Option<i64>,
        /// What was changed since, newest first.
        changes: Vec<Meanwhile>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommandError {
    /// One unmet demand.
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }

    /// The same, where whatever was wrong stands in the field of this name.
    #[must_use]
    pub fn in_field(self, field: &str) -> Self {
        match self {
            Self::Invalid(errors) => {
                let here = |error: FieldError| FieldError::new(format!("/{field}"), error.detail);
                Self::Invalid(errors.into_iter().map(here).collect())
            }
            other => other,
        }
    }
}

/// All of them, for the command line: elsewhere they are told one by one.
fn listed(what: &[impl ToString]) -> String {
    what.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<CommitError> for CommandError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Exists { what } => Self::Exists { what },
            CommitError::NotFound { what } => Self::NotFound { what },
            CommitError::Stale { what } => Self::Stale { what, version: None, changes: Vec::new() },
            CommitError::LastAdmin => Self::refused(Refusal::LastAdmin),
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

impl From<Vec<FieldError>> for CommandError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

impl From<Vec<Refusal>> for CommandError {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self::Refused(refusals)
    }
}
