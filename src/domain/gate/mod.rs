//! The gate: evidence in, report out. Pure: the same evidence gives the same report at any time and in any place.
//! Not sign-offs, and not what follows from a report.

mod report;

pub use report::{CriterionReport, GateReport, GateState, Needs, NextChange, Verdict};

use super::evidence::Evidence;

/// Judges all criteria of the evidence's stage.
pub fn judge(evidence: &Evidence) -> GateReport {
    GateReport {
        migration: evidence.migration.clone(),
        feature: evidence.feature.clone(),
        stage: evidence.stage.name.clone(),
        percentage: evidence.stage.percentage,
        entered_at: evidence.entered_at,
        as_of: evidence.as_of,
        policy_version: evidence.policy_version,
        verdict: Verdict::Inconclusive,
        state: GateState::NoData,
        evidence_digest: evidence.digest(),
        criteria: Vec::new(),
        next_change: None,
    }
}
