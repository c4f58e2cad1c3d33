//! How long somebody stays signed in.

use chrono::{DateTime, TimeDelta, Utc};

use super::account::User;

/// A session that is not used for so long is over.
pub const IDLE: TimeDelta = TimeDelta::hours(12);

/// A session is over after so long, however much it is used.
pub const LONGEST: TimeDelta = TimeDelta::days(7);

/// A use is noted when the last one noted is so long ago: reading a page need not write.
pub const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Somebody signed in, and the account as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub user: User,
    pub started_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
}

impl Session {
    /// Whether it still counts at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.user.enabled.is_on() && now < self.seen_at + IDLE && now < self.started_at + LONGEST
    }
}

/// Whether a use at `now` is to be noted when the last one noted was at `noted`.
pub fn is_worth_noting(noted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    noted.is_none_or(|noted| now >= noted + NOTED_EVERY)
}
