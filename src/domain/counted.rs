//! Observations that somebody else counted already, all of one feature, operation, path and outcome. Of units and kinds of
//! errors they tell nothing.

use chrono::{DateTime, Utc};

use super::distribution::{Distribution, DistributionError, LatencyUnit};
use super::feature::FeatureId;
use super::latency::LatencyHistogram;
use super::observation::{Fallback, Operation, Outcome};
use super::path::Path;
use super::rollup::ObservationRollup;

/// How latencies are to be read from a distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latencies {
    /// There are none: it is a counter.
    None,
    In(LatencyUnit),
}

/// Some observations.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedObservations {
    /// When they were counted, which is after they happened.
    pub at: DateTime<Utc>,
    pub feature: FeatureId,
    pub operation: Operation,
    pub path: Path,
    pub outcome: Outcome,
    pub fallback: Fallback,
    pub distribution: Distribution,
    pub latencies: Latencies,
}

impl CountedObservations {
    /// The same of what came since `earlier`.
    #[must_use]
    pub fn since(self, earlier: &Distribution) -> Self {
        Self { distribution: self.distribution.since(earlier), ..self }
    }

    /// The latencies, or why they can be none.
    pub fn latencies(&self) -> Result<LatencyHistogram, DistributionError> {
        match self.latencies {
            Latencies::None => Ok(LatencyHistogram::new()),
            Latencies::In(unit) => self.distribution.latencies(unit),
        }
    }

    /// What they add to what is kept. Latencies that can be none are left out; they were refused when they came.
    pub fn rollup(&self) -> ObservationRollup {
        let count = self.distribution.count();
        let mut rollup =
            ObservationRollup { latency: self.latencies().unwrap_or_default(), ..ObservationRollup::default() };
        match (self.fallback, self.outcome) {
            (Fallback::ToLegacy, _) => {
                rollup.errors = count;
                rollup.fallbacks = count;
            }
            (Fallback::No, Outcome::Ok) => rollup.ok = count,
            (Fallback::No, Outcome::Error) => rollup.errors = count,
            (Fallback::No, Outcome::CallerError) => rollup.caller_errors = count,
        }
        rollup
    }
}
