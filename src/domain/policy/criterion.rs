//! A measurable demand of a stage. Not its judging, which is the gate's.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::criterion_document::CriterionDocument;

/// How sure a criterion must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assurance {
    /// The whole interval must lie below the limit.
    #[default]
    Proven,
    /// The measured value is held against the limit, once there are enough requests.
    Observed {
        /// How many are enough.
        min_requests: u64,
    },
}

/// [`Assurance`] in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssuranceWord {
    Proven,
    Observed,
}

impl Assurance {
    /// In a word.
    pub const fn word(self) -> AssuranceWord {
        match self {
            Self::Proven => AssuranceWord::Proven,
            Self::Observed { .. } => AssuranceWord::Observed,
        }
    }
}

/// Which latency is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantile {
    P50,
    #[default]
    P95,
    P99,
}

impl Quantile {
    /// All of them, rising.
    pub const ALL: [Self; 3] = [Self::P50, Self::P95, Self::P99];

    /// As a fraction, 0 to 1.
    pub const fn fraction(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
        }
    }

    /// The word for it: `p95`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }
}

/// What kinds of criteria there are, in policies and in gate reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CriterionKind {
    ErrorRate,
    ExcessErrorRate,
    LatencyDegradation,
    DiscrepancyRate,
    ShadowErrorRate,
    Comparisons,
    Requests,
    Dwell,
    Freshness,
    FallbackRate,
    Alerts,
    Prerequisite,
    Consistency,
}

impl CriterionKind {
    /// The word for it: `error_rate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::ExcessErrorRate => "excess_error_rate",
            Self::LatencyDegradation => "latency_degradation",
            Self::DiscrepancyRate => "discrepancy_rate",
            Self::ShadowErrorRate => "shadow_error_rate",
            Self::Comparisons => "comparisons",
            Self::Requests => "requests",
            Self::Dwell => "dwell",
            Self::Freshness => "freshness",
            Self::FallbackRate => "fallback_rate",
            Self::Alerts => "alerts",
            Self::Prerequisite => "prerequisite",
            Self::Consistency => "consistency",
        }
    }
}

impl fmt::Display for CriterionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One demand of a stage. Rates and their limits are fractions, 0 to 1; limits are strict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "CriterionDocument")]
pub enum Criterion {
    /// The candidate's errors in its requests.
    ErrorRate { limit: f64, assurance: Assurance },
    /// The candidate's error rate less legacy's.
    ExcessErrorRate { limit: f64, assurance: Assurance },
    /// How much longer the candidate takes than legacy: 0.05 is 5 % longer.
    LatencyDegradation { limit: f64, quantile: Quantile, assurance: Assurance },
    /// Mismatches in comparisons.
    DiscrepancyRate { limit: f64, assurance: Assurance },
    /// Comparisons in which the candidate failed, or that could not be made.
    ShadowErrorRate { limit: f64, assurance: Assurance },
    /// The candidate's requests that legacy had to answer.
    FallbackRate { limit: f64, assurance: Assurance },
    /// How many comparisons there must be.
    Comparisons { at_least: u64 },
    /// How many of the candidate's requests there must be.
    Requests { at_least: u64 },
    /// How long the percentage must have been effective.
    Dwell { hours: f64 },
    /// How old the newest data may be.
    Freshness { minutes: f64 },
    /// How old the last complete check of the data on both sides may be, of which no finding may be open.
    Consistency { hours: f64 },
}

impl Criterion {
    /// Its kind.
    pub const fn kind(&self) -> CriterionKind {
        match self {
            Self::ErrorRate { .. } => CriterionKind::ErrorRate,
            Self::ExcessErrorRate { .. } => CriterionKind::ExcessErrorRate,
            Self::LatencyDegradation { .. } => CriterionKind::LatencyDegradation,
            Self::DiscrepancyRate { .. } => CriterionKind::DiscrepancyRate,
            Self::ShadowErrorRate { .. } => CriterionKind::ShadowErrorRate,
            Self::FallbackRate { .. } => CriterionKind::FallbackRate,
            Self::Comparisons { .. } => CriterionKind::Comparisons,
            Self::Requests { .. } => CriterionKind::Requests,
            Self::Dwell { .. } => CriterionKind::Dwell,
            Self::Freshness { .. } => CriterionKind::Freshness,
            Self::Consistency { .. } => CriterionKind::Consistency,
        }
    }

    /// How sure it must be; `None` where nothing is estimated.
    pub const fn assurance(&self) -> Option<Assurance> {
        match self {
            Self::ErrorRate { assurance, .. }
            | Self::ExcessErrorRate { assurance, .. }
            | Self::LatencyDegradation { assurance, .. }
            | Self::DiscrepancyRate { assurance, .. }
            | Self::ShadowErrorRate { assurance, .. }
            | Self::FallbackRate { assurance, .. } => Some(*assurance),
            Self::Comparisons { .. }
            | Self::Requests { .. }
            | Self::Dwell { .. }
            | Self::Freshness { .. }
            | Self::Consistency { .. } => None,
        }
    }

    /// The latency that it compares; `None` for all but a degradation.
    pub const fn quantile(&self) -> Option<Quantile> {
        match self {
            Self::LatencyDegradation { quantile, .. } => Some(*quantile),
            _ => None,
        }
    }
}
