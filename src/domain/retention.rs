//! What is kept how long, and how much of what is over is removed at a time. Not how: that is the store's.
//!
//! Rollout history, sign-offs, audit and frozen evidence are kept for good, and so is nothing that a gate still asks for:
//! the minutes of the hour in which a feature entered its stage, and the hours since.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::rollup::{Hour, Minute};

/// How long rollups are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Minutes, and with them the ids of what was counted in them.
    pub minutes: TimeDelta,
    /// Hours, and all that is kept by the hour.
    pub hours: TimeDelta,
}

/// How long what is settled is kept: what was told of alerts, and what was found of files and is mended.
pub const SETTLED: TimeDelta = TimeDelta::days(90);

impl Default for Retention {
    fn default() -> Self {
        Self { minutes: TimeDelta::days(30), hours: TimeDelta::days(365) }
    }
}

impl Retention {
    /// The first minute that is kept.
    pub fn first_minute(self, now: DateTime<Utc>) -> Minute {
        Minute::of(now - self.minutes)
    }

    /// The first hour that is kept.
    pub fn first_hour(self, now: DateTime<Utc>) -> Hour {
        Hour::of(now - self.hours)
    }
}

/// The longest that a step of removing may keep others from writing; what it aims at is less than half of it.
pub const LONGEST_STEP: Duration = Duration::from_millis(50);

/// What a step aims at, so that a slow one in between is still short.
const AIM: Duration = Duration::from_millis(20);

/// How many rows are removed in one step: as many as the last ones show to be done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepSize(u32);

impl StepSize {
    /// What is tried first: done in time on any machine.
    pub const FIRST: Self = Self(50);

    const MOST: u32 = 1_000;

    /// So many rows.
    pub const fn rows(self) -> u32 {
        self.0
    }

    /// The next, after one of this size took so long. It falls at once and rises slowly.
    #[must_use]
    pub fn after(self, took: Duration) -> Self {
        let next = if took > LONGEST_STEP {
            self.0 / 8
        } else if took > AIM {
            self.0 / 2
        } else if took < AIM / 3 {
            self.0 + self.0 / 2 + 1
        } else {
            self.0
        };
        Self(next.clamp(1, Self::MOST))
    }

    /// How long others have their turn before the next, after one that took so long: twice as long, and a moment at least.
    pub fn pause_after(took: Duration) -> Duration {
        (took * 2).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_that_is_kept_is_whole() {
        let now = DateTime::from_timestamp(1_800_000_042, 0).unwrap();
        let retention = Retention { minutes: TimeDelta::days(1), hours: TimeDelta::days(2) };
        assert_eq!(retention.first_minute(now), Minute(30_000_000 - 1_440));
        assert_eq!(retention.first_hour(now), Hour(500_000 - 48));
    }

    #[test]
    fn a_step_that_took_too_long_is_followed_by_a_much_smaller_one() {
        let size = |rows, ms| StepSize(rows).after(Duration::from_millis(ms)).rows();
        for (rows, ms, expected) in
            [(800, 51, 100), (800, 21, 400), (800, 10, 800), (100, 1, 151), (999, 1, 1_000), (1, 99, 1), (1, 1, 2)]
        {
            assert_eq!(size(rows, ms), expected, "{rows} rows in {ms} ms");
        }
    }

    proptest! {
        #[test]
        fn on_any_machine_steps_become_short_enough(rows_a_ms in 0.2..1_000.0f64, beside_ms in 0.0..15.0f64) {
            let took = |size: StepSize| Duration::from_secs_f64((beside_ms + f64::from(size.rows()) / rows_a_ms) / 1_000.0);
            let mut size = StepSize::FIRST;
            for step in 0..100 {
                size = size.after(took(size));
                prop_assert!(step < 20 || took(size) <= LONGEST_STEP, "{} rows take {:?}", size.rows(), took(size));
            }
        }
    }
}
