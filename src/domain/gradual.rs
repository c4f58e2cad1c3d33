//! The plan of a gradual rollback: the percentage at any time follows from the plan and the clock alone.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::field_error::{FieldError, collect};
use super::percentage::Percentage;

/// Steps from one percentage down to another. It never rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradualPlan {
    /// The effective percentage when it began.
    pub from: Percentage,
    /// Where it ends.
    pub target: Percentage,
    /// What each step takes away, more than 0.
    pub step: Percentage,
    /// The time between two steps in seconds, at least 1.
    pub interval_seconds: u32,
    /// When it began, which is when the first step was made.
    pub started_at: DateTime<Utc>,
}

/// How a gradual rollback goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// What each step takes away.
    pub step: Percentage,
    /// The time between two steps in seconds.
    pub interval_seconds: u32,
}

/// The longest time between two steps: a day.
const MAX_INTERVAL_SECONDS: u32 = 86_400;

impl Pace {
    /// 10 points every 5 minutes.
    pub const DEFAULT: Self = Self { step: Percentage::from_whole(10), interval_seconds: 300 };

    /// From what was asked for; what was not is the default. Every faulty field is named.
    pub fn parse(step: Option<f64>, interval_seconds: Option<i64>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let step = match step {
            None => Some(Self::DEFAULT.step),
            Some(step) => collect(&mut errors, "/step", Percentage::from_percent(step)),
        };
        if step == Some(Percentage::ZERO) {
            errors.push(FieldError::new("/step", "must be more than 0"));
        }
        let interval = match interval_seconds {
            None => Some(Self::DEFAULT.interval_seconds),
            Some(seconds) => u32::try_from(seconds).ok().filter(|it| (1..=MAX_INTERVAL_SECONDS).contains(it)),
        };
        if interval.is_none() {
            errors.push(FieldError::new("/interval_seconds", "must be a whole number from 1 to 86400 (a day)"));
        }
        match (step, interval) {
            (Some(step), Some(interval_seconds)) if errors.is_empty() => Ok(Self { step, interval_seconds }),
            _ => Err(errors),
        }
    }
}

impl GradualPlan {
    /// A plan that begins now.
    pub const fn new(from: Percentage, target: Percentage, pace: Pace, now: DateTime<Utc>) -> Self {
        Self { from, target, step: pace.step, interval_seconds: pace.interval_seconds, started_at: now }
    }

    /// The most that the plan allows at `now`.
    pub fn percentage_at(&self, now: DateTime<Utc>) -> Percentage {
        let lowered = i64::from(self.step.basis_points()).saturating_mul(self.steps_by(now));
        let left = i64::from(self.from.basis_points()).saturating_sub(lowered);
        let left = u16::try_from(left.max(0)).unwrap_or(0);
        Percentage::from_basis_points(left).unwrap_or(Percentage::ZERO).max(self.target.min(self.from))
    }

    /// The next step after `now` and the percentage from then on; `None` when the target is reached.
    pub fn next_step(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Percentage)> {
        if self.is_done(now) {
            return None;
        }
        let at =
            self.started_at + TimeDelta::seconds(i64::from(self.interval_seconds).saturating_mul(self.steps_by(now)));
        Some((at, self.percentage_at(at)))
    }

    /// Whether the target is reached at `now`.
    pub fn is_done(&self, now: DateTime<Utc>) -> bool {
        self.percentage_at(now) <= self.target
    }

    /// Every step: when, and the percentage from then on.
    pub fn steps(&self) -> Vec<(DateTime<Utc>, Percentage)> {
        let first = (self.started_at, self.percentage_at(self.started_at));
        std::iter::successors(Some(first), |(at, _)| self.next_step(*at)).collect()
    }

    /// How many steps were made by `now`: the first at once. A clock that was put back undoes none of a plan's first.
    fn steps_by(&self, now: DateTime<Utc>) -> i64 {
        let passed = (now - self.started_at).num_milliseconds().max(0);
        1 + passed / (i64::from(self.interval_seconds.max(1)) * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn plan(from: u16, target: u16, step: u16, interval_seconds: u32) -> GradualPlan {
        let points = |points| Percentage::from_basis_points(points).unwrap();
        let pace = Pace { step: points(step), interval_seconds };
        GradualPlan::new(points(from), points(target), pace, at(0))
    }

    #[test]
    fn the_default_takes_ten_points_every_five_minutes_the_first_at_once() {
        let plan = GradualPlan::new(Percentage::from_whole(50), Percentage::ZERO, Pace::DEFAULT, at(0));
        for (seconds, percent) in [(0, 40), (299, 40), (300, 30), (899, 20), (900, 10), (1_200, 0), (90_000, 0)] {
            assert_eq!(plan.percentage_at(at(seconds)), Percentage::from_whole(percent), "after {seconds} s");
        }
        assert_eq!(plan.next_step(at(0)), Some((at(300), Percentage::from_whole(30))));
        assert_eq!(plan.next_step(at(1_199)), Some((at(1_200), Percentage::ZERO)));
        assert_eq!(plan.next_step(at(1_200)), None);
        assert_eq!(plan.steps().len(), 5);
    }

    #[test]
    fn the_last_step_ends_at_the_target_and_not_below_it() {
        let plan = plan(5_000, 1_500, 1_000, 60);
        let percents: Vec<f64> = plan.steps().iter().map(|(_, percentage)| percentage.percent()).collect();
        assert_eq!(percents, [40.0, 30.0, 20.0, 15.0]);
    }

    #[test]
    fn a_pace_that_makes_no_sense_is_refused_at_its_field() {
        for (step, interval, pointers) in [
            (None, None, &[][..]),
            (Some(100.0), Some(1), &[]),
            (Some(0.0), Some(0), &["/step", "/interval_seconds"]),
            (Some(f64::NAN), Some(86_401), &["/step", "/interval_seconds"]),
            (Some(-1.0), Some(-1), &["/step", "/interval_seconds"]),
        ] {
            let errors = Pace::parse(step, interval).err().unwrap_or_default();
            assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);
        }
    }

    proptest! {
        #[test]
        fn it_never_rises_and_ends_at_its_target(
            from in 1u16..=10_000, target in 0u16..10_000, step in 1u16..=10_000, interval in 1u32..=86_400,
            mut moments in prop::collection::vec(-1_000i64..1_000_000_000, 2..40),
        ) {
            let plan = plan(from, target.min(from - 1), step, interval);
            moments.sort_unstable();
            let percentages: Vec<Percentage> = moments.iter().map(|at_s| plan.percentage_at(at(*at_s))).collect();
            prop_assert!(percentages.is_sorted_by(|earlier, later| earlier >= later));
            prop_assert!(percentages.iter().all(|percentage| *percentage >= plan.target && *percentage < plan.from));
            let (ends_at, last) = *plan.steps().last().unwrap();
            prop_assert_eq!(last, plan.target);
            prop_assert_eq!(plan.percentage_at(ends_at), plan.target);
            prop_assert!(plan.is_done(ends_at) && plan.next_step(ends_at).is_none());
        }
    }
}
