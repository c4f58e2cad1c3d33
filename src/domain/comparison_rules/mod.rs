//! How a migration's results are compared: what is ignored, what may differ by how much, which lists have no order, and
//! whose values are never kept. Not the comparing, which is [`super::difference`], and not versions, which the store counts.

mod document;
mod lines;
mod redacted_names;
#[cfg(test)]
mod tests;
mod tolerance;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use document::InvalidRules;
pub use redacted_names::is_secret_name;
pub use tolerance::{Tolerance, ToleranceRule};

use super::field_error::FieldError;
use super::field_path::Step;
use super::field_pattern::FieldPattern;
use super::text::Actor;

/// The most rules that a migration has.
pub const MAX_RULES: usize = 200;

/// A migration's rules: the JSON document that people edit and the store keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Value")]
pub struct ComparisonRules {
    /// Fields that are not looked at, with all that lies below them.
    #[schema(value_type = Vec<String>)]
    #[serde(serialize_with = "document::texts")]
    pub ignore: Vec<FieldPattern>,
    /// Fields that may differ by so much.
    pub tolerance: Vec<ToleranceRule>,
    /// Lists whose order does not matter.
    #[schema(value_type = Vec<String>)]
    #[serde(serialize_with = "document::texts")]
    pub unordered: Vec<FieldPattern>,
    /// Fields whose values are never kept, beside those whose names say that they are secret.
    #[schema(value_type = Vec<String>)]
    #[serde(serialize_with = "document::texts")]
    pub redact: Vec<FieldPattern>,
}

/// Rules as they were put in force.
#[derive(Clone, Debug, PartialEq)]
pub struct RulesVersion {
    /// Counts the versions of the migration's rules, from 1.
    pub version: i64,
    pub rules: ComparisonRules,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub reason: String,
}

impl ComparisonRules {
    /// No rules: everything is looked at, and what has a secret's name is redacted.
    pub const NONE: Self =
        Self { ignore: Vec::new(), tolerance: Vec::new(), unordered: Vec::new(), redact: Vec::new() };

    /// From a JSON document. Every faulty field is named.
    pub fn parse(document: &Value) -> Result<Self, Vec<FieldError>> {
        document::rules(document)
    }

    /// From lines that a person wrote, one rule each. Every faulty line is named, under the pointer `/rules`.
    pub fn parse_lines(text: &str) -> Result<Self, Vec<FieldError>> {
        lines::parse(text)
    }

    /// As lines, one rule each: what [`Self::parse_lines`] reads.
    pub fn to_lines(&self) -> String {
        lines::write(self)
    }

    /// How many rules there are.
    pub const fn len(&self) -> usize {
        self.ignore.len() + self.tolerance.len() + self.unordered.len() + self.redact.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// With one more field that is ignored.
    #[must_use]
    pub fn ignoring(mut self, field: FieldPattern) -> Self {
        self.ignore.push(field);
        self
    }

    /// Whether the field is not looked at. What lies below an ignored field is not asked for.
    pub fn ignores(&self, steps: &[Step<'_>]) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(steps))
    }

    /// Whether the field, or one that it lies in, is not looked at.
    pub fn ignores_within(&self, steps: &[Step<'_>]) -> bool {
        self.ignore.iter().any(|pattern| pattern.covers(steps))
    }

    /// Whether the list at the field has no order.
    pub fn is_unordered(&self, steps: &[Step<'_>]) -> bool {
        self.unordered.iter().any(|pattern| pattern.matches(steps))
    }

    /// What the field may differ by: whatever one of these allows.
    pub fn tolerances<'a>(&'a self, steps: &[Step<'_>]) -> Vec<&'a Tolerance> {
        let rules = self.tolerance.iter().filter(|rule| rule.field.matches(steps));
        rules.map(|rule| &rule.by).collect()
    }

    /// How many of the steps lead to the outermost field whose value is never kept; `None` when none is on the way.
    pub fn redacted_at(&self, steps: &[Step<'_>]) -> Option<usize> {
        (0..=steps.len()).find(|length| self.redacts(&steps[..*length]))
    }

    /// Whether the value of just this field is never kept.
    pub fn redacts(&self, steps: &[Step<'_>]) -> bool {
        let is_secret = matches!(steps.last(), Some(Step::Member(name)) if is_secret_name(name));
        is_secret || self.redact.iter().any(|pattern| pattern.matches(steps))
    }
}
