//! What a gate says: its verdict, and for each criterion what was measured, what was required and what is missing.
//! Not sign-offs, which are given on a report and are no part of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::digest::canonical_sha256;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::policy::{AssuranceWord, CriterionKind, Quantile};

/// A judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Shown to hold.
    Passed,
    /// Shown not to hold.
    Failed,
    /// Not shown either way.
    Inconclusive,
}

impl Verdict {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// A judgement and, where it is inconclusive, why: five different things to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Nothing has come since the stage was entered.
    NoData,
    /// The newest data are too old.
    Stale,
    /// There are data, and they do not decide yet.
    NotEnoughEvidence,
    Passed,
    Failed,
}

impl GateState {
    /// The verdict that goes with it.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::NoData | Self::Stale | Self::NotEnoughEvidence => Verdict::Inconclusive,
            Self::Passed => Verdict::Passed,
            Self::Failed => Verdict::Failed,
        }
    }

    /// As people read it: `not enough evidence`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NoData => "no data",
            Self::Stale => "stale",
            Self::NotEnoughEvidence => "not enough evidence",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// A gate, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GateReport {
    #[schema(value_type = String)]
    pub migration: MigrationSlug,
    #[schema(value_type = String)]
    pub feature: FeatureKey,
    /// The name of the stage that the gate leads out of.
    pub stage: String,
    #[schema(value_type = f64)]
    pub percentage: Percentage,
    pub entered_at: DateTime<Utc>,
    /// When the evidence was gathered.
    pub as_of: DateTime<Utc>,
    pub policy_version: i64,
    pub verdict: Verdict,
    pub state: GateState,
    /// See [`crate::domain::evidence::Evidence::digest`].
    pub evidence_digest: String,
    pub criteria: Vec<CriterionReport>,
    /// When an inconclusive verdict can next change; `None` when it is not inconclusive.
    pub next_change: Option<NextChange>,
}

impl GateReport {
    /// `sha256:` and the digest of its canonical JSON: what a reviewer is shown to have seen.
    pub fn digest(&self) -> String {
        canonical_sha256(self).unwrap_or_else(|error| unreachable!("all keys of a report are texts: {error}"))
    }
}

/// One criterion, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CriterionReport {
    pub kind: CriterionKind,
    /// The path that it is about; `None` when it is about both or neither.
    #[schema(value_type = Option<String>)]
    pub path: Option<Path>,
    /// Of a degradation.
    pub quantile: Option<Quantile>,
    /// Of a prerequisite: the feature that must have come further.
    #[schema(value_type = Option<String>)]
    pub needs_feature: Option<FeatureKey>,
    pub verdict: Verdict,
    pub state: GateState,
    /// Of rates and degradation.
    pub assurance: Option<AssuranceWord>,
    /// Rates and degradation as fractions, counts, the dwell in hours, freshness (the age) in minutes, a prerequisite as 0
    /// or 1. `None` without data.
    pub measured: Option<f64>,
    /// In the same unit. Rates and degradation must stay below it; counts, the dwell and prerequisites must reach it; an
    /// age may reach it.
    pub limit: f64,
    /// The interval of a rate or degradation, confidence 95 %; an end that the data do not bound is `None`.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// How many requests or comparisons it was judged on; where two arms meet, the smaller number.
    pub n: u64,
    /// How many of them count against it.
    pub events: Option<u64>,
    /// Why the verdict is what it is, and what is missing, in words with numbers.
    pub reason: String,
    /// What would let it pass; `None` when it has passed or failed.
    pub needs: Option<Needs>,
    /// Which legacy it was held against, in words; `None` when it is about no legacy.
    pub baseline: Option<String>,
}

impl CriterionReport {
    /// Whether both are about the same demand, whatever was measured and whatever the limit.
    pub fn is_same_demand(&self, other: &Self) -> bool {
        (self.kind, self.path, self.quantile, &self.needs_feature)
            == (other.kind, other.path, other.quantile, &other.needs_feature)
    }
}

/// What an inconclusive criterion still needs, as far as it can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Needs {
    /// So many further requests or comparisons, none of which counts against it.
    pub clean_requests: Option<u64>,
    /// So many further requests or comparisons, whatever their outcome.
    pub requests: Option<u64>,
    /// How long either takes at the present traffic; `None` without traffic.
    pub seconds_at_present_traffic: Option<i64>,
    /// So much time, whatever comes.
    pub seconds: Option<i64>,
}

impl Needs {
    /// The time until it can pass, as far as it can be told.
    pub fn wait_seconds(&self) -> Option<i64> {
        self.seconds.max(self.seconds_at_present_traffic)
    }
}

/// When an inconclusive verdict can next change: when the slowest of its needs can be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NextChange {
    /// From the time of the evidence; `None` when it cannot be told, as without traffic.
    pub seconds: Option<i64>,
    /// The slowest of the needs, in words.
    pub reason: String,
}
