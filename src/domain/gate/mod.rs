//! The gate: evidence in, report out. Pure: the same evidence gives the same report at any time and in any place.
//! Not sign-offs, and not what follows from a report.

mod against_legacy;
mod finding;
mod progress;
mod rates;
mod report;
#[cfg(test)]
mod tests;
mod wording;

pub use report::{CriterionReport, GateReport, GateState, Needs, NextChange, Verdict};

use self::finding::{Finding, Traffic};
use self::rates::Rate;
use self::wording::{COMPARISON, ERROR, FALLBACK, MISMATCH, Noun, REQUEST, SHADOW_ERROR};
use super::evidence::{Evidence, PrerequisiteEvidence};
use super::path::Path;
use super::policy::{Assurance, AssuranceWord, Criterion, CriterionKind, STAGE_FRESH_MINUTES};

/// Judges all criteria of the evidence's stage, and its prerequisites.
///
/// Every stage needs fresh data: one that does not say how fresh is held to [`STAGE_FRESH_MINUTES`], so no gate passes
/// without data.
pub fn judge(evidence: &Evidence) -> GateReport {
    let asked = &evidence.stage.criteria;
    let freshness = Criterion::Freshness { minutes: STAGE_FRESH_MINUTES };
    let says = asked.iter().any(|criterion| criterion.kind() == CriterionKind::Freshness);
    let implied = (!says).then_some(&freshness);
    let criteria: Vec<CriterionReport> = asked
        .iter()
        .chain(implied)
        .map(|criterion| judge_criterion(criterion, evidence))
        .chain(evidence.prerequisites.iter().map(judge_prerequisite))
        .chain(judge_alerts(evidence))
        .collect();
    let state = state(&criteria);
    GateReport {
        migration: evidence.migration.clone(),
        feature: evidence.feature.clone(),
        stage: evidence.stage.name.clone(),
        percentage: evidence.stage.percentage,
        entered_at: evidence.entered_at,
        as_of: evidence.as_of,
        policy_version: evidence.policy_version,
        verdict: state.verdict(),
        state,
        evidence_digest: evidence.digest(),
        next_change: next_change(state, &criteria),
        criteria,
    }
}

/// Failed if any criterion failed, passed if all passed. Whether there are data, and fresh ones, is what freshness found.
fn state(criteria: &[CriterionReport]) -> GateState {
    let any = |state| criteria.iter().any(|criterion| criterion.state == state);
    let fresh = criteria.iter().find(|criterion| criterion.kind == CriterionKind::Freshness);
    if any(GateState::Failed) {
        GateState::Failed
    } else if let Some(state @ (GateState::NoData | GateState::Stale)) = fresh.map(|fresh| fresh.state) {
        state
    } else if criteria.iter().all(|criterion| criterion.verdict == Verdict::Passed) && !criteria.is_empty() {
        GateState::Passed
    } else {
        GateState::NotEnoughEvidence
    }
}

/// The slowest of the needs; one of which it cannot be told how long it takes is slower than all others.
fn next_change(state: GateState, criteria: &[CriterionReport]) -> Option<NextChange> {
    if state.verdict() != Verdict::Inconclusive {
        return None;
    }
    let wait = |criterion: &CriterionReport| criterion.needs.and_then(|needs| needs.wait_seconds());
    let open = criteria.iter().filter(|criterion| criterion.verdict == Verdict::Inconclusive);
    let slowest = open.max_by_key(|criterion| wait(criterion).unwrap_or(i64::MAX))?;
    Some(NextChange { seconds: wait(slowest), reason: format!("{}: {}", slowest.kind, slowest.reason) })
}

/// Judges one criterion by itself, whether the stage asks for it or not.
pub fn judge_alone(criterion: &Criterion, evidence: &Evidence) -> CriterionReport {
    judge_criterion(criterion, evidence)
}

