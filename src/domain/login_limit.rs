//! How long one must wait after failed attempts to sign in. Not where they are counted: that is the store's.

use chrono::{DateTime, TimeDelta, Utc};

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The account that somebody tries to enter.
    Account,
    /// The address that the attempts come from. Many people may share one.
    Address,
}

/// Failed attempts so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    pub count: u32,
    pub last_at: DateTime<Utc>,
}

/// The longest wait.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Failures are forgotten when the last of them is so long ago.
pub const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);

impl Subject {
    /// How many attempts are free before the first wait.
    const fn free(self) -> u32 {
        match self {
            Self::Account => 5,
            Self::Address => 50,
        }
    }
}

impl Failures {
    /// When the next attempt may be made; `None` for at once.
    pub fn next_at(&self, subject: Subject, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = self.count.checked_sub(subject.free())?;
        // 1 s, 2 s, 4 s … up to a quarter of an hour.
        let wait = TimeDelta::seconds(1_i64 << waits.min(20)).min(LONGEST_WAIT);
        let next = self.last_at + wait;
        (next > now && !self.are_forgotten(now)).then_some(next)
    }

    /// One more, at `now`, after those that are not forgotten.
    pub fn and_one_more(before: Option<Self>, now: DateTime<Utc>) -> Self {
        let count = before.filter(|failures| !failures.are_forgotten(now)).map_or(0, |failures| failures.count);
        Self { count: count.saturating_add(1), last_at: now }
    }

    fn are_forgotten(&self, now: DateTime<Utc>) -> bool {
        now >= self.last_at + FORGOTTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_few_attempts_are_free_and_then_each_wait_is_twice_as_long() {
        for (subject, count, seconds) in [
            (Subject::Account, 0, 0),
            (Subject::Account, 4, 0),
            (Subject::Account, 5, 1),
            (Subject::Account, 6, 2),
            (Subject::Account, 14, 512),
            (Subject::Account, 15, 900),
            (Subject::Account, u32::MAX, 900),
            (Subject::Address, 49, 0),
            (Subject::Address, 50, 1),
            (Subject::Address, 60, 900),
        ] {
            let failures = Failures { count, last_at: LAST };
            let wait = failures.next_at(subject, LAST).map_or(0, |next| (next - LAST).num_seconds());
            assert_eq!(wait, seconds, "{subject:?} after {count}");
        }
    }

    #[test]
    fn a_wait_ends_at_its_moment_and_failures_are_forgotten_after_a_day() {
        let failures = Failures { count: 5, last_at: LAST };
        let end = LAST + TimeDelta::seconds(1);
        assert_eq!(failures.next_at(Subject::Account, end - TimeDelta::milliseconds(1)), Some(end));
        assert_eq!(failures.next_at(Subject::Account, end), None);
        assert_eq!(Failures::and_one_more(Some(failures), end).count, 6);
        assert_eq!(Failures::and_one_more(Some(failures), LAST + FORGOTTEN_AFTER).count, 1);
        assert_eq!(Failures::and_one_more(None, LAST).count, 1);
    }
}
