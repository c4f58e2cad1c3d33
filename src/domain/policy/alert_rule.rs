//! What a feature or a migration is watched for, and what is done when it goes wrong. Not the judging, which is the
//! alerts', and not to whom it is told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alert_document::AlertRuleDocument;
use super::criterion::{Criterion, CriterionKind};
use crate::domain::alert_notice::Severity;
use crate::domain::feature_key::FeatureKey;
use crate::domain::gradual::Pace;
use crate::domain::percentage::Percentage;

/// What kinds of rules there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    ErrorRate,
    ExcessErrorRate,
    LatencyDegradation,
    DiscrepancyRate,
    ShadowErrorRate,
    FallbackRate,
    NoTraffic,
    System,
}

impl AlertKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ErrorRate,
        Self::ExcessErrorRate,
        Self::LatencyDegradation,
        Self::DiscrepancyRate,
        Self::ShadowErrorRate,
        Self::FallbackRate,
        Self::NoTraffic,
        Self::System,
    ];

    /// The word for it: `error_rate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::ExcessErrorRate => "excess_error_rate",
            Self::LatencyDegradation => "latency_degradation",
            Self::DiscrepancyRate => "discrepancy_rate",
            Self::ShadowErrorRate => "shadow_error_rate",
            Self::FallbackRate => "fallback_rate",
            Self::NoTraffic => "no_traffic",
            Self::System => "system",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is about what the candidate serves: there is nothing to watch while it serves nothing.
    pub const fn is_of_candidate(self) -> bool {
        match self {
            Self::ErrorRate
            | Self::ExcessErrorRate
            | Self::LatencyDegradation
            | Self::FallbackRate
            | Self::NoTraffic => true,
            Self::DiscrepancyRate | Self::ShadowErrorRate | Self::System => false,
        }
    }
}

/// What is watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Watch {
    /// A rate or a degradation, as a gate would judge it, over the last minutes.
    Measured { criterion: Criterion, window_minutes: u32 },
    /// That the candidate is to serve and nothing came of it for so long.
    NoTraffic { hours: f64 },
    /// The share of the machine that is in use: of the processors, the memory or the disk, whichever is highest.
    System { limit: f64 },
    /// How long ago any instance last knew that it decides by what the database has.
    DecisionsAge { seconds: u32 },
}

/// What is done without anyone when it fires, beside telling of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
    /// Nothing more.
    Notify,
    /// The stage clock stands still and advancing is refused while it fires.
    Hold,
    /// Traffic is taken back, once.
    RollBack(AutoRollback),
}

impl AlertAction {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Hold => "hold",
            Self::RollBack(_) => "roll_back",
        }
    }

    /// What it is, as a phrase.
    pub fn in_words(self) -> String {
        match self {
            Self::Notify => "notify".to_owned(),
            Self::Hold => "hold the stage".to_owned(),
            Self::RollBack(AutoRollback::Feature) => "roll the feature back".to_owned(),
            Self::RollBack(AutoRollback::Gradual { target, pace }) => {
                let (step, seconds) = (pace.step, pace.interval_seconds);
                format!("roll back gradually to {target}, {step} every {seconds} s")
            }
            Self::RollBack(AutoRollback::Emergency) => "roll the whole migration back".to_owned(),
        }
    }
}

/// How traffic is taken back without anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoRollback {
    /// The feature off and at 0 %.
    Feature,
    /// The feature down in steps, the first at once.
    Gradual { target: Percentage, pace: Pace },
    /// All features of the migration at 0 %, its candidate off.
    Emergency,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "AlertRuleDocument")]
pub struct AlertRule {
    /// Unique in its policy.
    pub name: String,
    pub watch: Watch,
    /// How long it must go wrong before it fires.
    pub for_minutes: u32,
    /// How long all must be well before it is over.
    pub keep_firing_minutes: u32,
    pub severity: Severity,
    pub action: AlertAction,
    /// Of these features only; empty for all of the migration.
    pub features: Vec<FeatureKey>,
}

impl AlertRule {
    /// How long it must go wrong before it fires, where a rule does not say.
    pub const FOR_MINUTES: u32 = 5;

    /// How long all must be well before it is over, where a rule does not say.
    pub const KEEP_FIRING_MINUTES: u32 = 5;

    /// How far back a rule looks that does not say.
    pub const WINDOW_MINUTES: u32 = 15;

    /// Its kind.
    pub const fn kind(&self) -> AlertKind {
        match &self.watch {
            Watch::NoTraffic { .. } => AlertKind::NoTraffic,
            Watch::System { .. } | Watch::DecisionsAge { .. } => AlertKind::System,
            Watch::Measured { criterion, .. } => match criterion.kind() {
                CriterionKind::ExcessErrorRate => AlertKind::ExcessErrorRate,
                CriterionKind::LatencyDegradation => AlertKind::LatencyDegradation,
                CriterionKind::DiscrepancyRate => AlertKind::DiscrepancyRate,
                CriterionKind::ShadowErrorRate => AlertKind::ShadowErrorRate,
                CriterionKind::FallbackRate => AlertKind::FallbackRate,
                // Only rates and degradation are read into a rule.
                CriterionKind::ErrorRate
                | CriterionKind::Comparisons
                | CriterionKind::Requests
                | CriterionKind::Dwell
                | CriterionKind::Freshness
                | CriterionKind::Alerts
                | CriterionKind::Prerequisite
                | CriterionKind::Consistency => AlertKind::ErrorRate,
            },
        }
    }

    /// What it is held to: a fraction or, without traffic, hours, or of the age of decisions seconds.
    pub const fn limit(&self) -> f64 {
        match &self.watch {
            Watch::NoTraffic { hours } => *hours,
            Watch::DecisionsAge { seconds } => *seconds as f64,
            Watch::System { limit } => *limit,
            Watch::Measured { criterion, .. } => match criterion {
                Criterion::ErrorRate { limit, .. }
                | Criterion::ExcessErrorRate { limit, .. }
                | Criterion::LatencyDegradation { limit, .. }
                | Criterion::DiscrepancyRate { limit, .. }
                | Criterion::ShadowErrorRate { limit, .. }
                | Criterion::FallbackRate { limit, .. } => *limit,
                Criterion::Comparisons { .. }
                | Criterion::Requests { .. }
                | Criterion::Dwell { .. }
                | Criterion::Freshness { .. }
                | Criterion::Consistency { .. } => 0.0,
            },
        }
    }

    /// Whether it watches the feature of this key; one of the machine watches none.
    pub fn is_of(&self, feature: &FeatureKey) -> bool {
        self.kind() != AlertKind::System && (self.features.is_empty() || self.features.contains(feature))
    }
}
