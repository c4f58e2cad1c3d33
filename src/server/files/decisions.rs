//! The decisions of this very program, for the facade in front of the file service.

use crate::domain::decision::{DecideError, Decision};
use crate::domain::feature_key::FeatureKey;
use crate::domain::unit::Unit;
use crate::facade::{DecisionSource, Undecided};
use crate::server::decisions::{Decisions, NoDecision};

impl DecisionSource for Decisions {
    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        // The method of the engine, not this one.
        Self::decide(self, feature, unit).await.map_err(|error| match error {
            NoDecision::NoFeature(_) => Undecided::UnknownFeature,
            NoDecision::Undecided(DecideError::TargetingKeyMissing) => Undecided::TargetingKeyMissing,
            NoDecision::Store(error) => Undecided::Unavailable(error.to_string()),
        })
    }
}
