//! Pieces that several read models share.

use serde::{Deserialize, Serialize};

use crate::domain::comparison::ComparisonCounts;
use crate::domain::effective::{Block, Effective};
use crate::domain::observed::{Served, disagreement};
use crate::domain::percentage::Percentage;
use crate::domain::rollup::ObservationRollup;

/// What one path did in some span of time. `None` stands for "no data", never for 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PathSummary {
    pub requests: u64,
    pub ok: u64,
    pub errors: u64,
    pub caller_errors: u64,
    pub fallbacks: u64,
    /// Errors in the operations judged, 0 to 1.
    pub error_rate: Option<f64>,
    pub mean_ms: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

impl From<&ObservationRollup> for PathSummary {
    fn from(rollup: &ObservationRollup) -> Self {
        Self {
            requests: rollup.requests(),
            ok: rollup.ok,
            errors: rollup.errors,
            caller_errors: rollup.caller_errors,
            fallbacks: rollup.fallbacks,
            error_rate: rollup.error_rate(),
            mean_ms: rollup.latency.mean_ms(),
            p50_ms: rollup.latency.quantile_ms(0.5),
            p95_ms: rollup.latency.quantile_ms(0.95),
            p99_ms: rollup.latency.quantile_ms(0.99),
        }
    }
}

/// What shadow runs showed in some span of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShadowSummary {
    pub comparisons: u64,
    /// Comparisons in which only the candidate failed, or that could not be made.
    pub errors: u64,
    /// Comparisons in which both succeeded with different results.
    pub discrepancies: u64,
    /// Errors in all comparisons, 0 to 1.
    pub error_rate: Option<f64>,
    /// Discrepancies in all comparisons, 0 to 1.
    pub discrepancy_rate: Option<f64>,
}

impl From<&ComparisonCounts> for ShadowSummary {
    fn from(counts: &ComparisonCounts) -> Self {
        Self {
            comparisons: counts.total(),
            errors: counts.shadow_errors(),
            discrepancies: counts.mismatches,
            error_rate: counts.shadow_error_rate(),
            discrepancy_rate: counts.discrepancy_rate(),
        }
    }
}

/// The three percentages of a feature, always shown together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Percentages {
    /// What was set.
    pub configured: Percentage,
    /// What decisions use.
    pub effective: Percentage,
    /// The switches that hold it at 0 %.
    pub blocked_by: Vec<Block>,
    /// The candidate's share of what was served in the last five minutes, in per cents; `None` for no data.
    pub observed: Option<f64>,
    /// How many operations that share is of.
    pub served: u64,
    /// Where the three disagree, in words.
    pub disagreement: Option<String>,
}

impl Percentages {
    /// Puts the three together.
    pub fn new(configured: Percentage, effective: Effective, served: Served) -> Self {
        Self {
            configured,
            effective: effective.percentage,
            observed: served.candidate_percent(),
            served: served.total(),
            disagreement: disagreement(configured, &effective, served),
            blocked_by: effective.blocked_by,
        }
    }
}
