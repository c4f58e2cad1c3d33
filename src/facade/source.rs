//! Where decisions come from. Not how they are made: that is [`crate::domain::decision`].

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::domain::decision::Decision;
use crate::domain::feature_key::FeatureKey;
use crate::domain::unit::Unit;

/// Somebody who says which path a call takes.
pub trait DecisionSource: Send + Sync + 'static {
    /// The decision for `unit`. It is asked before every call, so it had better know by heart.
    fn decide(
        &self,
        feature: &FeatureKey,
        unit: Option<&Unit>,
    ) -> impl Future<Output = Result<Decision, Undecided>> + Send;
}

/// Why there is no decision. The call takes legacy, without shadow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error("there is no such feature")]
    UnknownFeature,
    #[error("between 0 % and 100 % a decision sticks to a unit, and none was named")]
    TargetingKeyMissing,
    #[error("crossfade could not be asked: {0}")]
    Unavailable(String),
}

impl<S: DecisionSource> DecisionSource for Arc<S> {
    fn decide(
        &self,
        feature: &FeatureKey,
        unit: Option<&Unit>,
    ) -> impl Future<Output = Result<Decision, Undecided>> + Send {
        self.as_ref().decide(feature, unit)
    }
}

/// Any source, for those who do not care to know which.
#[derive(Clone)]
pub struct AnyDecisions(Arc<dyn Boxed>);

impl AnyDecisions {
    /// Decides as `source` does.
    pub fn of(source: impl DecisionSource) -> Self {
        Self(Arc::new(source))
    }
}

impl DecisionSource for AnyDecisions {
    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        self.0.decide_boxed(feature, unit).await
    }
}

/// A source behind a pointer.
trait Boxed: Send + Sync + 'static {
    fn decide_boxed<'a>(
        &'a self,
        feature: &'a FeatureKey,
        unit: Option<&'a Unit>,
    ) -> BoxFuture<'a, Result<Decision, Undecided>>;
}

impl<S: DecisionSource> Boxed for S {
    fn decide_boxed<'a>(
        &'a self,
        feature: &'a FeatureKey,
        unit: Option<&'a Unit>,
    ) -> BoxFuture<'a, Result<Decision, Undecided>> {
        self.decide(feature, unit).boxed()
    }
}

/// The same answer for everyone: for tests and examples.
#[derive(Clone, Debug)]
pub struct Fixed(pub Result<Decision, Undecided>);

impl DecisionSource for Fixed {
    async fn decide(&self, _feature: &FeatureKey, _unit: Option<&Unit>) -> Result<Decision, Undecided> {
        self.0.clone()
    }
}
