//! Whether there is data, and how old the newest is. Absence is never shown as health.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Data older than this is stale.
pub const FRESH_FOR: TimeDelta = TimeDelta::minutes(15);

/// What is known of a feature's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DataState {
    /// Nothing has ever come.
    NoData,
    /// The newest is older than [`FRESH_FOR`].
    Stale {
        /// When the newest was made.
        last_at: DateTime<Utc>,
    },
    /// Data keeps coming.
    Fresh {
        /// When the newest was made.
        last_at: DateTime<Utc>,
    },
}

impl DataState {
    /// The state of data whose newest was made at `last_at`.
    pub fn of(last_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match last_at {
            None => Self::NoData,
            Some(last_at) if now - last_at > FRESH_FOR => Self::Stale { last_at },
            Some(last_at) => Self::Fresh { last_at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_fresh_for_a_quarter_of_an_hour() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let fresh = now - FRESH_FOR;
        let stale = fresh - TimeDelta::milliseconds(1);
        assert_eq!(DataState::of(None, now), DataState::NoData);
        assert_eq!(DataState::of(Some(fresh), now), DataState::Fresh { last_at: fresh });
        assert_eq!(DataState::of(Some(stale), now), DataState::Stale { last_at: stale });
    }
}
