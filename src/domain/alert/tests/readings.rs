//! What rules read.

use chrono::TimeDelta;

use super::*;
use crate::domain::comparison::ComparisonCounts;
use crate::domain::evidence::{Evidence, LastSeen, PathEvidence};
use crate::domain::feature::Switch;
use crate::domain::instance::{Instance, InstanceId};
use crate::domain::latency::{LatencyHistogram, LatencyMs};
use crate::domain::policy::{AlertKind, COMPLETE, Quantile};

/// `errors` in `n`, all of them `ms` long.
fn path(errors: u64, n: u64, ms: f64) -> PathEvidence {
    let mut latency = LatencyHistogram::new();
    for _ in 0..n {
        latency.record(LatencyMs::new(ms).unwrap());
    }
    PathEvidence { requests: n, ok: n - errors, errors, latency, ..PathEvidence::default() }
}

/// A window with this much of the candidate, the newest `age` minutes old.
fn window(candidate: PathEvidence, age: i64) -> Evidence {
    let mut evidence = sample::evidence(&sample::snapshot(Percentage::from_whole(10)), 0, sample::now());
    evidence.entered_at = sample::now() - TimeDelta::hours(2);
    let newest = Some(sample::now() - TimeDelta::minutes(age));
    evidence.last_seen = LastSeen { candidate: newest, shadow: newest, legacy: newest };
    Evidence { candidate, legacy: path(5, 1_000, 100.0), ..evidence }
}

