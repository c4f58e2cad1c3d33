//! What a kind of criterion is called by people.

use super::criterion::CriterionKind;

impl CriterionKind {
    /// As people read it: `error rate`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::ErrorRate => "error rate",
            Self::ExcessErrorRate => "excess error rate",
            Self::LatencyDegradation => "latency degradation",
            Self::DiscrepancyRate => "discrepancy rate",
            Self::ShadowErrorRate => "shadow error rate",
            Self::Comparisons => "comparisons",
            Self::Requests => "requests",
            Self::Dwell => "time in the stage",
            Self::Freshness => "fresh data",
            Self::FallbackRate => "fallback rate",
            Self::Alerts => "alerts",
            Self::Prerequisite => "prerequisite",
            Self::Consistency => "consistency",
        }
    }
}
