//! What one criterion was found to be, before it is reported; and how long more of the present traffic takes.

use super::report::{GateState, Needs};
use super::wording;

/// What was found. What is not said is not there.
pub struct Finding {
    pub state: GateState,
    pub measured: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub n: u64,
    pub events: Option<u64>,
    pub reason: String,
    pub needs: Option<Needs>,
    pub baseline: Option<String>,
}

impl Finding {
    /// Nothing but the state and why.
    pub const fn bare(state: GateState, reason: String) -> Self {
        Self {
            state,
            measured: None,
            lower: None,
            upper: None,
            n: 0,
            events: None,
            reason,
            needs: None,
            baseline: None,
        }
    }
}

/// How much comes at present.
#[derive(Clone, Copy)]
pub struct Traffic {
    pub count: u64,
    pub window_seconds: i64,
}

impl Traffic {
    /// How long `more` take, rounded up; `None` when nothing comes.
    pub fn seconds_for(self, more: u64) -> Option<i64> {
        let window = u128::try_from(self.window_seconds).ok().filter(|window| *window > 0)?;
        if self.count == 0 {
            return None;
        }
        let seconds = (u128::from(more) * window).div_ceil(u128::from(self.count));
        Some(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

/// How long it takes, to be added to what is missing.
pub fn at_present_traffic(seconds: Option<i64>) -> String {
    seconds.map_or_else(
        || "; nothing comes at present".to_owned(),
        |seconds| format!(", about {} at the present traffic", wording::duration(seconds)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_traffic_tells_how_long_more_of_it_takes() {
        for (count, window_seconds, more, expected) in [
            (70, 3_600, 105, Some(5_400)),
            (7, 3_600, 1, Some(515)),
            (70, 3_600, 0, Some(0)),
            (0, 3_600, 1, None),
            (1, 0, 1, None),
            (1, -5, 1, None),
            (1, i64::MAX, u64::MAX, Some(i64::MAX)),
        ] {
            assert_eq!(Traffic { count, window_seconds }.seconds_for(more), expected);
        }
    }
}
