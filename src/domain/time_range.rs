//! A span of time cut into even steps: what a chart shows.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// From when until when, in how many points. Both ends are multiples of the step, so that the same step shows the same
/// minutes however often the page is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first moment that is in.
    pub from: DateTime<Utc>,
    /// The first moment that is out.
    pub to: DateTime<Utc>,
    /// The length of a step in seconds: a multiple of 60.
    pub step_seconds: i64,
}

/// Why a range was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeRangeError {
    #[error("from must be before to")]
    Empty,
    #[error("step must be a multiple of 60 seconds, from 60 to 31536000")]
    Step,
    #[error("from and to must not be more than 366 days apart")]
    TooLong,
    #[error("the range has more than {} steps; make it shorter or the step longer", TimeRange::MAX_STEPS)]
    TooManySteps,
}

/// Steps that divide an hour or a day evenly, in seconds.
const STEPS: [i64; 9] = [60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/// The most points that a step chosen by [`TimeRange::new`] gives.
const TARGET_STEPS: i64 = 170;

impl TimeRange {
    /// The most steps that a range has.
    pub const MAX_STEPS: i64 = 1_500;

    /// From `from` to `to` with the shortest step that keeps a chart readable (at most 170 points).
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Self, TimeRangeError> {
        let seconds = (to - from).num_seconds();
        let step = STEPS.into_iter().find(|step| seconds <= step * TARGET_STEPS).unwrap_or(STEPS[STEPS.len() - 1]);
        Self::with_step(from, to, step)
    }

    /// From `from` to `to` in steps of `step_seconds`; both ends are moved outwards to multiples of the step.
    pub fn with_step(from: DateTime<Utc>, to: DateTime<Utc>, step_seconds: i64) -> Result<Self, TimeRangeError> {
        if from >= to {
            return Err(TimeRangeError::Empty);
        }
        if step_seconds % 60 != 0 || !(60..=31_536_000).contains(&step_seconds) {
            return Err(TimeRangeError::Step);
        }
        if to - from > TimeDelta::days(366) {
            return Err(TimeRangeError::TooLong);
        }
        let start = from.timestamp().div_euclid(step_seconds) * step_seconds;
        let end = (to.timestamp() + i64::from(to.timestamp_subsec_nanos() > 0) + step_seconds - 1)
            .div_euclid(step_seconds)
            * step_seconds;
        if (end - start) / step_seconds > Self::MAX_STEPS {
            return Err(TimeRangeError::TooManySteps);
        }
        match (DateTime::from_timestamp(start, 0), DateTime::from_timestamp(end, 0)) {
            (Some(from), Some(to)) => Ok(Self { from, to, step_seconds }),
            _ => Err(TimeRangeError::TooLong),
        }
    }

    /// The last `length` before `now`, with a step of its own choice.
    pub fn last(length: TimeDelta, now: DateTime<Utc>) -> Result<Self, TimeRangeError> {
        Self::new(now - length, now)
    }

    /// How many steps it has.
    pub const fn steps(&self) -> i64 {
        (self.to.timestamp() - self.from.timestamp()) / self.step_seconds
    }

    /// The start of each step.
    pub fn starts(&self) -> impl Iterator<Item = DateTime<Utc>> + use<> {
        let Self { from, step_seconds, .. } = *self;
        (0..self.steps()).map(move |index| from + TimeDelta::seconds(index * step_seconds))
    }

    /// The step that `at` falls in, from 0; `None` outside the range.
    pub fn step_of(&self, at: DateTime<Utc>) -> Option<usize> {
        (self.from <= at && at < self.to)
            .then(|| ((at - self.from).num_seconds() / self.step_seconds).try_into().ok())
            .flatten()
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "fractions of small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn usual_ranges_have_readable_steps() {
        for (length, step) in [
            (TimeDelta::hours(1), 60),
            (TimeDelta::hours(24), 900),
            (TimeDelta::days(7), 3_600),
            (TimeDelta::days(30), 21_600),
            (TimeDelta::days(365), 86_400),
        ] {
            assert_eq!(TimeRange::last(length, at(0)).unwrap().step_seconds, step, "{length}");
        }
    }

    #[test]
    fn bad_ranges_are_refused() {
        for (from, to, step, expected) in [
            (0, 0, 60, TimeRangeError::Empty),
            (1, 0, 60, TimeRangeError::Empty),
            (0, 60, 0, TimeRangeError::Step),
            (0, 60, 61, TimeRangeError::Step),
            (0, 60, -60, TimeRangeError::Step),
            (0, 367 * 86_400, 86_400, TimeRangeError::TooLong),
            (0, 2 * 86_400, 60, TimeRangeError::TooManySteps),
        ] {
            assert_eq!(TimeRange::with_step(at(from), at(to), step), Err(expected));
        }
    }

    proptest! {
        #[test]
        fn every_moment_asked_for_falls_in_exactly_one_step(from in 0i64..1_000_000, length in 1i64..30_000_000, inside in 0.0..1.0f64) {
            let range = TimeRange::new(at(from), at(from + length)).unwrap();
            let moment = at(from + (length as f64 * inside) as i64);
            let step = range.step_of(moment).unwrap();
            let start = range.starts().nth(step).unwrap();
            prop_assert!(start <= moment && moment < start + TimeDelta::seconds(range.step_seconds));
            prop_assert_eq!(range.step_of(range.to), None);
        }
    }
}
