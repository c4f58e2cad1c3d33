//! What is wrong with one field of some input. Collected, never just the first: a person mends a form in one go.

use serde::{Deserialize, Serialize};

/// One fault in some input: where, as an RFC 6901 JSON pointer, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, utoipa::ToSchema)]
#[error("{pointer}: {detail}")]
pub struct FieldError {
    /// The field, as a JSON pointer into the input: `/slug`.
    pub pointer: String,
    /// What is wrong and what would be right, in lower case without a full stop.
    pub detail: String,
}

impl FieldError {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: pointer.into(), detail: detail.to_string() }
    }
}

/// Takes the value out of `parsed`, or notes its error under `pointer` and gives `None`.
pub fn collect<T, E: ToString>(errors: &mut Vec<FieldError>, pointer: &str, parsed: Result<T, E>) -> Option<T> {
    parsed.map_err(|error| errors.push(FieldError::new(pointer, error))).ok()
}
