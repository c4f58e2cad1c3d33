//! What a driver's facade is set to and tells: no traffic of callers, and more shadow runs than usual.

use std::sync::Arc;

use crate::domain::origin::Origin;
use crate::facade::{ComparisonReport, ObservationReport, Reporter, Settings, ShadowSettings};
use crate::server::clock::Clock;

/// All that a driver is told to run on both sides is to be seen soon.
const SHADOW: ShadowSettings = ShadowSettings { per_minute: 12_000, ..ShadowSettings::DEFAULT };

/// How its facade is set.
pub(super) fn settings(clock: &Arc<dyn Clock>) -> Settings {
    Settings { clock: Arc::clone(clock), shadow: SHADOW, ..Settings::default() }
}

/// Passes reports on as a driver's.
pub(super) struct Labelled<R>(pub R);

fn driven(origin: Origin) -> Origin {
    match origin {
        Origin::Caller | Origin::Driver => Origin::Driver,
        Origin::Injected => Origin::Injected,
    }
}

impl<R: Reporter> Reporter for Labelled<R> {
    fn observation(&self, observation: ObservationReport) {
        self.0.observation(ObservationReport { origin: driven(observation.origin), ..observation });
    }

    fn comparison(&self, comparison: ComparisonReport) {
        self.0.comparison(ComparisonReport { origin: driven(comparison.origin), ..comparison });
    }
}
