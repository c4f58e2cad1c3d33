//! What gates say of evidence, by tables and properties.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::alert::AlertEvidence;
use crate::domain::alert_notice::AlertId;
use crate::domain::comparison::ComparisonCounts;
use crate::domain::evidence::{Baseline, ConsistencyEvidence, DwellEvidence, LastSeen, PathEvidence, Recent};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::latency::{LatencyHistogram, LatencyMs};
use crate::domain::percentage::Percentage;
use crate::domain::policy::{Assurance, Policy, Quantile, SignOffsRequired, Stage};

/// What is otherwise in the evidence of a case.
type Changed = fn(&mut Evidence);
type Change<'a> = &'a dyn Fn(&mut Evidence);

const PROVEN: Assurance = Assurance::Proven;

fn entered_at() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-01-10T10:00:00Z").unwrap().to_utc()
}

/// `errors` in `n` judged, every latency `ms`-ish: spread evenly in ratio from half to twice as long.
fn path(errors: u64, n: u64, ms: f64) -> PathEvidence {
    let mut latency = LatencyHistogram::new();
    for rank in 0..n {
        let share = (rank as f64 + 0.5) / n as f64;
        latency.record(LatencyMs::new(ms * 4f64.powf(share - 0.5)).unwrap());
    }
    PathEvidence { requests: n, ok: n - errors, errors, latency, ..PathEvidence::default() }
}

/// A day in a stage that asks for this, with 70 candidate requests an hour and nothing wrong.
fn evidence(percent: u8, criteria: &[Criterion]) -> Evidence {
    let as_of = entered_at() + TimeDelta::hours(24);
    Evidence {
        migration: MigrationSlug::parse("files").unwrap(),
        feature: FeatureKey::parse("kimi").unwrap(),
        policy_version: 1,
        stage: Stage {
            name: format!("{percent}%"),
            percentage: Percentage::from_whole(percent),
            criteria: criteria.to_vec(),
            sign_offs: SignOffsRequired::ONE_MANAGER,
        },
        entered_at: entered_at(),
        as_of,
        dwell: DwellEvidence { elapsed_ms: 24 * 3_600_000, stopped_by: None },
        legacy: path(10, 10_000, 100.0),
        candidate: path(0, 1_000, 100.0),
        shadow: ComparisonCounts { matches: 1_000, ..ComparisonCounts::default() },
        last_seen: LastSeen { candidate: Some(as_of - TimeDelta::seconds(4)), ..LastSeen::default() },
        recent: Recent { window_seconds: 3_600, legacy: 700, candidate: 70, comparisons: 50 },
        baseline: None,
        prerequisites: Vec::new(),
        consistency: None,
        alerts: Vec::new(),
    }
}

fn of_kind(report: &GateReport, kind: CriterionKind) -> &CriterionReport {
    report.criteria.iter().find(|criterion| criterion.kind == kind).unwrap()
}

