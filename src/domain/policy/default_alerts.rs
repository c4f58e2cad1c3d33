//! The alert rules of a policy that names none.

use std::sync::LazyLock;

use super::alert_rule::{AlertAction, AlertRule, Watch};
use super::criterion::{Assurance, Criterion, Quantile};
use crate::domain::alert_notice::Severity;

static RULES: LazyLock<Vec<AlertRule>> = LazyLock::new(made);

/// Candidate error rate, degradation, discrepancy rate, the machine, and no traffic; each is told and no more.
pub(super) fn rules() -> &'static [AlertRule] {
    &RULES
}

fn made() -> Vec<AlertRule> {
    let assurance = Assurance::Proven;
    let measured = |criterion| Watch::Measured { criterion, window_minutes: AlertRule::WINDOW_MINUTES };
    let degradation = Criterion::LatencyDegradation { limit: 0.2, quantile: Quantile::P95, assurance };
    vec![
        rule(measured(Criterion::ErrorRate { limit: 0.05, assurance }), Severity::Critical),
        rule(measured(degradation), Severity::Warning),
        rule(measured(Criterion::DiscrepancyRate { limit: 0.02, assurance }), Severity::Warning),
        rule(Watch::System { limit: 0.8 }, Severity::Warning),
        rule(Watch::NoTraffic { hours: 4.0 }, Severity::Warning),
    ]
}

fn rule(watch: Watch, severity: Severity) -> AlertRule {
    let unnamed = AlertRule {
        name: String::new(),
        watch,
        for_minutes: AlertRule::FOR_MINUTES,
        keep_firing_minutes: AlertRule::KEEP_FIRING_MINUTES,
        severity,
        action: AlertAction::Notify,
        features: Vec::new(),
    };
    AlertRule { name: unnamed.kind().as_str().to_owned(), ..unnamed }
}
