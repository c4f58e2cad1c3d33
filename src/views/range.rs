//! The span of time that a page or a chart shows, as it stands in its address.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::domain::time_range::{TimeRange, TimeRangeError};

/// What a person chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RangeChoice {
    Hour,
    #[default]
    Day,
    Week,
    Month,
    /// From one moment to another.
    Custom {
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    },
}

/// Why a choice was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error("range must be 1h, 24h, 7d, 30d or custom")]
    Unknown,
    #[error("a custom range needs from and to, as in 2026-01-05T10:00")]
    Moment,
    #[error(transparent)]
    Range(#[from] TimeRangeError),
}

impl RangeChoice {
    /// Those that need nothing more, in the order in which they are shown.
    pub const PRESETS: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Parses what stands in an address; nothing at all is the last 24 hours.
    pub fn parse(range: Option<&str>, from: Option<&str>, to: Option<&str>) -> Result<Self, RangeError> {
        match range.unwrap_or_default() {
            "" => Ok(Self::default()),
            "custom" => Ok(Self::Custom { from: moment(from)?, to: moment(to)? }),
            slug => Self::PRESETS.into_iter().find(|choice| choice.slug() == slug).ok_or(RangeError::Unknown),
        }
    }

    /// As it stands in an address.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Custom { .. } => "custom",
        }
    }

    /// As people read it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hour => "1 h",
            Self::Day => "24 h",
            Self::Week => "7 d",
            Self::Month => "30 d",
            Self::Custom { .. } => "custom",
        }
    }

    /// The span itself.
    pub fn range(self, now: DateTime<Utc>) -> Result<TimeRange, RangeError> {
        let range = match self {
            Self::Hour => TimeRange::last(TimeDelta::hours(1), now),
            Self::Day => TimeRange::last(TimeDelta::hours(24), now),
            Self::Week => TimeRange::last(TimeDelta::days(7), now),
            Self::Month => TimeRange::last(TimeDelta::days(30), now),
            Self::Custom { from, to } => TimeRange::new(from, to),
        };
        range.map_err(RangeError::Range)
    }
}

/// A moment as a form sends it (`2026-01-05T10:00`, taken as UTC) or as RFC 3339 has it.
fn moment(text: Option<&str>) -> Result<DateTime<Utc>, RangeError> {
    let text = text.unwrap_or_default();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|at| at.and_utc())
        .ok_or(RangeError::Moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_parsed_from_addresses() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let custom = RangeChoice::Custom { from: at("2026-01-05T10:00:00Z"), to: at("2026-01-06T00:00:00Z") };
        for (range, from, to, expected) in [
            (None, None, None, Ok(RangeChoice::Day)),
            (Some(""), None, None, Ok(RangeChoice::Day)),
            (Some("7d"), None, None, Ok(RangeChoice::Week)),
            (Some("8d"), None, None, Err(RangeError::Unknown)),
            (Some("custom"), Some("2026-01-05T10:00"), Some("2026-01-06T01:00:00+01:00"), Ok(custom)),
            (Some("custom"), Some("2026-01-05T10:00"), None, Err(RangeError::Moment)),
            (Some("custom"), Some("yesterday"), Some("2026-01-06T00:00"), Err(RangeError::Moment)),
        ] {
            assert_eq!(RangeChoice::parse(range, from, to), expected, "{range:?} {from:?} {to:?}");
        }
    }
}
