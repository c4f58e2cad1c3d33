//! Whose doing a call was: people's, a driver's, or a fault that was put in on purpose. Not who made it.

use serde::{Deserialize, Serialize};

/// Where an observation or a comparison comes from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody who wanted something done.
    #[default]
    Caller,
    /// A program that makes traffic to have some, as `crossfade drive` does.
    Driver,
    /// Likewise, with a fault that was put in on purpose.
    Injected,
}

impl Origin {
    /// Whether nothing has to be said of it.
    pub fn is_caller(&self) -> bool {
        *self == Self::Caller
    }
}

/// How many observations and comparisons were not of callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OriginCounts {
    /// Of a driver, those with an injected fault among them.
    pub driven: u64,
    /// Of these, those with an injected fault.
    pub injected: u64,
}

impl OriginCounts {
    /// Counts one.
    pub const fn record(&mut self, origin: Origin) {
        match origin {
            Origin::Caller => {}
            Origin::Driver => self.driven += 1,
            Origin::Injected => {
                self.driven += 1;
                self.injected += 1;
            }
        }
    }

    /// Adds the counts of `other`.
    pub const fn merge(&mut self, other: Self) {
        self.driven += other.driven;
        self.injected += other.injected;
    }

    /// Whether there is none.
    pub const fn is_nothing(self) -> bool {
        self.driven == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_a_driver_counts_as_both_and_callers_as_neither() {
        let mut counts = OriginCounts::default();
        counts.record(Origin::Caller);
        assert!(counts.is_nothing());
        counts.record(Origin::Driver);
        counts.record(Origin::Injected);
        let one = counts;
        counts.merge(one);
        assert_eq!(counts, OriginCounts { driven: 4, injected: 2 });
    }
}
