//! The differences between two JSON-like results, by field path, under a migration's rules. Not what they mean: see
//! [`super::comparison`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison_rules::ComparisonRules;
pub use super::field_path::FieldPath;
use super::field_path::Step;
use super::multiset::{self, Keyed};

/// How a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Legacy has it, the candidate does not.
    Missing,
    /// The candidate has it, legacy does not.
    Extra,
    /// Both have it, as different JSON types.
    Type,
    /// Both have it with the same type and different values.
    Value,
    /// Both have the same elements in a list, in another order.
    Order,
}

impl DifferenceKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Extra, Self::Type, Self::Value, Self::Order];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Type => "type",
            Self::Value => "value",
            Self::Order => "order",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One difference between two results.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Difference {
    /// Where.
    pub field: FieldPath,
    /// How.
    pub kind: DifferenceKind,
}

/// A difference with the two values at its field, the first that differ there. It lives as long as the results do: what
/// may be kept of them is an [`Example`](super::example::Example).
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    pub difference: Difference,
    /// The steps to the field.
    pub steps: Vec<Step<'a>>,
    /// What legacy has there, if it has it.
    pub legacy: Option<&'a Value>,
    /// What the candidate has there, if it has it.
    pub candidate: Option<&'a Value>,
}

impl Found<'_> {
    /// Whether there is anything to show of it.
    pub const fn has_values(&self) -> bool {
        self.legacy.is_some() || self.candidate.is_some()
    }
}

/// The most differences listed of one comparison.
pub const MAX_DIFFERENCES: usize = 100;

/// The differences between two results: sorted, each field and kind once, at most [`MAX_DIFFERENCES`]; none when equal.
///
/// Numbers are equal when they are equal as numbers (`1` and `1.0`). The order of members never counts; that of a list
/// counts unless the rules say otherwise, and a list with the same elements in another order differs in its `order` and in
/// nothing else. Below a field that is redacted nothing is told but that its value differs.
pub fn between<'a>(legacy: &'a Value, candidate: &'a Value, rules: &ComparisonRules) -> Vec<Found<'a>> {
    let mut walk = Walk { rules, steps: Vec::new(), values: Vec::new(), found: BTreeMap::new() };
    walk.values(legacy, candidate);
    walk.found.into_values().collect()
}

struct Walk<'a, 'r> {
    rules: &'r ComparisonRules,
    steps: Vec<Step<'a>>,
    /// What lies at the root and after each step.
    values: Vec<(Option<&'a Value>, Option<&'a Value>)>,
    found: BTreeMap<Difference, Found<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn is_full(&self) -> bool {
        self.found.len() >= MAX_DIFFERENCES
    }

    /// Compares what both sides have where the walk is.
    fn values(&mut self, legacy: &'a Value, candidate: &'a Value) {
        // What is equal as it stands is equal under any rules.
        if self.is_full() || legacy == candidate || self.rules.ignores(&self.steps) {
            return;
        }
        self.values.push((Some(legacy), Some(candidate)));
        match (legacy, candidate) {
            (Value::Object(left), Value::Object(right)) => {
                for (name, value) in left {
                    self.member(name, Some(value), right.get(name));
                }
                for (name, value) in right.iter().filter(|(name, _)| !left.contains_key(*name)) {
                    self.member(name, None, Some(value));
                }
            }
            (Value::Array(left), Value::Array(right)) => self.lists(left, right),
            (Value::Number(left), Value::Number(right)) => {
                if multiset::number_text(left) != multiset::number_text(right) && !self.tolerates(legacy, candidate) {
                    self.note(DifferenceKind::Value);
                }
            }
            // Equal ones are back already.
            (Value::Bool(_), Value::Bool(_)) => self.note(DifferenceKind::Value),
            (Value::String(_), Value::String(_)) => {
                if !self.tolerates(legacy, candidate) {
                    self.note(DifferenceKind::Value);
                }
            }
            _ => self.note(DifferenceKind::Type),
        }
        self.values.pop();
    }

