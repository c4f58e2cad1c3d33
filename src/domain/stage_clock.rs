//! How long a feature has been in its stage with the stage's percentage in effect. Not the wall clock: it stands still
//! while a switch, a lowered percentage or a hold keeps the stage from being what it says.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A clock that runs and stands still, told when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageClock {
    /// What it had run when it was last started or stopped, in milliseconds.
    elapsed_ms: i64,
    /// Since when it runs; `None` while it stands still.
    running_since: Option<DateTime<Utc>>,
}

/// Whether a clock is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Runs,
    StandsStill,
}

impl StageClock {
    /// A new clock at `now`.
    pub fn started(pace: Pace, now: DateTime<Utc>) -> Self {
        Self::default().set(pace, now)
    }

    /// From what was stored.
    pub const fn from_parts(elapsed_ms: i64, running_since: Option<DateTime<Utc>>) -> Self {
        Self { elapsed_ms, running_since }
    }

    /// For the store: what it had run in milliseconds, and since when it runs.
    pub const fn to_parts(self) -> (i64, Option<DateTime<Utc>>) {
        (self.elapsed_ms, self.running_since)
    }

    /// How long it has run by `now`. A wall clock that was put back takes nothing away.
    pub fn elapsed(self, now: DateTime<Utc>) -> TimeDelta {
        let since = self.running_since.map_or(TimeDelta::zero(), |since| (now - since).max(TimeDelta::zero()));
        TimeDelta::milliseconds(self.elapsed_ms) + since
    }

    /// Whether it runs.
    pub const fn runs(self) -> bool {
        self.running_since.is_some()
    }

    /// The clock running or standing still from `now` on.
    #[must_use]
    pub fn set(self, pace: Pace, now: DateTime<Utc>) -> Self {
        match (pace, self.running_since) {
            (Pace::Runs, Some(_)) | (Pace::StandsStill, None) => self,
            (Pace::Runs, None) => Self { running_since: Some(now), ..self },
            (Pace::StandsStill, Some(_)) => {
                Self { elapsed_ms: self.elapsed(now).num_milliseconds(), running_since: None }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    #[test]
    fn it_counts_only_while_it_runs() {
        let clock = StageClock::started(Pace::Runs, at(0));
        let clock = clock.set(Pace::StandsStill, at(10)).set(Pace::StandsStill, at(20));
        assert_eq!((clock.elapsed(at(60)), clock.runs()), (TimeDelta::minutes(10), false));
        let clock = clock.set(Pace::Runs, at(60)).set(Pace::Runs, at(70));
        assert_eq!((clock.elapsed(at(75)), clock.runs()), (TimeDelta::minutes(25), true));
    }

    #[test]
    fn a_wall_clock_put_back_takes_nothing_away() {
        let clock = StageClock::started(Pace::Runs, at(0)).set(Pace::StandsStill, at(10)).set(Pace::Runs, at(20));
        assert_eq!(clock.elapsed(at(5)), TimeDelta::minutes(10));
        assert_eq!(clock.set(Pace::StandsStill, at(5)).elapsed(at(100)), TimeDelta::minutes(10));
    }

    #[test]
    fn what_was_stored_goes_on() {
        let clock = StageClock::started(Pace::Runs, at(0)).set(Pace::StandsStill, at(3)).set(Pace::Runs, at(5));
        let (elapsed_ms, running_since) = clock.to_parts();
        assert_eq!(StageClock::from_parts(elapsed_ms, running_since), clock);
    }
}
