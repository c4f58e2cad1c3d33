//! What is kept of a comparison to be looked at: both sides at a field that differed, redacted and cut. A bounded number of
//! them, the newest.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::comparison_rules::ComparisonRules;
use super::difference::{Difference, Found};
use super::observation::Operation;
use super::redaction::excerpt;

/// The most bytes of a value at a field.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// The most bytes of a whole result.
pub const MAX_RESULT_BYTES: usize = 4_096;

/// The most examples kept of one field and kind of a feature.
pub const MAX_PER_FIELD: usize = 5;

/// The most examples kept of one feature.
pub const MAX_PER_FEATURE: usize = 200;

/// The most examples made of one comparison.
pub const MAX_PER_COMPARISON: usize = 10;

/// Both sides, as indented JSON that may have been cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// `None` when legacy has nothing there, or nothing was sent.
    pub legacy: Option<String>,
    /// `None` when the candidate has nothing there, or nothing was sent.
    pub candidate: Option<String>,
}

/// One comparison's differing field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub difference: Difference,
    pub at: DateTime<Utc>,
    pub operation: Operation,
    /// Which version of the rules it was redacted by.
    pub rules_version: i64,
    /// What each side has at the field.
    pub values: Sides,
    /// The results that the values were in, when they were sent.
    pub results: Sides,
}

impl Sides {
    /// Nothing on either side.
    pub const NOTHING: Self = Self { legacy: None, candidate: None };

    /// The values at a field, redacted and cut.
    pub fn at(found: &Found<'_>, rules: &ComparisonRules) -> Self {
        let shown = |value: Option<&Value>, other| {
            value.map(|value| excerpt(value, other, &found.steps, rules, MAX_VALUE_BYTES))
        };
        Self { legacy: shown(found.legacy, found.candidate), candidate: shown(found.candidate, found.legacy) }
    }

    /// Two whole results, redacted and cut.
    pub fn of_results(legacy: &Value, candidate: &Value, rules: &ComparisonRules) -> Self {
        let shown = |value, other| Some(excerpt(value, Some(other), &[], rules, MAX_RESULT_BYTES));
        Self { legacy: shown(legacy, candidate), candidate: shown(candidate, legacy) }
    }
}

/// Adds `more` to the examples of one field and kind, of which the newest are kept.
pub fn keep_newest(examples: &mut Vec<Example>, more: impl IntoIterator<Item = Example>) {
    examples.extend(more);
    examples.sort_by_key(|example| std::cmp::Reverse(example.at));
    examples.truncate(MAX_PER_FIELD);
}