    fn tolerates(&self, legacy: &Value, candidate: &Value) -> bool {
        self.rules.tolerances(&self.steps).iter().any(|tolerance| tolerance.allows_values(legacy, candidate))
    }

    fn member(&mut self, name: &'a str, legacy: Option<&'a Value>, candidate: Option<&'a Value>) {
        self.below(Step::Member(Cow::Borrowed(name)), legacy, candidate);
    }

    /// Compares what is one step further; at least one side has it.
    fn below(&mut self, step: Step<'a>, legacy: Option<&'a Value>, candidate: Option<&'a Value>) {
        self.steps.push(step);
        match (legacy, candidate) {
            (Some(legacy), Some(candidate)) => self.values(legacy, candidate),
            (legacy, candidate) if !self.rules.ignores(&self.steps) => {
                self.values.push((legacy, candidate));
                self.note(if legacy.is_some() { DifferenceKind::Missing } else { DifferenceKind::Extra });
                self.values.pop();
            }
            _ => {}
        }
        self.steps.pop();
    }

    fn lists(&mut self, legacy: &'a [Value], candidate: &'a [Value]) {
        let may_be_sorted = multiset::may_be_sorted(&self.steps);
        if may_be_sorted && self.rules.is_unordered(&self.steps) {
            let (legacy, candidate) = (self.keyed(legacy.iter()), self.keyed(candidate.iter()));
            let unmatched = multiset::unmatched(legacy, candidate);
            self.elements(unmatched.legacy.into_iter(), unmatched.candidate.into_iter());
            return;
        }
        if may_be_sorted && legacy.len() == candidate.len() {
            let unlike: Vec<(&Value, &Value)> =
                legacy.iter().zip(candidate).filter(|(left, right)| left != right).collect();
            if unlike.len() > 1 && self.is_reordered(&unlike) {
                self.note(DifferenceKind::Order);
                return;
            }
        }
        self.elements(legacy.iter(), candidate.iter());
    }

    /// Whether these are the same elements in another order, and not the same under the rules as they stand.
    fn is_reordered(&self, unlike: &[(&'a Value, &'a Value)]) -> bool {
        let legacy = self.keyed(unlike.iter().map(|(legacy, _)| *legacy));
        let candidate = self.keyed(unlike.iter().map(|(_, candidate)| *candidate));
        let is_same = legacy.iter().zip(&candidate).all(|(left, right)| left.is_same(right));
        let unmatched = multiset::unmatched(legacy, candidate);
        !is_same && unmatched.legacy.is_empty() && unmatched.candidate.is_empty()
    }

    fn keyed(&self, values: impl Iterator<Item = &'a Value>) -> Vec<Keyed<'a>> {
        let mut steps = self.steps.clone();
        steps.push(Step::Element);
        values.map(|value| Keyed::new(value, &mut steps, self.rules)).collect()
    }

    /// Compares elements one by one.
    fn elements(
        &mut self,
        mut legacy: impl Iterator<Item = &'a Value>,
        mut candidate: impl Iterator<Item = &'a Value>,
    ) {
        loop {
            let (left, right) = (legacy.next(), candidate.next());
            if left.is_none() && right.is_none() || self.is_full() {
                return;
            }
            self.below(Step::Element, left, right);
        }
    }

    /// Notes a difference where the walk is; below a field that is redacted, at that field.
    fn note(&mut self, kind: DifferenceKind) {
        let (length, kind) = match self.rules.redacted_at(&self.steps) {
            Some(length) if length < self.steps.len() => (length, DifferenceKind::Value),
            _ => (self.steps.len(), kind),
        };
        let steps = &self.steps[..length];
        let difference = Difference { field: FieldPath::of(steps), kind };
        if self.is_full() || self.found.contains_key(&difference) {
            return;
        }
        let (legacy, candidate) = self.values.get(length).copied().unwrap_or_default();
        let found = Found { difference: difference.clone(), steps: steps.to_vec(), legacy, candidate };
        self.found.insert(difference, found);
    }
}

#[cfg(test)]
mod tests;
