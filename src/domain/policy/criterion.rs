//! A measurable demand of a stage. Not its judging, which is the gate's.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::document::InvalidPolicy;

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

impl TryFrom<Value> for Criterion {
    type Error = InvalidPolicy;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        super::document::criterion(&document, "").map_err(InvalidPolicy)
    }
}

/// A criterion as it stands in a policy's document: its kind and what that kind asks for.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Criterion)]
pub struct CriterionDocument {
    /// All kinds but `alerts`, `prerequisite` and `consistency`.
    kind: CriterionKind,
    /// Rates and degradation must stay below this.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    limit: Option<f64>,
    /// Of `latency_degradation`; `p95` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantile: Option<Quantile>,
    /// Of rates and degradation; `proven` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    assurance: Option<AssuranceWord>,
    /// With the assurance `observed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_requests: Option<u64>,
    /// Of `comparisons` and `requests`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u64>,
    /// Of `dwell`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    hours: Option<f64>,
    /// Of `freshness`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    minutes: Option<f64>,
}

impl From<Criterion> for CriterionDocument {
    fn from(criterion: Criterion) -> Self {
        let bare = Self {
            kind: criterion.kind(),
            limit: None,
            quantile: criterion.quantile(),
            assurance: None,
            min_requests: None,
            at_least: None,
            hours: None,
            minutes: None,
        };
        match criterion {
            Criterion::ErrorRate { limit, assurance }
            | Criterion::ExcessErrorRate { limit, assurance }
            | Criterion::LatencyDegradation { limit, assurance, .. }
            | Criterion::DiscrepancyRate { limit, assurance }
            | Criterion::ShadowErrorRate { limit, assurance }
            | Criterion::FallbackRate { limit, assurance } => {
                let min_requests = match assurance {
                    Assurance::Proven => None,
                    Assurance::Observed { min_requests } => Some(min_requests),
                };
                Self { limit: Some(limit), assurance: Some(assurance.word()), min_requests, ..bare }
            }
            Criterion::Comparisons { at_least } | Criterion::Requests { at_least } => {
                Self { at_least: Some(at_least), ..bare }
            }
            Criterion::Dwell { hours } => Self { hours: Some(hours), ..bare },
            Criterion::Freshness { minutes } => Self { minutes: Some(minutes), ..bare },
        }
    }
}

/// Whole numbers without a point: `24`.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn number<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and far below 2^52")]
        Some(whole) if whole.fract() == 0.0 && (0.0..1e9).contains(whole) => serializer.serialize_u64(*whole as u64),
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}
