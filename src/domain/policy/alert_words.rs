//! What a kind of alert rule is called by people.

use super::alert_rule::AlertKind;

impl AlertKind {
    /// As people read it: `error rate`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::ErrorRate => "error rate",
            Self::ExcessErrorRate => "error rate above legacy’s",
            Self::LatencyDegradation => "latency above legacy’s",
            Self::DiscrepancyRate => "discrepancy rate",
            Self::ShadowErrorRate => "shadow error rate",
            Self::FallbackRate => "fallback rate",
            Self::NoTraffic => "no candidate traffic",
            Self::System => "machine in use",
        }
    }
}
