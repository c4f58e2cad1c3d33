//! What is reported of calls, and to whom. Not how it gets there: see [`super::batch`].

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::domain::comparison::ComparisonVerdict;
use crate::domain::difference::Difference;
use crate::domain::feature_key::FeatureKey;
use crate::domain::observation::{Operation, Outcome};
use crate::domain::origin::Origin;
use crate::domain::path::Path;

/// Somebody who takes reports. It must not block and must not fail: callers wait for it.
pub trait Reporter: Send + Sync + 'static {
    /// One call on one path.
    fn observation(&self, observation: ObservationReport);

    /// One call on both.
    fn comparison(&self, comparison: ComparisonReport);
}

impl<R: Reporter + ?Sized> Reporter for Arc<R> {
    fn observation(&self, observation: ObservationReport) {
        self.as_ref().observation(observation);
    }

    fn comparison(&self, comparison: ComparisonReport) {
        self.as_ref().comparison(comparison);
    }
}

/// Takes reports and forgets them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unreported;

impl Reporter for Unreported {
    fn observation(&self, _observation: ObservationReport) {}

    fn comparison(&self, _comparison: ComparisonReport) {}
}

/// The outcome of one operation on one path, in the form in which it is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObservationReport {
    /// When the call began.
    pub at: DateTime<Utc>,
    pub feature: FeatureKey,
    pub operation: Operation,
    /// The path attempted.
    pub path: Path,
    pub outcome: Outcome,
    pub latency_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether legacy answered in the candidate's place.
    #[serde(skip_serializing_if = "is_false")]
    pub fallback: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<Operation>,
    /// Whose doing it was; the facade knows of faults put in on purpose, see [`super::injected`].
    #[serde(skip_serializing_if = "Origin::is_caller")]
    pub origin: Origin,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    pub outcome: Outcome,
    pub latency_ms: f64,
    /// What was described of the response; `null` without one.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub result: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<Operation>,
}

/// One call on both paths, in the form in which it is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonReport {
    /// When the call began.
    pub at: DateTime<Utc>,
    pub feature: FeatureKey,
    pub operation: Operation,
    #[serde(flatten)]
    pub compared: Compared,
    /// Likewise, of either side.
    #[serde(skip_serializing_if = "Origin::is_caller")]
    pub origin: Origin,
}

/// What is told of both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Compared {
    /// Both results: Crossfade compares them by the migration's rules.
    Sides {
        legacy: Side,
        candidate: Side,
        /// Legacy once more, which tells noise from differences.
        #[serde(skip_serializing_if = "Option::is_none")]
        legacy_again: Option<Side>,
    },
    /// Compared here: the results do not leave the program.
    Judged { verdict: ComparisonVerdict, differences: Vec<Difference> },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
