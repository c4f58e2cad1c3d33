//! The outcome of one operation on one path, as it was taken in. Not its wire form, which is `server::ingest::wire`.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::distinct_units::UnitTrace;
use super::feature::FeatureId;
use super::latency::LatencyMs;
use super::origin::Origin;
use super::path::Path;
use super::text::{self, TextError};

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it should.
    Ok,
    /// The implementation's fault.
    Error,
    /// Bad input or a missing file: shown, never counted in an error rate.
    CallerError,
}

/// Whether legacy had to answer in the candidate's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// The path attempted also answered.
    No,
    /// The candidate failed and legacy answered; the legacy call is an observation of its own.
    ToLegacy,
}

/// What was done, in the caller's words: `upload`. 1 to 64 characters. Cheap to clone: a batch has few of them often.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Operation(Arc<str>);

impl Operation {
    /// The most characters that an operation has.
    pub const MAX_CHARS: usize = 64;

    /// Parses an operation: 1 to 64 characters, trimmed, on one line.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        text::parse(text, Self::MAX_CHARS).map(|text| Self(text.into()))
    }

    /// The operation as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Operation {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Operation> for String {
    fn from(operation: Operation) -> Self {
        operation.0.as_ref().to_owned()
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One observation, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When it happened, by its maker's clock; see [`check_time`].
    pub at: DateTime<Utc>,
    /// Whose it is.
    pub feature: FeatureId,
    /// What was done.
    pub operation: Operation,
    /// The path attempted.
    pub path: Path,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took.
    pub latency: LatencyMs,
    /// Whom it was done for, as far as that is kept.
    pub unit: Option<UnitTrace>,
    /// Whether legacy had to answer.
    pub fallback: Fallback,
    /// The maker's word for the error, 1 to 64 characters; kept for errors and caller errors only.
    pub error_kind: Option<Operation>,
    /// Whose doing it was.
    pub origin: Origin,
}

/// Why a time was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("at lies more than 5 minutes in the future; check the sender's clock")]
    Future,
    #[error("at lies more than {kept_days} days in the past, which is longer than minutes are kept")]
    Past { kept_days: i64 },
}

/// Checks that `at` is at most 5 minutes ahead of `now` (clocks differ), and that its minute is `kept` still: with it goes
/// the memory of ids, so what is older might count twice.
pub fn check_time(at: DateTime<Utc>, now: DateTime<Utc>, kept: TimeDelta) -> Result<DateTime<Utc>, TimeError> {
    if at > now + TimeDelta::minutes(5) {
        Err(TimeError::Future)
    } else if at < now - kept {
        Err(TimeError::Past { kept_days: kept.num_days() })
    } else {
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_a_little_ahead_and_as_far_behind_as_minutes_are_kept() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (offset, expected) in [
            (TimeDelta::zero(), None),
            (TimeDelta::minutes(5), None),
            (TimeDelta::minutes(5) + TimeDelta::milliseconds(1), Some(TimeError::Future)),
            (-TimeDelta::days(30), None),
            (-TimeDelta::days(30) - TimeDelta::milliseconds(1), Some(TimeError::Past { kept_days: 30 })),
        ] {
            assert_eq!(check_time(now + offset, now, TimeDelta::days(30)).err(), expected, "{offset}");
        }
    }
}
