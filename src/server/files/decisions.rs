//! The decisions of this very program, for the facade in front of the file service.

use std::sync::Arc;

use crate::domain::decision::{DecideError, Decision, decide};
use crate::domain::feature_key::FeatureKey;
use crate::domain::unit::Unit;
use crate::facade::{DecisionSource, Undecided};
use crate::server::clock::Clock;
use crate::server::store::Store;

/// Decides by what the store has at this moment.
#[derive(Clone)]
pub struct StoreDecisions {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
}

impl DecisionSource for StoreDecisions {
    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        match self.store.feature(feature).await {
            Ok(Some((migration, feature))) => {
                decide(&migration, &feature, unit, self.clock.now()).map_err(|error| match error {
                    DecideError::TargetingKeyMissing => Undecided::TargetingKeyMissing,
                })
            }
            Ok(None) => Err(Undecided::UnknownFeature),
            Err(error) => Err(Undecided::Unavailable(error.to_string())),
        }
    }
}