#[test]
fn the_example_of_the_design_is_judged_as_it_says() {
    let stage = Policy::default_policy().stage("1%").unwrap().clone();
    let mut evidence = Evidence { stage, ..evidence(1, &[]) };
    evidence.candidate = path(3, 1_000, 100.0);
    let report = judge(&evidence);
    let found = of_kind(&report, CriterionKind::ErrorRate);
    insta::assert_json_snapshot!(found, @r#"
    {
      "kind": "error_rate",
      "path": "candidate",
      "quantile": null,
      "needs_feature": null,
      "verdict": "inconclusive",
      "state": "not_enough_evidence",
      "assurance": "proven",
      "measured": 0.003,
      "limit": 0.01,
      "lower": 0.000307133459164046,
      "upper": 0.0110184870974425,
      "n": 1000,
      "events": 3,
      "reason": "3 errors in 1,000 requests: 0.3 % measured, between 0.0307 % and 1.1 %; not yet surely below 1 %; 105 more requests without an error would show it, about 90 min at the present traffic",
      "needs": {
        "clean_requests": 105,
        "requests": null,
        "seconds_at_present_traffic": 5400,
        "seconds": null
      },
      "baseline": null
    }
    "#);
    assert_eq!((report.verdict, report.state), (Verdict::Inconclusive, GateState::NotEnoughEvidence));
    assert_eq!(report.evidence_digest, evidence.digest());
    assert!((found.lower.unwrap() - 0.000_307).abs() < 5e-7 && (found.upper.unwrap() - 0.011_018).abs() < 5e-7);
}

/// What is said of each criterion by itself in evidence that was changed like this.
fn told(cases: &[(Criterion, Changed)]) -> String {
    let lines = cases.iter().map(|(criterion, change)| {
        let mut evidence = evidence(10, std::slice::from_ref(criterion));
        change(&mut evidence);
        let report = judge(&evidence);
        let found = of_kind(&report, criterion.kind());
        assert_eq!(found.needs.is_some(), found.verdict == Verdict::Inconclusive, "{found:?}");
        format!("{}, {}: {}", found.kind, found.state.in_words(), found.reason)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_rate_says_what_it_is_and_how_many_clean_requests_are_missing() {
    let errors = |assurance| Criterion::ErrorRate { limit: 0.01, assurance };
    let observed = Assurance::Observed { min_requests: 1_000 };
    let told = told(&[
        (errors(PROVEN), |_| {}),
        (errors(PROVEN), |it| it.candidate = path(30, 1_000, 1.0)),
        (errors(PROVEN), |it| it.candidate = path(0, 0, 1.0)),
        (errors(PROVEN), |it| (it.candidate, it.recent.candidate) = (path(1, 100, 1.0), 0)),
        (errors(observed), |it| it.candidate = path(9, 1_000, 1.0)),
        (errors(observed), |it| it.candidate = path(10, 1_000, 1.0)),
        (errors(observed), |it| it.candidate = path(0, 999, 1.0)),
        (Criterion::FallbackRate { limit: 0.01, assurance: PROVEN }, |it| {
            it.candidate = PathEvidence { fallbacks: 1, ..path(50, 1_000, 1.0) };
        }),
        (Criterion::DiscrepancyRate { limit: 0.02, assurance: PROVEN }, |_| {}),
        (Criterion::ShadowErrorRate { limit: 0.05, assurance: PROVEN }, |it| {
            it.shadow = ComparisonCounts { matches: 1_217, mismatches: 5, candidate_failed: 12, ..it.shadow };
        }),
    ]);
    insta::assert_snapshot!(told, @"
    error_rate, passed: 0 errors in 1,000 requests: 0 % measured, between 0 % and 0.419 %; surely below 1 %
    error_rate, failed: 30 errors in 1,000 requests: 3 % measured, between 1.42 % and 5.41 %; surely above 1 %
    error_rate, no data: no requests since the stage was entered; 376 more requests without an error would show it, about 6 h at the present traffic
    error_rate, not enough evidence: 1 error in 100 requests: 1 % measured, between 0.00896 % and 6.44 %; not yet surely below 1 %; 574 more requests without an error would show it; nothing comes at present
    error_rate, passed: 9 errors in 1,000 requests: 0.9 % measured, between 0.263 % and 2.14 %; observed below 1 % over at least 1,000 requests
    error_rate, failed: 10 errors in 1,000 requests: 1 % measured, between 0.311 % and 2.31 %; observed not below 1 % over at least 1,000 requests
    error_rate, not enough evidence: 0 errors in 999 requests: 0 % measured, between 0 % and 0.419 %; judged from 1,000 requests on: 1 more request is missing, about 52 s at the present traffic
    fallback_rate, passed: 1 fallback in 1,000 requests: 0.1 % measured, between 0.00069 % and 0.69 %; surely below 1 %
    discrepancy_rate, passed: 0 mismatches in 1,000 comparisons: 0 % measured, between 0 % and 0.451 %; surely below 2 %
    shadow_error_rate, passed: 12 shadow errors in 1,234 comparisons: 0.972 % measured, between 0.336 % and 2.12 %; surely below 5 %
    ");
}

#[test]
fn a_comparison_with_legacy_says_how_far_apart_they_are() {
    let excess = Criterion::ExcessErrorRate { limit: 0.01, assurance: PROVEN };
    let longer = |limit, quantile| Criterion::LatencyDegradation { limit, quantile, assurance: PROVEN };
    let observed = Criterion::LatencyDegradation {
        limit: 0.05,
        quantile: Quantile::P95,
        assurance: Assurance::Observed { min_requests: 1_000 },
    };
    let told = told(&[
        (excess.clone(), |_| {}),
        (excess.clone(), |it| it.candidate = path(3, 300, 1.0)),
        (excess.clone(), |it| it.candidate = path(90, 1_000, 1.0)),
        (excess, |it| it.legacy = path(0, 0, 1.0)),
        (longer(0.2, Quantile::P95), |_| {}),
        (longer(0.02, Quantile::P95), |_| {}),
        (longer(0.05, Quantile::P50), |it| it.candidate = path(0, 1_000, 150.0)),
        (longer(0.05, Quantile::P99), |it| it.candidate = path(0, 10, 50.0)),
        (longer(0.05, Quantile::P95), |it| it.candidate = path(0, 0, 1.0)),
        (longer(0.05, Quantile::P95), |it| (it.legacy, it.recent.legacy) = (path(0, 20, 100.0), 0)),
        (observed, |_| {}),
    ]);
    insta::assert_snapshot!(told, @"
    excess_error_rate, passed: 0 errors in 1,000 requests against legacy's 10 errors in 10,000 requests: the difference is −0.1 %, between −0.248 % and +0.461 %; surely below 1 %
    excess_error_rate, not enough evidence: 3 errors in 300 requests against legacy's 10 errors in 10,000 requests: the difference is +0.9 %, between −0.171 % and +3.94 %; not yet surely below 1 %; 868 more requests of the candidate without an error would show it, about 13 h at the present traffic
    excess_error_rate, failed: 90 errors in 1,000 requests against legacy's 10 errors in 10,000 requests: the difference is +8.9 %, between +4.79 % and +14.4 %; surely above 1 %
    excess_error_rate, no data: no requests of legacy to hold the candidate against
    latency_degradation, passed: p95 −0.0901 % against legacy, between −4.65 % and +4.17 % (1,000 requests of the candidate, 10,000 requests of legacy); surely below 20 %
    latency_degradation, not enough evidence: p95 −0.0901 % against legacy, between −4.65 % and +4.17 % (1,000 requests of the candidate, 10,000 requests of legacy); not yet surely below 2 %; about 4,416 more requests of the candidate like these would decide it, about 3 d at the present traffic
    latency_degradation, failed: p50 +49.9 % against legacy, between +35.3 % and +66.1 % (1,000 requests of the candidate, 10,000 requests of legacy); surely above 5 %
    latency_degradation, not enough evidence: p99 −52.7 % against legacy, at least −64.6 %, not bounded above yet (10 requests of the candidate, 10,000 requests of legacy); not yet surely below 5 %; about 396 more requests of the candidate like these would decide it, about 6 h at the present traffic
    latency_degradation, no data: no requests of the candidate since the stage was entered
    latency_degradation, not enough evidence: p95 +3.86 % against legacy, at most +50.4 % (1,000 requests of the candidate, 20 requests of legacy); not yet surely below 5 %; more requests like these would not decide it
    latency_degradation, passed: p95 −0.0901 % against legacy, between −4.65 % and +4.17 % (1,000 requests of the candidate, 10,000 requests of legacy); observed below 5 % over at least 1,000 requests
    ");
}

#[test]
fn counts_and_times_say_how_much_is_left() {
    let told = told(&[
        (Criterion::Comparisons { at_least: 50 }, |_| {}),
        (Criterion::Comparisons { at_least: 1_100 }, |_| {}),
        (Criterion::Requests { at_least: 10_000 }, |_| {}),
        (Criterion::Dwell { hours: 24.0 }, |_| {}),
        (Criterion::Dwell { hours: 72.0 }, |_| {}),
        (Criterion::Dwell { hours: 72.0 }, |it| it.dwell.stopped_by = Some("candidate_enabled is off".to_owned())),
        (Criterion::Freshness { minutes: 15.0 }, |_| {}),
        (Criterion::Freshness { minutes: 15.0 }, |it| {
            it.last_seen.candidate = Some(it.as_of - TimeDelta::minutes(16));
        }),
        (Criterion::Freshness { minutes: 15.0 }, |it| it.last_seen = LastSeen::default()),
    ]);
    insta::assert_snapshot!(told, @"
    comparisons, passed: 1,000 comparisons, of which at least 50 were asked for
    comparisons, not enough evidence: 1,000 comparisons of at least 1,100: 100 more comparisons are missing, about 2 h at the present traffic
    requests, not enough evidence: 1,000 requests of at least 10,000: 9,000 more requests are missing, about 6 d at the present traffic
    dwell, passed: 24 of 24 h have passed
    dwell, not enough evidence: 24 of 72 h have passed; 2 d are left
    dwell, not enough evidence: 24 of 72 h have passed; 2 d are left, and the clock stands still: candidate_enabled is off
    freshness, passed: the newest data are 4 s old, at most 15 min were asked for
    freshness, stale: the newest data are 16 min old, more than 15 min: nothing has come since 2026-01-11T09:44:00Z
    freshness, no data: nothing has come since the stage was entered
    ");
}

#[test]
fn what_a_check_of_both_sides_found_stays_found_and_a_check_grows_old() {
    fn check(it: &mut Evidence, hours_ago: i64, open: u64) {
        it.consistency = Some(ConsistencyEvidence { checked_at: it.as_of - TimeDelta::hours(hours_ago), open });
    }
    let asked = Criterion::Consistency { hours: 24.0 };
    let told = told(&[
        (asked.clone(), |_| {}),
        (asked.clone(), |it| check(it, 24, 0)),
        (asked.clone(), |it| check(it, 25, 0)),
        (asked.clone(), |it| check(it, 1, 1)),
        (asked, |it| check(it, 48, 1_200)),
    ]);
    insta::assert_snapshot!(told, @"
    consistency, no data: no check of the data on both sides was ever completed
    consistency, passed: nothing is open; the last check ended 24 h ago, at most 24 h were asked for
    consistency, stale: nothing is open, but the last check ended 25 h ago, more than 24 h
    consistency, failed: 1 finding is open; the last check ended 60 min ago
    consistency, failed: 1,200 findings are open; the last check ended 2 d ago
    ");
}

#[test]
fn alerts_that_fire_stand_in_the_way_and_none_leave_a_report_as_it_was() {
    let mut evidence = evidence(1, &[Criterion::Requests { at_least: 1 }]);
    let without = serde_json::to_value(&evidence).unwrap();
    assert!(without.get("alerts").is_none(), "an old digest must stay what it was");
    let report = judge(&evidence);
    assert!(report.verdict == Verdict::Passed && report.criteria.iter().all(|it| it.kind != CriterionKind::Alerts));
    evidence.alerts = vec![AlertEvidence {
        alert: AlertId("a".to_owned()),
        rule: "error_rate".to_owned(),
        since: entered_at(),
        reason: "error rate 12 %".to_owned(),
    }];
    let report = judge(&evidence);
    let found = of_kind(&report, CriterionKind::Alerts);
    assert_eq!((report.verdict, found.measured, found.limit), (Verdict::Failed, Some(1.0), 0.0));
    assert_eq!(found.reason, "error_rate fires since 2026-01-10T10:00:00Z: error rate 12 %");
}

#[test]
fn prerequisites_are_criteria() {
    let prerequisite = |present: Option<&str>, reached| PrerequisiteEvidence {
        needs: FeatureKey::parse("supabase").unwrap(),
        stage: "10%".to_owned(),
        present_stage: present.map(str::to_owned),
        reached,
    };
    for (present, reached, verdict, reason) in [
        (Some("50%"), true, Verdict::Passed, "supabase has reached 10%: it is in 50%"),
        (Some("1%"), false, Verdict::Inconclusive, "supabase has not yet reached 10%: it is in 1%"),
        (None, false, Verdict::Inconclusive, "supabase has not yet reached 10%: there is no such feature"),
    ] {
        let mut evidence = evidence(1, &[Criterion::Requests { at_least: 1 }]);
        evidence.prerequisites = vec![prerequisite(present, reached)];
        let report = judge(&evidence);
        let found = of_kind(&report, CriterionKind::Prerequisite);
        assert_eq!((found.verdict, found.reason.as_str()), (verdict, reason));
        assert_eq!(found.needs_feature.as_ref().map(FeatureKey::as_str), Some("supabase"));
        assert_eq!(report.verdict, verdict);
    }
}

#[test]
fn at_100_per_cent_legacy_is_the_one_that_was_frozen() {
    let degradation = Criterion::LatencyDegradation { limit: 0.2, quantile: Quantile::P95, assurance: PROVEN };
    let excess = Criterion::ExcessErrorRate { limit: 0.01, assurance: PROVEN };
    let mut evidence = evidence(100, &[degradation, excess]);
    // What came of legacy since then must not be looked at.
    evidence.legacy = path(500, 1_000, 1.0);
    let report = judge(&evidence);
    for found in &report.criteria[..2] {
        assert_eq!((found.state, &found.baseline), (GateState::NoData, &None), "{found:?}");
    }
    evidence.baseline =
        Some(Baseline { stage: "50%".to_owned(), as_of: entered_at(), legacy: path(10, 10_000, 100.0) });
    let report = judge(&evidence);
    for found in &report.criteria[..2] {
        assert_eq!(found.verdict, Verdict::Passed, "{found:?}");
        assert_eq!(found.baseline.as_deref(), Some("frozen at 50% on 2026-01-10T10:00:00Z"));
        assert!(found.reason.ends_with("legacy is frozen at 50% on 2026-01-10T10:00:00Z"), "{}", found.reason);
    }
}

#[test]
fn a_gate_shows_five_different_things() {
    let error_rate = Criterion::ErrorRate { limit: 0.01, assurance: PROVEN };
    let dwell = Criterion::Dwell { hours: 24.0 };
    let nothing = |it: &mut Evidence| {
        (it.legacy, it.candidate) = (PathEvidence::default(), PathEvidence::default());
        it.shadow = ComparisonCounts::default();
    };
    let old = |it: &mut Evidence| it.last_seen.candidate = Some(it.as_of - TimeDelta::hours(1));
    let few = |it: &mut Evidence| it.candidate = path(0, 10, 1.0);
    let bad = |it: &mut Evidence| it.candidate = path(100, 1_000, 1.0);
    let cases: [(&[Change<'_>], GateState); 8] = [
        (&[], GateState::Passed),
        (&[&few], GateState::NotEnoughEvidence),
        (&[&old], GateState::Stale),
        (&[&old, &few], GateState::Stale),
        (&[&nothing], GateState::NoData),
        (&[&nothing, &old], GateState::NoData),
        (&[&bad], GateState::Failed),
        (&[&bad, &old], GateState::Failed),
    ];
    for (changes, expected) in cases {
        let mut evidence = evidence(10, &[error_rate.clone(), dwell.clone()]);
        for change in changes {
            change(&mut evidence);
        }
        let report = judge(&evidence);
        assert_eq!((report.state, report.verdict), (expected, expected.verdict()), "{report:?}");
        assert_eq!(report.next_change.is_some(), report.verdict == Verdict::Inconclusive);
    }
}

#[test]
fn the_next_change_is_when_the_slowest_of_the_needs_can_be_met() {
    let error_rate = Criterion::ErrorRate { limit: 0.01, assurance: PROVEN };
    let mut evidence = evidence(10, &[error_rate, Criterion::Dwell { hours: 25.0 }]);
    evidence.candidate = path(0, 306, 1.0);
    for (change, seconds, kind) in [
        ((|_| {}) as Changed, Some(3_600), "dwell: "),
        (|it| it.recent.candidate = 35, Some(7_200), "error_rate: "),
        (|it| it.recent.candidate = 0, None, "error_rate: "),
        (|it| it.dwell.stopped_by = Some("the feature is off".to_owned()), None, ""),
    ] {
        change(&mut evidence);
        let next = judge(&evidence).next_change.unwrap();
        assert_eq!(next.seconds, seconds, "{next:?}");
        assert!(next.reason.starts_with(kind), "{next:?}");
    }
}

/// Any criterion that data decide, with limits that are met and limits that are not.
fn criteria() -> impl Strategy<Value = Vec<Criterion>> {
    let limit = (-3.0..-0.5f64).prop_map(|exponent| 10f64.powf(exponent));
    let assurance =
        prop_oneof![Just(PROVEN), (1u64..200).prop_map(|min_requests| Assurance::Observed { min_requests })];
    let criterion = (limit, assurance, 0u8..9).prop_map(|(limit, assurance, which)| match which {
        0 => Criterion::ErrorRate { limit, assurance },
        1 => Criterion::ExcessErrorRate { limit, assurance },
        2 => Criterion::LatencyDegradation { limit, quantile: Quantile::P95, assurance },
        3 => Criterion::DiscrepancyRate { limit, assurance },
        4 => Criterion::ShadowErrorRate { limit, assurance },
        5 => Criterion::FallbackRate { limit, assurance },
        6 => Criterion::Comparisons { at_least: 1 },
        7 => Criterion::Requests { at_least: 1 },
        _ => Criterion::Dwell { hours: 0.0 },
    });
    prop::collection::vec(criterion, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_gate_never_passes_without_data(criteria in criteria(), percent in 0u8..=100, seen in any::<bool>()) {
        let mut evidence = evidence(percent, &criteria);
        evidence.baseline = Some(Baseline { stage: "50%".to_owned(), as_of: entered_at(), legacy: path(1, 1_000, 1.0) });
        (evidence.legacy, evidence.candidate) = (PathEvidence::default(), PathEvidence::default());
        evidence.shadow = ComparisonCounts::default();
        if !seen {
            evidence.last_seen = LastSeen::default();
        }
        let report = judge(&evidence);
        prop_assert_eq!((report.verdict, report.state), (Verdict::Inconclusive, GateState::NoData));
    }

    #[test]
    fn more_errors_never_turn_failed_into_passed(
        criteria in criteria(), n in 1u64..2_000, share in 0.0..1.0f64, more in 1u64..100, percent in 0u8..=100,
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        let errors = (n as f64 * share * share * share) as u64;
        let mut evidence = evidence(percent, &criteria);
        evidence.legacy = path(1, 300, 100.0);
        evidence.baseline = Some(Baseline { stage: "50%".to_owned(), as_of: entered_at(), legacy: path(1, 300, 100.0) });
        let verdict = |errors: u64| {
            let mut evidence = evidence.clone();
            evidence.candidate = path(errors, n, 100.0);
            evidence.candidate.fallbacks = errors;
            evidence.shadow = ComparisonCounts { matches: n - errors, mismatches: errors, ..ComparisonCounts::default() };
            judge(&evidence).criteria.iter().map(|found| found.verdict).collect::<Vec<_>>()
        };
        for (fewer, more) in verdict(errors).into_iter().zip(verdict((errors + more).min(n))) {
            prop_assert!(fewer != Verdict::Failed || more == Verdict::Failed);
            prop_assert!(more != Verdict::Passed || fewer == Verdict::Passed);
        }
    }

    #[test]
    fn evidence_that_was_frozen_is_judged_the_same_again(errors in 0u64..20, n in 20u64..2_000) {
        let mut evidence = evidence(10, &Policy::default_policy().stages[2].criteria);
        evidence.candidate = path(errors, n, 100.0);
        let again: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        let report = judge(&evidence);
        prop_assert_eq!(&judge(&again), &report);
        let stored: GateReport = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        prop_assert_eq!(stored, report);
    }
}

proptest! {
    #[test]
    fn a_reported_number_is_read_as_it_was_written(exponent in -20.0..9.0f64, sign in prop::bool::ANY) {
        let number = readable(if sign { 10f64.powf(exponent) } else { -10f64.powf(exponent) });
        let read: f64 = serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap();
        prop_assert_eq!(read.to_bits(), number.to_bits());
        prop_assert!((number.abs() / 10f64.powf(exponent) - 1.0).abs() < 1e-14 || exponent < -7.0);
    }
}
