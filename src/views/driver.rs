//! What is to be said of traffic that no caller wanted, and of faults that were injected.

use serde::{Deserialize, Serialize};

use super::format;
use crate::domain::origin::OriginCounts;

/// A line above figures that are not of callers alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriverNote {
    pub words: String,
    /// Whether some of the faults below are none.
    pub injected: bool,
}

impl DriverNote {
    /// Of what a driver did in the last hour and in the last minutes, and whether the example's own runs here. Nothing,
    /// as long as there is nothing to say.
    pub fn new(hour: OriginCounts, now: OriginCounts, example: bool) -> Option<Self> {
        if hour.is_nothing() && !example {
            return None;
        }
        let who = match (example, now.is_nothing()) {
            (true, _) => "This is the example’s own traffic, with files that it makes itself.",
            (false, false) => "A driver is running: what it does is no traffic of callers.",
            (false, true) => "A driver was running: what it did was no traffic of callers.",
        };
        let injected = hour.injected > 0;
        let faults = if injected {
            let (injected, all) = (format::count(hour.injected), format::count(hour.driven));
            format!("{injected} of its {all} reports of the last hour were injected by crossfade drive")
        } else {
            "No faults were injected in the last hour".to_owned()
        };
        Some(Self { words: format!("{who} {faults}."), injected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_who_drives_and_whether_faults_are_injected() {
        let counts = |driven, injected| OriginCounts { driven, injected };
        for (hour, now, example, expected) in [
            (counts(0, 0), counts(0, 0), false, None),
            (
                counts(0, 0),
                counts(0, 0),
                true,
                Some(
                    "This is the example’s own traffic, with files that it makes itself. No faults were injected in the last hour.",
                ),
            ),
            (
                counts(1_200, 30),
                counts(20, 0),
                false,
                Some(
                    "A driver is running: what it does is no traffic of callers. 30 of its 1,200 reports of the last hour were injected by crossfade drive.",
                ),
            ),
            (
                counts(7, 0),
                counts(0, 0),
                false,
                Some(
                    "A driver was running: what it did was no traffic of callers. No faults were injected in the last hour.",
                ),
            ),
        ] {
            let note = DriverNote::new(hour, now, example);
            assert_eq!(note.as_ref().map(|note| note.words.as_str()), expected);
            assert_eq!(note.is_some_and(|note| note.injected), hour.injected > 0);
        }
    }
}