fn judge_criterion(criterion: &Criterion, evidence: &Evidence) -> CriterionReport {
    let (candidate, shadow) = (&evidence.candidate, &evidence.shadow);
    let traffic = |count| Traffic { count, window_seconds: evidence.recent.window_seconds };
    let requests = traffic(evidence.recent.candidate);
    let comparisons = traffic(evidence.recent.comparisons);
    let of_requests =
        |events: u64, event: Noun| Rate { events, n: candidate.judged(), event, trial: REQUEST, traffic: requests };
    let of_comparisons =
        |events: u64, event: Noun| Rate { events, n: shadow.total(), event, trial: COMPARISON, traffic: comparisons };
    let (limit, assurance, finding) = match *criterion {
        Criterion::ErrorRate { limit, assurance } => {
            (limit, Some(assurance), of_requests(candidate.errors, ERROR).judge(limit, assurance))
        }
        Criterion::FallbackRate { limit, assurance } => {
            // A fallback is an error, so there are no more of them, whatever the evidence claims.
            let fallbacks = candidate.fallbacks.min(candidate.errors);
            (limit, Some(assurance), of_requests(fallbacks, FALLBACK).judge(limit, assurance))
        }
        Criterion::DiscrepancyRate { limit, assurance } => {
            (limit, Some(assurance), of_comparisons(shadow.mismatches, MISMATCH).judge(limit, assurance))
        }
        Criterion::ShadowErrorRate { limit, assurance } => {
            (limit, Some(assurance), of_comparisons(shadow.shadow_errors(), SHADOW_ERROR).judge(limit, assurance))
        }
        Criterion::ExcessErrorRate { limit, assurance } => {
            (limit, Some(assurance), against_legacy::judge_excess(evidence, limit, assurance))
        }
        Criterion::LatencyDegradation { limit, quantile, assurance } => {
            (limit, Some(assurance), against_legacy::judge_degradation(evidence, limit, quantile, assurance))
        }
        Criterion::Comparisons { at_least } => {
            (at_least as f64, None, progress::judge_count(shadow.total(), at_least, COMPARISON, comparisons))
        }
        Criterion::Requests { at_least } => {
            (at_least as f64, None, progress::judge_count(candidate.judged(), at_least, REQUEST, requests))
        }
        Criterion::Dwell { hours } => (hours, None, progress::judge_dwell(&evidence.dwell, hours)),
        Criterion::Freshness { minutes } => (minutes, None, progress::judge_freshness(evidence, minutes)),
        Criterion::Consistency { hours } => (0.0, None, progress::judge_consistency(evidence, hours)),
    };
    let path = match criterion.kind() {
        CriterionKind::ErrorRate | CriterionKind::FallbackRate | CriterionKind::Requests => Some(Path::Candidate),
        _ => None,
    };
    let quantile = criterion.quantile();
    CriterionReport { path, quantile, ..report(criterion.kind(), limit, assurance.map(Assurance::word), finding) }
}

fn judge_prerequisite(prerequisite: &PrerequisiteEvidence) -> CriterionReport {
    let finding = progress::judge_prerequisite(prerequisite);
    let needs_feature = Some(prerequisite.needs.clone());
    CriterionReport { needs_feature, ..report(CriterionKind::Prerequisite, 1.0, None, finding) }
}

/// Nothing to judge while no alert stands in the way.
fn judge_alerts(evidence: &Evidence) -> Option<CriterionReport> {
    let finding = progress::judge_alerts(&evidence.alerts)?;
    Some(report(CriterionKind::Alerts, 0.0, None, finding))
}

fn report(kind: CriterionKind, limit: f64, assurance: Option<AssuranceWord>, finding: Finding) -> CriterionReport {
    let Finding { state, measured, lower, upper, n, events, reason, needs, baseline } = finding;
    CriterionReport {
        kind,
        path: None,
        quantile: None,
        needs_feature: None,
        verdict: state.verdict(),
        state,
        assurance,
        measured: measured.map(readable),
        limit,
        lower: lower.map(readable),
        upper: upper.map(readable),
        n,
        events,
        reason,
        needs,
        baseline,
    }
}

/// To fifteen significant digits, 22 decimals at the most: such a number is the same in every program that reads it,
/// however exactly it reads, so that a report that was stored is still the one that was signed.
fn readable(number: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "the order of magnitude of a float")]
    let magnitude = number.abs().log10().floor().clamp(-308.0, 308.0) as i32;
    let decimals = usize::try_from((14 - magnitude).clamp(0, 22)).unwrap_or_default();
    format!("{number:.decimals$}").parse().unwrap_or(number)
}
