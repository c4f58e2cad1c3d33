//! By how much two numbers or two moments may differ and still count as equal.

use chrono::DateTime;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::field_pattern::FieldPattern;

/// By how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// Numbers: by so much.
    Absolute(f64),
    /// Numbers: by this share of the one that is farther from 0.
    Relative(f64),
    /// RFC 3339 times, written as texts: by so many milliseconds.
    Milliseconds(f64),
}

/// Where, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct ToleranceRule {
    pub field: FieldPattern,
    pub by: Tolerance,
}

/// The document of a [`ToleranceRule`]: one of the three is there.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ToleranceRule)]
struct ToleranceDocument<'a> {
    /// The field, as a pattern.
    field: &'a str,
    /// Numbers may differ by so much.
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute: Option<f64>,
    /// Numbers may differ by this share of the greater: 0.01 is 1 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative: Option<f64>,
    /// RFC 3339 times may differ by so many milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<f64>,
}

impl Serialize for ToleranceRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bare = ToleranceDocument { field: self.field.as_str(), absolute: None, relative: None, milliseconds: None };
        let document = match self.by {
            Tolerance::Absolute(by) => ToleranceDocument { absolute: Some(by), ..bare },
            Tolerance::Relative(by) => ToleranceDocument { relative: Some(by), ..bare },
            Tolerance::Milliseconds(by) => ToleranceDocument { milliseconds: Some(by), ..bare },
        };
        document.serialize(serializer)
    }
}

impl utoipa::PartialSchema for ToleranceRule {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <ToleranceDocument<'_> as utoipa::PartialSchema>::schema()
    }
}

impl utoipa::ToSchema for ToleranceRule {}

impl Tolerance {
    /// What of `value` it is about, as a number; `None` when it is not about such a value.
    pub fn measure(&self, value: &Value) -> Option<f64> {
        match self {
            Self::Absolute(_) | Self::Relative(_) => value.as_f64(),
            Self::Milliseconds(_) => {
                let at = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
                // Of microseconds, a float holds those of a few centuries exactly.
                Some(at.timestamp_micros() as f64 / 1_000.0)
            }
        }
    }

    /// Whether two measures are within it. A bound itself is within, however it is written in binary.
    pub fn allows(&self, one: f64, other: f64) -> bool {
        let most = match self {
            Self::Absolute(by) | Self::Milliseconds(by) => *by,
            Self::Relative(by) => by * one.abs().max(other.abs()),
        };
        (one - other).abs() <= most + f64::EPSILON * one.abs().max(other.abs())
    }

    /// Whether two values are both of what it is about, and within it.
    pub fn allows_values(&self, one: &Value, other: &Value) -> bool {
        matches!((self.measure(one), self.measure(other)), (Some(one), Some(other)) if self.allows(one, other))
    }
}
