//! When something that could not be told is tried again, and when no more. A function of what happened and the clock; what
//! spreads attempts of many comes from the name of what is told.

use chrono::{DateTime, TimeDelta, Utc};

use super::NotificationId;

/// The wait after the first attempt that failed; it doubles with each.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);

/// The longest wait, also where the target asks for a longer one.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// How long it is tried.
pub const TRIED_FOR: TimeDelta = TimeDelta::hours(24);

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It may pass. A target may say how long it takes.
    Passing { retry_after: Option<TimeDelta> },
    /// What is told, or how, is refused; it would be refused again.
    Lasting,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    TryAt(DateTime<Utc>),
    GiveUp,
}

/// What comes after attempt number `attempt` (from 1) of `id` failed at `now`.
pub fn after_failure(
    id: &NotificationId,
    attempt: u32,
    trying_since: DateTime<Utc>,
    obstacle: Obstacle,
    now: DateTime<Utc>,
) -> Next {
    let Obstacle::Passing { retry_after } = obstacle else { return Next::GiveUp };
    if now - trying_since >= TRIED_FOR {
        return Next::GiveUp;
    }
    let wait = wait(id, attempt).max(retry_after.unwrap_or(TimeDelta::zero())).min(LONGEST_WAIT);
    // The last attempt is made as the time is over, not up to an hour later.
    Next::TryAt((now + wait).min((trying_since + TRIED_FOR).max(now + FIRST_WAIT)))
}

/// The wait after attempt number `attempt` failed: 5 s, 10 s, 20 s … an hour, less up to a fifth of it.
fn wait(id: &NotificationId, attempt: u32) -> TimeDelta {
    let doubled = FIRST_WAIT * 2_i32.pow(attempt.saturating_sub(1).min(10));
    let wait = doubled.min(LONGEST_WAIT);
    wait - wait * spread(id, attempt) / 5_000
}

/// 0 to 999, another for each attempt: the end of the name is random.
fn spread(id: &NotificationId, attempt: u32) -> i32 {
    let digits = id.0.chars().rev().filter_map(|char| char.to_digit(16)).take(7);
    let number = digits.fold(attempt.wrapping_mul(0x9E37), |number, digit| number.wrapping_mul(31).wrapping_add(digit));
    i32::try_from(number % 1_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(end: u64) -> NotificationId {
        NotificationId(format!("0199a1b2-0000-7000-8000-{end:012x}"))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    const PASSING: Obstacle = Obstacle::Passing { retry_after: None };

    #[test]
    fn waits_double_up_to_an_hour_less_up_to_a_fifth() {
        for (attempt, most) in
            [(1, 5_000), (2, 10_000), (3, 20_000), (4, 40_000), (10, 2_560_000), (11, 3_600_000), (500, 3_600_000)]
        {
            let waits: Vec<i64> = (0..200).map(|end| wait(&id(end * 7_919), attempt).num_milliseconds()).collect();
            let (least, longest) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
            assert!(longest <= most && longest > most * 95 / 100, "attempt {attempt}: {longest} of {most}");
            assert!(least >= most * 4 / 5 && least < most * 85 / 100, "attempt {attempt}: {least} of {most}");
        }
        assert_ne!(wait(&id(1), 11), wait(&id(1), 12));
    }

    #[test]
    fn a_target_that_asks_for_a_longer_wait_gets_it_within_bounds() {
        for (asked, least, most) in [(0, 4, 5), (3, 4, 5), (120, 120, 120), (86_400, 3_600, 3_600)] {
            let obstacle = Obstacle::Passing { retry_after: Some(TimeDelta::seconds(asked)) };
            let Next::TryAt(next) = after_failure(&id(1), 1, at(0), obstacle, at(0)) else { panic!("{asked}") };
            assert!(next >= at(least) && next <= at(most), "{asked}: {next}");
        }
    }

    #[test]
    fn it_is_given_up_after_a_day_or_when_it_is_refused() {
        let day = TRIED_FOR.num_seconds();
        assert_eq!(after_failure(&id(1), 1, at(0), Obstacle::Lasting, at(0)), Next::GiveUp);
        assert_eq!(after_failure(&id(1), 40, at(0), PASSING, at(day)), Next::GiveUp);
        // Just before, it is tried once more as the day is over.
        assert_eq!(after_failure(&id(1), 40, at(0), PASSING, at(day - 60)), Next::TryAt(at(day)));
        assert_eq!(after_failure(&id(1), 40, at(0), PASSING, at(day - 1)), Next::TryAt(at(day + 4)));
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_later_and_within_an_hour(end: u64, attempt in 1_u32..1_000, past in 0_i64..86_399) {
            let end = end & 0xffff_ffff_ffff;
            let Next::TryAt(next) = after_failure(&id(end), attempt, at(0), PASSING, at(past)) else { panic!() };
            prop_assert!(next > at(past) && next <= at(past + 3_600));
        }
    }
}
