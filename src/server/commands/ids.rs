//! Names for what is recorded: UUIDs, version 7 (RFC 9562), which sort in the order of their making.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Counts on within a millisecond: two names of the same moment keep their order as well.
static CONTEXT: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new name, made at `now`.
pub fn new(now: DateTime<Utc>) -> String {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(&CONTEXT, seconds, now.timestamp_subsec_nanos())).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_moment_sort_in_the_order_of_their_making() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let names: Vec<String> = (0..100).map(|_| new(now)).collect();
        assert!(names.is_sorted_by(|earlier, later| earlier < later));
    }
}
