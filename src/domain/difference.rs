//! The differences between two JSON-like results, by field path. Not what they mean: see [`super::comparison`].

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
}

impl DifferenceKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Type => "type",
            Self::Value => "value",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Missing, Self::Extra, Self::Type, Self::Value].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where in a result: `$.files[].size`. Positions in a list are not part of it, so that like differences count together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldPath(String);

impl FieldPath {
    /// The most characters kept of a path; a longer one is cut and ends in `…`.
    pub const MAX_CHARS: usize = 200;

    /// A path as somebody wrote it, cut to the most characters kept.
    pub fn new(text: &str) -> Self {
        if text.chars().count() <= Self::MAX_CHARS {
            return Self(text.to_owned());
        }
        let mut cut: String = text.chars().take(Self::MAX_CHARS - 1).collect();
        cut.push('…');
        Self(cut)
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

/// The most differences listed of one comparison.
pub const MAX_DIFFERENCES: usize = 100;

/// The differences between two results: sorted, each field and kind once, at most [`MAX_DIFFERENCES`]; none when equal.
///
/// Numbers are equal when they are equal as numbers (`1` and `1.0`); the order of a list counts, that of members does not.
pub fn between(legacy: &Value, candidate: &Value) -> Vec<Difference> {
    let mut found = std::collections::BTreeSet::new();
    walk(legacy, candidate, &mut "$".to_owned(), &mut found);
    found.into_iter().collect()
}

fn walk(legacy: &Value, candidate: &Value, path: &mut String, found: &mut std::collections::BTreeSet<Difference>) {
    if found.len() >= MAX_DIFFERENCES {
        return;
    }
    match (legacy, candidate) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                below(path, &format!(".{name}"), |path| match right.get(name) {
                    Some(other) => walk(value, other, path, found),
                    None => note(path, DifferenceKind::Missing, found),
                });
            }
            for name in right.keys().filter(|name| !left.contains_key(*name)) {
                below(path, &format!(".{name}"), |path| note(path, DifferenceKind::Extra, found));
            }
        }
        (Value::Array(left), Value::Array(right)) => below(path, "[]", |path| {
            for (value, other) in left.iter().zip(right) {
                walk(value, other, path, found);
            }
            match left.len().cmp(&right.len()) {
                std::cmp::Ordering::Greater => note(path, DifferenceKind::Missing, found),
                std::cmp::Ordering::Less => note(path, DifferenceKind::Extra, found),
                std::cmp::Ordering::Equal => {}
            }
        }),
        (Value::Number(left), Value::Number(right)) => {
            if left != right && left.as_f64() != right.as_f64() {
                note(path, DifferenceKind::Value, found);
            }
        }
        (Value::Null, Value::Null) => {}
        (Value::Bool(_), Value::Bool(_)) | (Value::String(_), Value::String(_)) => {
            if legacy != candidate {
                note(path, DifferenceKind::Value, found);
            }
        }
        _ => note(path, DifferenceKind::Type, found),
    }
}

fn below(path: &mut String, step: &str, then: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push_str(step);
    then(path);
    path.truncate(length);
}

fn note(path: &str, kind: DifferenceKind, found: &mut std::collections::BTreeSet<Difference>) {
    if found.len() < MAX_DIFFERENCES {
        found.insert(Difference { field: FieldPath::new(path), kind });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(legacy: &Value, candidate: &Value, expected: &[(&str, DifferenceKind)]) {
        let found = between(legacy, candidate);
        let found: Vec<_> = found.iter().map(|difference| (difference.field.as_str(), difference.kind)).collect();
        assert_eq!(found, expected, "{legacy} and {candidate}");
    }

    #[test]
    fn differences_are_told_by_field_path_and_kind() {
        use DifferenceKind::{Extra, Missing, Type, Value};
        check(&json!({"a": 1, "b": [1, 2]}), &json!({"b": [1, 2], "a": 1.0}), &[]);
        check(&json!({"size": 10}), &json!({"size": 11}), &[("$.size", Value)]);
        check(&json!({"size": 10}), &json!({"size": "10"}), &[("$.size", Type)]);
        check(&json!({"a": 1}), &json!({"b": 1}), &[("$.a", Missing), ("$.b", Extra)]);
        check(&json!({"a": null}), &json!({}), &[("$.a", Missing)]);
        check(&json!([1, 2, 3]), &json!([1, 2]), &[("$[]", Missing)]);
        check(&json!([{"x": 1}, {"x": 2}]), &json!([{"x": 9}, {"x": 8}]), &[("$[].x", Value)]);
        check(&json!("a"), &json!("b"), &[("$", Value)]);
        check(&json!(null), &json!(null), &[]);
    }

    #[test]
    fn a_result_with_countless_differences_lists_a_hundred() {
        let many: serde_json::Map<String, Value> = (0..1_000).map(|i| (format!("f{i}"), json!(i))).collect();
        assert_eq!(between(&Value::Object(many), &json!({})).len(), MAX_DIFFERENCES);
    }

    #[test]
    fn a_long_path_is_cut() {
        let path = FieldPath::new(&"ü".repeat(500));
        assert_eq!(path.as_str().chars().count(), FieldPath::MAX_CHARS);
        assert!(path.as_str().ends_with('…'));
    }
}
