//! The rules' JSON document, read field by field.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{ComparisonRules, MAX_RULES, Tolerance, ToleranceRule};
use crate::domain::field_error::FieldError;
use crate::domain::field_pattern::FieldPattern;
use crate::domain::fields::{Fields, below};

/// What is wrong with rules that were read as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not comparison rules: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidRules(pub Vec<FieldError>);

impl TryFrom<Value> for ComparisonRules {
    type Error = InvalidRules;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        rules(&document).map_err(InvalidRules)
    }
}

/// Reads rules.
pub(super) fn rules(document: &Value) -> Result<ComparisonRules, Vec<FieldError>> {
    let mut errors = Vec::new();
    let Some(mut fields) = Fields::of(document, "", &mut errors) else { return Err(errors) };
    fields.only(&["ignore", "tolerance", "unordered", "redact"]);
    let ignore = patterns(&mut fields, "ignore");
    let unordered = patterns(&mut fields, "unordered");
    let redact = patterns(&mut fields, "redact");
    let listed = fields.list("tolerance");
    let (pointer, noted) = fields.nested("tolerance");
    let tolerance = listed.iter().enumerate().filter_map(|(index, it)| tolerance(it, &below(&pointer, index), noted));
    let tolerance = tolerance.collect();
    let rules = ComparisonRules { ignore, tolerance, unordered, redact };
    if rules.len() > MAX_RULES {
        errors.push(FieldError::new("", too_many()));
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// That there are more rules than a migration may have.
pub(super) fn too_many() -> String {
    format!("must have at most {MAX_RULES} rules")
}

/// Why a bound of a tolerance is refused, if it is.
pub(super) fn fault_of(by: Tolerance) -> Option<&'static str> {
    match by {
        Tolerance::Absolute(by) => (!(by.is_finite() && by > 0.0)).then_some("must be a number above 0"),
        Tolerance::Relative(by) => (!(by > 0.0 && by < 1.0)).then_some("must be a share above 0 and below 1"),
        Tolerance::Milliseconds(by) => {
            (!(1.0..=1e12).contains(&by)).then_some("must be a number of milliseconds, 1 or more")
        }
    }
}

/// Patterns as a list of texts.
pub(super) fn texts<S: Serializer>(patterns: &[FieldPattern], serializer: S) -> Result<S::Ok, S::Error> {
    let texts: Vec<&str> = patterns.iter().map(FieldPattern::as_str).collect();
    texts.serialize(serializer)
}

fn patterns(fields: &mut Fields<'_, '_>, name: &str) -> Vec<FieldPattern> {
    let listed = fields.list(name);
    let (pointer, errors) = fields.nested(name);
    let read = listed.iter().enumerate().filter_map(|(index, value)| {
        let parsed = match value.as_str() {
            Some(text) => FieldPattern::parse(text).map_err(|error| error.to_string()),
            None => Err("must be a text".to_owned()),
        };
        parsed.map_err(|error| errors.push(FieldError::new(below(&pointer, index), error))).ok()
    });
    read.collect()
}

fn tolerance(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<ToleranceRule> {
    let mut fields = Fields::of(document, pointer, errors)?;
    fields.only(&["field", "absolute", "relative", "milliseconds"]);
    let field = fields.text("field").and_then(|text| {
        let parsed = FieldPattern::parse(text);
        fields.parsed("field", parsed)
    });
    type Kind = (&'static str, fn(f64) -> Tolerance);
    let kinds: [Kind; 3] = [
        ("absolute", Tolerance::Absolute),
        ("relative", Tolerance::Relative),
        ("milliseconds", Tolerance::Milliseconds),
    ];
    let mut given = kinds.iter().filter(|(name, _)| fields.get(name).is_some());
    let (Some((name, of)), None) = (given.next(), given.next()) else {
        errors.push(FieldError::new(pointer, "must have one of absolute, relative, milliseconds"));
        return None;
    };
    let by = fields.number(name).map(of)?;
    if let Some(fault) = fault_of(by) {
        fields.fault(name, fault);
        return None;
    }
    Some(ToleranceRule { field: field?, by })
}
