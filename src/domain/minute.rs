//! The minutes and hours that rollups are of. Not lengths of time.

use chrono::{DateTime, Utc};

/// A whole minute since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(pub i64);

/// A whole hour since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub i64);

impl Minute {
    /// The minute that `at` falls in.
    pub const fn of(at: DateTime<Utc>) -> Self {
        Self(at.timestamp().div_euclid(60))
    }

    /// When it starts.
    pub fn start(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0 * 60, 0).unwrap_or_default()
    }

    /// The hour that this minute falls in.
    pub const fn hour(self) -> Hour {
        Hour(self.0.div_euclid(60))
    }
}

impl Hour {
    /// The hour that `at` falls in.
    pub const fn of(at: DateTime<Utc>) -> Self {
        Minute::of(at).hour()
    }

    /// Its first minute.
    pub const fn first_minute(self) -> Minute {
        Minute(self.0 * 60)
    }
}