#[test]
fn a_rule_reads_five_different_things() {
    let proven = Criterion::ErrorRate { limit: 0.05, assurance: Assurance::Proven };
    let observed = Criterion::ErrorRate { limit: 0.05, assurance: Assurance::Observed { min_requests: 20 } };
    let latency = Criterion::LatencyDegradation { limit: 0.2, quantile: Quantile::P95, assurance: Assurance::Proven };
    let excess = Criterion::ExcessErrorRate { limit: 0.02, assurance: Assurance::Proven };
    let discrepancies = Criterion::DiscrepancyRate { limit: 0.02, assurance: Assurance::Proven };
    let mut never = window(path(0, 0, 1.0), 0);
    never.last_seen = LastSeen::default();
    let mut before = window(path(0, 0, 1.0), 0);
    before.last_seen.candidate = Some(before.entered_at - TimeDelta::seconds(1));
    let mut compared = window(path(0, 0, 1.0), 0);
    compared.shadow = ComparisonCounts { matches: 450, mismatches: 50, ..ComparisonCounts::default() };
    let told: Vec<String> = vec![
        (&proven, never),
        (&proven, before),
        (&proven, window(path(0, 500, 1.0), 16)),
        (&proven, window(path(0, 0, 1.0), 1)),
        (&proven, window(path(3, 20, 1.0), 1)),
        (&proven, window(path(0, 20, 1.0), 1)),
        (&proven, window(path(0, 500, 1.0), 1)),
        // Not surely below, but more than enough to say that nothing is wrong.
        (&proven, window(path(18, 500, 1.0), 1)),
        (&proven, window(path(30, 500, 1.0), 1)),
        (&proven, window(path(60, 500, 1.0), 1)),
        (&observed, window(path(0, 19, 1.0), 1)),
        (&observed, window(path(1, 40, 1.0), 1)),
        (&observed, window(path(2, 40, 1.0), 1)),
        (&excess, window(path(60, 500, 1.0), 1)),
        (&latency, window(path(0, 1_000, 101.0), 1)),
        (&latency, window(path(0, 1_000, 160.0), 1)),
        (&latency, window(path(0, 5, 160.0), 1)),
        (&discrepancies, compared),
    ]
    .into_iter()
    .map(|(criterion, evidence)| {
        let reading = read_measured(criterion, 15, &evidence);
        format!("{}: {}", reading.condition.in_words(), reading.reason)
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    no data: no requests of the candidate since the stage was entered
    no data: no requests of the candidate since the stage was entered
    stale: no requests of the candidate since 2027-01-15 07:44:00 UTC
    not enough evidence: no requests of the candidate to judge in the last 15 min
    not enough evidence: error rate 15 % (3 of 20 requests of the candidate in the last 15 min, between 1.14 % and 49.2 %); the limit is 5 %
    not enough evidence: error rate 0 % (0 of 20 requests of the candidate in the last 15 min, between 0 % and 15.4 %); the limit is 5 %
    clear: error rate 0 % (0 of 500 requests of the candidate in the last 15 min, between 0 % and 0.92 %); the limit is 5 %
    clear: error rate 3.6 % (18 of 500 requests of the candidate in the last 15 min, between 1.56 % and 6.86 %); the limit is 5 %
    not enough evidence: error rate 6 % (30 of 500 requests of the candidate in the last 15 min, between 3.11 % and 10.2 %); the limit is 5 %
    over the limit: error rate 12 % (60 of 500 requests of the candidate in the last 15 min, between 7.36 % and 18 %); the limit is 5 %
    not enough evidence: error rate 0 % (0 of 19 requests of the candidate in the last 15 min, between 0 % and 16.1 %); the limit is 5 %
    clear: error rate 2.5 % (1 of 40 requests of the candidate in the last 15 min, between 0.025 % and 15.2 %); the limit is 5 %
    over the limit: error rate 5 % (2 of 40 requests of the candidate in the last 15 min, between 0.26 % and 20.7 %); the limit is 5 %
    over the limit: error rate against legacy’s +11.5 % (500 requests of the candidate in the last 15 min, between +4.82 % and +19.6 %); the limit is 2 %
    clear: p95 against legacy’s +1 % (1000 requests of the candidate in the last 15 min, between +1 % and +1 %); the limit is 20 %
    over the limit: p95 against legacy’s +60 % (1000 requests of the candidate in the last 15 min, between +60 % and +60 %); the limit is 20 %
    over the limit: p95 against legacy’s +60 % (5 requests of the candidate in the last 15 min, at least +60 %); the limit is 20 %
    over the limit: discrepancy rate 10 % (50 of 500 comparisons in the last 15 min, between 5.31 % and 16.5 %); the limit is 2 %
    ");
}

#[test]
fn silence_of_the_candidate_is_counted_from_when_it_is_to_serve() {
    let now = sample::now();
    let hours = |hours: i64| now - TimeDelta::hours(hours);
    for (since, newest, expected, value) in [
        (hours(9), None, Condition::Breach, 9.0),
        (hours(9), Some(hours(5)), Condition::Breach, 5.0),
        (hours(9), Some(hours(4)), Condition::Breach, 4.0),
        (hours(9), Some(hours(3)), Condition::Clear, 3.0),
        (hours(1), Some(hours(9)), Condition::Clear, 1.0),
        (hours(1), None, Condition::Clear, 1.0),
        // A clock that was put back.
        (hours(-1), None, Condition::Clear, 0.0),
    ] {
        let reading = read_no_traffic(4.0, since, newest, now);
        assert_eq!((reading.condition, reading.value), (expected, Some(value)), "{since} {newest:?}");
    }
    let told = read_no_traffic(0.75, now - TimeDelta::seconds(119), None, now).reason;
    assert_eq!(told, "no request of the candidate since 2027-01-15 07:58:01 UTC, for 1 min; the limit is 45 min");
    let told = read_no_traffic(4.0, hours(9), Some(hours(5)), now).reason;
    assert_eq!(told, "no request of the candidate since 2027-01-15 03:00:00 UTC, for 5 h; the limit is 4 h");
}

#[test]
fn of_the_machine_whatever_is_used_most_counts() {
    for (load, condition, reason) in [
        (vec![("processors", None), ("memory", None)], Condition::NoData, "the machine was not measured yet"),
        (
            vec![("processors", Some(0.2)), ("memory", Some(0.912_34))],
            Condition::Breach,
            "91.2 % of the memory in use; the limit is 80 %",
        ),
        (
            vec![("processors", Some(0.8)), ("memory", None)],
            Condition::Clear,
            "80 % of the processors in use; the limit is 80 %",
        ),
    ] {
        let reading = read_load(0.8, &load);
        assert_eq!((reading.condition, reading.reason.as_str()), (condition, reason));
    }
}

#[test]
fn of_instances_the_one_that_is_without_the_database_for_longest_counts() {
    let now = sample::now();
    let instance = |name: &str, started: i64, seen: i64, decisions: Option<i64>| Instance {
        id: InstanceId(format!("{name}-{started}")),
        name: name.to_owned(),
        version: "1".to_owned(),
        started_at: now - TimeDelta::seconds(started),
        seen_at: now - TimeDelta::seconds(seen),
        decisions_at: decisions.map(|age| now - TimeDelta::milliseconds(age)),
        files: None,
    };
    for (instances, condition, reason) in [
        (vec![], Condition::NoData, "no instance has told of itself yet"),
        (
            vec![instance("a:1", 900, 1, Some(1_250)), instance("b:1", 900, 61, Some(61_500))],
            Condition::Breach,
            "the decisions of b:1 are 61.5 s old; the limit is 60 s",
        ),
        (
            vec![instance("a:1", 900, 1, Some(60_000))],
            Condition::Clear,
            "the decisions of a:1 are 60 s old; the limit is 60 s",
        ),
        // It was never asked for a decision.
        (vec![instance("a:1", 900, 2, None)], Condition::Clear, "the decisions of a:1 are 2 s old; the limit is 60 s"),
        // It crashed, and was started again.
        (
            vec![instance("a:1", 900, 400, Some(400_000)), instance("a:1", 300, 0, Some(500))],
            Condition::Clear,
            "the decisions of a:1 are 0.5 s old; the limit is 60 s",
        ),
        // Its clock is ahead.
        (
            vec![instance("a:1", 900, -5, Some(-5_000))],
            Condition::Clear,
            "the decisions of a:1 are 0 s old; the limit is 60 s",
        ),
    ] {
        let reading = read_decisions_age(60, &instances, now);
        assert_eq!((reading.condition, reading.reason.as_str()), (condition, reason));
    }
}

#[test]
fn there_is_nothing_to_watch_where_nothing_is_served() {
    let (now, ten) = (sample::now(), sample::snapshot(Percentage::from_whole(10)));
    let zero = sample::snapshot(Percentage::ZERO);
    let mut off = ten.clone();
    off.feature.enabled = Switch::Off;
    let mut complete = ten.clone();
    complete.feature.stage = COMPLETE.to_owned();
    let mut unknown = ten.clone();
    unknown.feature.stage = "11%".to_owned();
    let mut unshadowed = ten.clone();
    unshadowed.migration.shadow.enabled = Switch::Off;
    for (kind, snapshot, expected) in [
        (AlertKind::ErrorRate, &ten, None),
        (AlertKind::ErrorRate, &zero, Some("the feature is at 0 %")),
        (AlertKind::NoTraffic, &off, Some("the feature is off")),
        (AlertKind::ErrorRate, &complete, Some("the feature is complete")),
        (AlertKind::ErrorRate, &unknown, Some("the policy has no stage \"11%\"")),
        (AlertKind::DiscrepancyRate, &zero, None),
        (AlertKind::DiscrepancyRate, &unshadowed, Some("shadow is off")),
        (AlertKind::ErrorRate, &unshadowed, None),
    ] {
        assert_eq!(nothing_to_watch(kind, snapshot, now).as_deref(), expected, "{kind:?}");
    }
}

#[test]
fn frozen_numbers_are_read_the_same_again() {
    let rule = rule(5, 5);
    let Watch::Measured { criterion, window_minutes } = &rule.watch else { unreachable!() };
    let evidence = window(path(60, 500, 80.0), 1);
    let reading = read_measured(criterion, *window_minutes, &evidence);
    let frozen = FrozenAlert { alert: AlertId("a".to_owned()), rule, reading, evidence: Some(evidence) };
    let again: FrozenAlert = serde_json::from_str(&serde_json::to_string(&frozen).unwrap()).unwrap();
    assert_eq!((&again, again.digest()), (&frozen, frozen.digest()));
    let Watch::Measured { criterion, window_minutes } = &again.rule.watch else { unreachable!() };
    assert_eq!(read_measured(criterion, *window_minutes, again.evidence.as_ref().unwrap()), frozen.reading);
}
