//! The address of a feature's page: which span of time and which operation it asks for, as it was written. What a span
//! is, is in [`super::range`].

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::range::{RangeChoice, RangeError};
use crate::domain::field_error::FieldError;
use crate::domain::observation::Operation;
use crate::domain::time_range::{TimeRange, TimeRangeError};

/// The slug of [`RangeChoice::Custom`].
pub const CUSTOM: &str = "custom";

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeatureAddress {
    /// The slug of a [`RangeChoice`]; empty for the default.
    range: String,
    /// The start of a custom range.
    pub from: String,
    /// The end of a custom range.
    pub to: String,
    /// The operation; empty for all.
    pub operation: String,
}

impl FeatureAddress {
    /// From the parts of a query; those that are missing are empty.
    pub fn new(range: String, from: String, to: String, operation: String) -> Self {
        Self { range, from, to, operation }
    }

    /// The range's name in the address.
    pub fn range(&self) -> &str {
        if self.range.is_empty() { RangeChoice::default().slug() } else { &self.range }
    }

    /// Whether it asks for a span from one moment to another.
    pub fn is_custom(&self) -> bool {
        self.range == CUSTOM
    }

    /// The same with another range, one that ends now.
    #[must_use]
    pub fn with_range(&self, range: RangeChoice) -> Self {
        Self {
            range: range.slug().to_owned(),
            from: String::new(),
            to: String::new(),
            operation: self.operation.clone(),
        }
    }

    /// The same with another operation.
    #[must_use]
    pub fn with_operation(&self, operation: String) -> Self {
        Self { operation, ..self.clone() }
    }

    /// As an address within this server: `/features/kimi?range=7d&operation=upload`.
    pub fn of_feature(&self, key: &str) -> String {
        let mut address = format!("{}?range=", path(key));
        encode(self.range(), &mut address);
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                address.push('&');
                address.push_str(name);
                address.push('=');
                encode(value, &mut address);
            }
        };
        if self.is_custom() {
            add("from", &self.from);
            add("to", &self.to);
        }
        add("operation", &self.operation);
        address
    }

    /// What the form for a custom range starts with: from and to, as far as they can be read.
    pub fn fields(&self) -> (String, String) {
        let read = |text| match RangeChoice::parse(Some(CUSTOM), Some(text), Some(text)) {
            Ok(RangeChoice::Custom { from, .. }) => field(from),
            _ => String::new(),
        };
        (read(&self.from), read(&self.to))
    }

    /// The span of time and the operation meant. Every fault is named by its field.
    pub fn parse(&self, now: DateTime<Utc>) -> Result<(TimeRange, Option<Operation>), Vec<FieldError>> {
        let mut errors = Vec::new();
        let range = RangeChoice::parse(Some(&self.range), Some(&self.from), Some(&self.to))
            .and_then(|choice| choice.range(now))
            .map_err(|error| errors.extend(self.faults(error)))
            .ok();
        let operation = (!self.operation.is_empty())
            .then(|| Operation::parse(&self.operation))
            .transpose()
            .map_err(|error| errors.push(FieldError::new("/operation", error)))
            .ok();
        match (range, operation) {
            (Some(range), Some(operation)) => Ok((range, operation)),
            _ => Err(errors),
        }
    }

    /// Which fields an error is about, and in words for each.
    fn faults(&self, error: RangeError) -> Vec<FieldError> {
        match error {
            RangeError::Unknown => vec![FieldError::new("/range", "must be 1h, 24h, 7d, 30d or custom")],
            RangeError::Moment => [("/from", &self.from), ("/to", &self.to)]
                .into_iter()
                .filter(|(_, text)| RangeChoice::parse(Some(CUSTOM), Some(text), Some(text)).is_err())
                .map(|(pointer, _)| FieldError::new(pointer, "must be a date and time in UTC, like 2026-01-05T10:00"))
                .collect(),
            RangeError::Range(TimeRangeError::Empty) => vec![FieldError::new("/to", "must be after from")],
            RangeError::Range(TimeRangeError::TooLong) => {
                vec![FieldError::new("/from", "must not be more than 366 days before to")]
            }
            RangeError::Range(error @ (TimeRangeError::Step | TimeRangeError::TooManySteps)) => {
                vec![FieldError::new("/from", error)]
            }
        }
    }
}

/// `page` with those parts of a query that are not empty.
pub fn with_query<'a>(page: &str, parts: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut address = page.to_owned();
    for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(name);
        address.push('=');
        encode(value, &mut address);
    }
    address
}

/// The address of a feature's page, without a query.
pub fn path(key: &str) -> String {
    format!("/features/{key}")
}

/// A moment as a browser's field for date and time wants it, in UTC.
pub fn field(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

/// Appends `value`, safe in any part of an address.
fn encode(value: &str, to: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(range: &str, from: &str, to: &str, operation: &str) -> FeatureAddress {
        FeatureAddress::new(range.to_owned(), from.to_owned(), to.to_owned(), operation.to_owned())
    }

    #[test]
    fn an_address_keeps_range_and_operation() {
        let custom = address("custom", "2026-01-05T10:00", "2026-01-06T10:00", "a&b c%ü");
        assert_eq!(
            custom.of_feature("kimi"),
            "/features/kimi?range=custom&from=2026-01-05T10%3A00&to=2026-01-06T10%3A00&operation=a%26b%20c%25%C3%BC"
        );
        assert_eq!(
            custom.with_range(RangeChoice::Week).of_feature("kimi"),
            "/features/kimi?range=7d&operation=a%26b%20c%25%C3%BC"
        );
        assert_eq!(FeatureAddress::default().of_feature("kimi"), "/features/kimi?range=24h");
    }

    #[test]
    fn every_fault_is_named_by_its_field() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (range, from, to, operation, expected) in [
            ("", "", "", "", &[][..]),
            ("7d", "ignored", "", "upload", &[]),
            ("custom", "2026-01-05T10:00", "2026-01-06T10:00:30", "upload", &[]),
            ("2 weeks", "", "", "", &["/range"]),
            ("custom", "", "", "", &["/from", "/to"]),
            ("custom", "yesterday", "2026-01-06T10:00", "", &["/from"]),
            ("custom", "2026-01-06T10:00", "2026-01-06T10:00", "", &["/to"]),
            ("custom", "2020-01-06T10:00", "2026-01-06T10:00", "", &["/from"]),
            ("custom", "2026-01-05T10:00", "", " ", &["/to", "/operation"]),
        ] {
            let errors = address(range, from, to, operation).parse(now).err().unwrap_or_default();
            let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{range:?}, {from:?} to {to:?}");
        }
    }

    #[test]
    fn a_form_starts_with_what_can_be_read() {
        let fields = address("custom", "yesterday", "2026-01-06T10:00:00Z", "").fields();
        assert_eq!(fields, (String::new(), "2026-01-06T10:00".to_owned()));
    }

    #[test]
    fn a_field_takes_a_moment_back() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let parsed = RangeChoice::parse(Some(CUSTOM), Some(&field(at)), Some(&field(at)));
        assert_eq!(parsed, Ok(RangeChoice::Custom { from: at, to: at }));
    }
}
