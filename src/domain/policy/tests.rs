//! Policies that are read, and policies that are refused, each at the field that is wrong.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A policy of two stages, good as it is.
fn good() -> Value {
    json!({
        "stages": [
            {"name": "shadow", "percentage": 0, "criteria": [{"kind": "comparisons", "at_least": 50}], "sign_offs": {"manager": 1}},
            {"name": "all", "percentage": 100, "criteria": [{"kind": "error_rate", "limit": 0.01}], "sign_offs": {"manager": 1}}
        ],
        "prerequisites": [{"feature": "a", "needs": "b", "stage": "all"}]
    })
}

/// [`good`] with other values at these pointers; `null` takes the field away.
fn good_but(changes: &[(&str, Value)]) -> Value {
    let mut document = good();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap();
        match (parent, value) {
            (Value::Object(object), Value::Null) => _ = object.remove(name),
            (Value::Object(object), value) => _ = object.insert(name.to_owned(), value.clone()),
            (Value::Array(list), value) if name == "-" => list.push(value.clone()),
            (Value::Array(list), value) => list[name.parse::<usize>().unwrap()] = value.clone(),
            _ => unreachable!("{pointer}"),
        }
    }
    document
}

#[test]
fn the_default_policy_is_the_one_of_the_design() {
    let policy = Policy::default_policy();
    let stages: Vec<String> = policy.stages.iter().map(|stage| serde_json::to_string(stage).unwrap()).collect();
    insta::assert_snapshot!(stages.join("\n"), @r#"
    {"name":"shadow","percentage":0,"criteria":[{"kind":"comparisons","at_least":50},{"kind":"shadow_error_rate","limit":0.05,"assurance":"proven"},{"kind":"discrepancy_rate","limit":0.02,"assurance":"proven"},{"kind":"dwell","hours":24},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}
    {"name":"1%","percentage":1,"criteria":[{"kind":"error_rate","limit":0.01,"assurance":"proven"},{"kind":"latency_degradation","limit":0.05,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":24},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}
    {"name":"10%","percentage":10,"criteria":[{"kind":"error_rate","limit":0.005,"assurance":"proven"},{"kind":"latency_degradation","limit":0.03,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":72},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}
    {"name":"50%","percentage":50,"criteria":[{"kind":"error_rate","limit":0.002,"assurance":"proven"},{"kind":"latency_degradation","limit":0.02,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":72},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}
    {"name":"100%","percentage":100,"criteria":[{"kind":"error_rate","limit":0.001,"assurance":"proven"},{"kind":"latency_degradation","limit":0.01,"quantile":"p95","assurance":"proven"},{"kind":"dwell","hours":48},{"kind":"freshness","minutes":15}],"sign_offs":{"manager":1,"tool":0}}
    "#);
    assert_eq!(policy.prerequisites, []);
    assert_eq!(Policy::parse(&serde_json::to_value(&policy).unwrap()), Ok(policy));
}

#[test]
fn every_kind_of_criterion_survives_json() {
    let criteria = json!([
        {"kind": "error_rate", "limit": 0.01, "assurance": "proven"},
        {"kind": "excess_error_rate", "limit": 0.005, "assurance": "observed", "min_requests": 1_000},
        {"kind": "latency_degradation", "quantile": "p50", "limit": 0.05, "assurance": "proven"},
        {"kind": "latency_degradation", "quantile": "p99", "limit": 10, "assurance": "proven"},
        {"kind": "discrepancy_rate", "limit": 0.02, "assurance": "proven"},
        {"kind": "shadow_error_rate", "limit": 0.999_999_999, "assurance": "proven"},
        {"kind": "fallback_rate", "limit": 0.000_000_001, "assurance": "proven"},
        {"kind": "comparisons", "at_least": 1},
        {"kind": "requests", "at_least": 1_000_000_000},
        {"kind": "dwell", "hours": 0.5},
        {"kind": "freshness", "minutes": 15},
        {"kind": "consistency", "hours": 24}
    ]);
    let policy = Policy::parse(&good_but(&[("/stages/0/criteria", criteria.clone())])).unwrap();
    assert_eq!(serde_json::to_value(&policy.stages[0].criteria).unwrap(), criteria);
    let again: Policy = serde_json::from_value(serde_json::to_value(&policy).unwrap()).unwrap();
    assert_eq!(again, policy);
}

#[test]
fn what_may_be_left_out_has_its_default() {
    let criteria = json!([{"kind": "error_rate", "limit": 0.01}, {"kind": "latency_degradation", "limit": 0.05}]);
    let document = good_but(&[("/stages/1/criteria", criteria), ("/prerequisites", Value::Null)]);
    let policy = Policy::parse_text(&document.to_string()).unwrap();
    let assurance = Assurance::Proven;
    assert_eq!(
        policy.stages[1].criteria,
        [
            Criterion::ErrorRate { limit: 0.01, assurance },
            Criterion::LatencyDegradation { limit: 0.05, quantile: Quantile::P95, assurance },
        ]
    );
    assert_eq!(policy.stages[1].sign_offs, SignOffsRequired { manager: 1, tool: 0 });
}

/// Each document is faulty at these pointers, sorted, and nowhere else.
fn check(cases: &[(Value, &[&str])]) {
    Policy::parse(&good()).unwrap();
    for (document, expected) in cases {
        let errors = Policy::parse(document).expect_err(&document.to_string());
        let mut pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, *expected, "{document}: {errors:?}");
    }
}

#[test]
fn every_faulty_field_of_a_stage_is_named() {
    let stage = |name: &str, percentage: u8| {
        let criteria = json!([{"kind": "dwell", "hours": 1}]);
        json!({"name": name, "percentage": percentage, "criteria": criteria, "sign_offs": {"manager": 1}})
    };
    let many: Vec<Value> = (0..21).map(|index| stage(&format!("s{index}"), index * 5)).collect();
    let stages = |stages: &[Value]| json!({"stages": stages});
    check(&[
        (json!(null), &[""]),
        (json!([]), &[""]),
        (json!({}), &["/stages"]),
        (json!({"stages": "two"}), &["/stages"]),
        (stages(&[]), &["/stages"]),
        (stages(&many), &["/stages"]),
        (good_but(&[("/stage", json!([]))]), &["/stage"]),
        (good_but(&[("/alerts", json!({}))]), &["/alerts"]),
        (good_but(&[("/stages/0", json!(7))]), &["/stages/0"]),
        (good_but(&[("/stages/0/title~", json!(7))]), &["/stages/0/title~0"]),
        (good_but(&[("/stages/0/name", Value::Null)]), &["/stages/0/name"]),
        (good_but(&[("/stages/0/name", json!(1))]), &["/stages/0/name"]),
        (good_but(&[("/stages/0/name", json!(" "))]), &["/stages/0/name"]),
        (good_but(&[("/stages/0/name", json!("n".repeat(41)))]), &["/stages/0/name"]),
        (good_but(&[("/stages/0/name", json!("complete"))]), &["/stages/0/name"]),
        (good_but(&[("/stages/0/name", json!("all"))]), &["/stages/1/name"]),
        (good_but(&[("/stages/0/percentage", json!("0"))]), &["/stages/0/percentage"]),
        (good_but(&[("/stages/0/percentage", json!(0.001))]), &["/stages/0/percentage"]),
        (good_but(&[("/stages/0/percentage", json!(1))]), &["/stages/0/percentage"]),
        (good_but(&[("/stages/1/percentage", json!(99))]), &["/stages/1/percentage"]),
        (good_but(&[("/stages/1/percentage", json!(101))]), &["/stages/1/percentage"]),
        (stages(&[stage("a", 0), stage("b", 50), stage("c", 50), stage("d", 100)]), &["/stages/2/percentage"]),
        (stages(&[stage("a", 0), stage("b", 50), stage("c", 10), stage("d", 100)]), &["/stages/2/percentage"]),
        (stages(&[stage("a", 0)]), &["/stages/0/percentage"]),
        (good_but(&[("/stages/0/criteria", Value::Null)]), &["/stages/0/criteria"]),
        (good_but(&[("/stages/0/criteria", json!([]))]), &["/stages/0/criteria"]),
        (good_but(&[("/stages/0/criteria", json!({}))]), &["/stages/0/criteria"]),
        (good_but(&[("/stages/0/sign_offs", Value::Null)]), &["/stages/0/sign_offs"]),
        (good_but(&[("/stages/0/sign_offs", json!({}))]), &["/stages/0/sign_offs/manager"]),
        (good_but(&[("/stages/0/sign_offs/manager", json!(0))]), &["/stages/0/sign_offs/manager"]),
        (good_but(&[("/stages/0/sign_offs/tool", json!(-1))]), &["/stages/0/sign_offs/tool"]),
        (good_but(&[("/stages/0/sign_offs/cat", json!(1))]), &["/stages/0/sign_offs/cat"]),
    ]);
}

#[test]
fn every_faulty_field_of_a_criterion_is_named() {
    let criterion = |criterion: Value| good_but(&[("/stages/0/criteria/0", criterion)]);
    check(&[
        (criterion(json!("error_rate")), &["/stages/0/criteria/0"]),
        (criterion(json!({"limit": 1})), &["/stages/0/criteria/0/kind"]),
        (criterion(json!({"kind": "luck"})), &["/stages/0/criteria/0/kind"]),
        (criterion(json!({"kind": "alerts"})), &["/stages/0/criteria/0/kind"]),
        (criterion(json!({"kind": "prerequisite"})), &["/stages/0/criteria/0/kind"]),
        (criterion(json!({"kind": "error_rate"})), &["/stages/0/criteria/0/limit"]),
        (criterion(json!({"kind": "error_rate", "limit": 0})), &["/stages/0/criteria/0/limit"]),
        (criterion(json!({"kind": "error_rate", "limit": 1})), &["/stages/0/criteria/0/limit"]),
        (criterion(json!({"kind": "error_rate", "limit": 0.000_000_000_1})), &["/stages/0/criteria/0/limit"]),
        (criterion(json!({"kind": "error_rate", "limit": 0.1, "quantile": "p95"})), &["/stages/0/criteria/0/quantile"]),
        (
            criterion(json!({"kind": "error_rate", "limit": 0.1, "assurance": "hoped"})),
            &["/stages/0/criteria/0/assurance"],
        ),
        (
            criterion(json!({"kind": "error_rate", "limit": 0.1, "assurance": "observed"})),
            &["/stages/0/criteria/0/min_requests"],
        ),
        (
            criterion(json!({"kind": "error_rate", "limit": 0.1, "min_requests": 10})),
            &["/stages/0/criteria/0/min_requests"],
        ),
        (
            criterion(json!({"kind": "error_rate", "limit": 0.1, "assurance": "observed", "min_requests": 0})),
            &["/stages/0/criteria/0/min_requests"],
        ),
        (criterion(json!({"kind": "latency_degradation", "limit": 10.5})), &["/stages/0/criteria/0/limit"]),
        (
            criterion(json!({"kind": "latency_degradation", "limit": 1, "quantile": "p90"})),
            &["/stages/0/criteria/0/quantile"],
        ),
        (criterion(json!({"kind": "comparisons", "at_least": 0})), &["/stages/0/criteria/0/at_least"]),
        (criterion(json!({"kind": "requests", "at_least": 1.5})), &["/stages/0/criteria/0/at_least"]),
        (
            criterion(json!({"kind": "requests", "limit": 1})),
            &["/stages/0/criteria/0/at_least", "/stages/0/criteria/0/limit"],
        ),
        (criterion(json!({"kind": "dwell", "hours": -1})), &["/stages/0/criteria/0/hours"]),
        (criterion(json!({"kind": "dwell", "hours": 8_761})), &["/stages/0/criteria/0/hours"]),
        (criterion(json!({"kind": "freshness", "minutes": 0})), &["/stages/0/criteria/0/minutes"]),
        (
            good_but(&[("/stages/0/criteria/-", json!({"kind": "comparisons", "at_least": 1}))]),
            &["/stages/0/criteria/1/kind"],
        ),
        (
            good_but(&[
                ("/stages/0/criteria/-", json!({"kind": "latency_degradation", "limit": 1, "quantile": "p95"})),
                ("/stages/0/criteria/-", json!({"kind": "latency_degradation", "limit": 2})),
            ]),
            &["/stages/0/criteria/2/kind"],
        ),
    ]);
}

#[test]
fn every_faulty_field_of_a_prerequisite_is_named() {
    check(&[
        (good_but(&[("/prerequisites", json!(7))]), &["/prerequisites"]),
        (good_but(&[("/prerequisites/0", json!(7))]), &["/prerequisites/0"]),
        (good_but(&[("/prerequisites/0/feature", json!("A"))]), &["/prerequisites/0/feature"]),
        (good_but(&[("/prerequisites/0/needs", json!("a"))]), &["/prerequisites/0/needs"]),
        (good_but(&[("/prerequisites/0/stage", json!("1%"))]), &["/prerequisites/0/stage"]),
        (good_but(&[("/prerequisites/0/at", json!("1%"))]), &["/prerequisites/0/at"]),
        (
            good_but(&[("/prerequisites/-", json!({"feature": "a", "needs": "b", "stage": "shadow"}))]),
            &["/prerequisites/1/needs"],
        ),
        (
            good_but(&[
                ("/prerequisites/-", json!({"feature": "b", "needs": "c", "stage": "all"})),
                ("/prerequisites/-", json!({"feature": "c", "needs": "a", "stage": "all"})),
            ]),
            &["/prerequisites/2/needs"],
        ),
    ]);
}

#[test]
fn a_policy_that_names_no_alert_rules_has_the_default_ones_and_one_that_names_an_empty_list_has_none() {
    let policy = Policy::parse(&good()).unwrap();
    let rules: Vec<String> = policy.alert_rules().iter().map(|rule| serde_json::to_string(rule).unwrap()).collect();
    insta::assert_snapshot!(rules.join("\n"), @r#"
    {"name":"error_rate","kind":"error_rate","limit":0.05,"assurance":"proven","window_minutes":15,"for_minutes":5,"keep_firing_minutes":5,"severity":"critical","action":"notify"}
    {"name":"latency_degradation","kind":"latency_degradation","limit":0.2,"quantile":"p95","assurance":"proven","window_minutes":15,"for_minutes":5,"keep_firing_minutes":5,"severity":"warning","action":"notify"}
    {"name":"discrepancy_rate","kind":"discrepancy_rate","limit":0.02,"assurance":"proven","window_minutes":15,"for_minutes":5,"keep_firing_minutes":5,"severity":"warning","action":"notify"}
    {"name":"system","kind":"system","limit":0.8,"for_minutes":5,"keep_firing_minutes":5,"severity":"warning","action":"notify"}
    {"name":"no_traffic","kind":"no_traffic","hours":4,"for_minutes":5,"keep_firing_minutes":5,"severity":"warning","action":"notify"}
    "#);
    let document = serde_json::to_value(&policy).unwrap();
    assert!(document.get("alerts").is_none(), "what was left out stays so, and with it every digest: {document}");
    let spelled_out = policy.spelled_out();
    assert_eq!(Policy::parse(&serde_json::to_value(&spelled_out).unwrap()).unwrap(), spelled_out);
    let none = Policy::parse(&good_but(&[("/alerts", json!([]))])).unwrap();
    assert_eq!(none.alert_rules(), []);
    assert_eq!(Policy::parse(&serde_json::to_value(&none).unwrap()).unwrap(), none);
}

#[test]
fn every_kind_of_alert_rule_survives_json() {
    let rules = json!([
        {"name": "error_rate", "kind": "error_rate", "limit": 0.05, "assurance": "observed", "min_requests": 20, "window_minutes": 1,
         "for_minutes": 0, "keep_firing_minutes": 1440, "severity": "critical", "action": "roll_back", "rollback": "feature",
         "features": ["kimi"]},
        {"name": "p50", "kind": "latency_degradation", "limit": 2, "quantile": "p50", "assurance": "proven", "window_minutes": 1440,
         "for_minutes": 5, "keep_firing_minutes": 5, "severity": "warning", "action": "hold"},
        {"name": "slowly", "kind": "excess_error_rate", "limit": 0.01, "assurance": "proven", "window_minutes": 15,
         "for_minutes": 5, "keep_firing_minutes": 5, "severity": "warning", "action": "roll_back", "rollback": "gradual",
         "target": 1, "step": 5, "interval_seconds": 60},
        {"name": "no traffic", "kind": "no_traffic", "hours": 0.5, "for_minutes": 5, "keep_firing_minutes": 5, "severity": "warning",
         "action": "notify"},
        {"name": "machine", "kind": "system", "limit": 0.9, "for_minutes": 5, "keep_firing_minutes": 5, "severity": "warning",
         "action": "roll_back", "rollback": "emergency"},
        {"name": "cut off", "kind": "system", "decisions_age_seconds": 60, "for_minutes": 0, "keep_firing_minutes": 1,
         "severity": "critical", "action": "notify"},
    ]);
    let policy = Policy::parse(&good_but(&[("/alerts", rules.clone())])).unwrap();
    assert_eq!(serde_json::to_value(&policy.alerts).unwrap(), rules);
    let again: Vec<AlertRule> = serde_json::from_value(rules).unwrap();
    assert_eq!(Some(again), policy.alerts);
}

#[test]
fn every_faulty_field_of_an_alert_rule_is_named() {
    let rule = |rule: Value| good_but(&[("/alerts", json!([rule]))]);
    let twice = json!([{"kind": "system", "limit": 0.8}, {"kind": "system", "limit": 0.9}]);
    let many = vec![json!({"kind": "system", "limit": 0.8}); 51];
    check(&[
        (good_but(&[("/alerts", json!(["all"]))]), &["/alerts/0"]),
        (good_but(&[("/alerts", twice)]), &["/alerts/1/name"]),
        (good_but(&[("/alerts", json!(many))]), &["/alerts"]),
        (rule(json!({"kind": "dwell"})), &["/alerts/0/kind"]),
        (rule(json!({"kind": "error_rate"})), &["/alerts/0/limit"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "name": ""})), &["/alerts/0/name"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "hours": 1})), &["/alerts/0/hours"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "window_minutes": 0})), &["/alerts/0/window_minutes"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "for_minutes": 1.5})), &["/alerts/0/for_minutes"]),
        (
            rule(json!({"kind": "error_rate", "limit": 0.1, "keep_firing_minutes": 1_441})),
            &["/alerts/0/keep_firing_minutes"],
        ),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "severity": "bad"})), &["/alerts/0/severity"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "min_requests": 1})), &["/alerts/0/min_requests"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "action": "pray"})), &["/alerts/0/action"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "action": "roll_back"})), &["/alerts/0/rollback"]),
        (rule(json!({"kind": "error_rate", "limit": 0.1, "rollback": "feature"})), &["/alerts/0/rollback"]),
        (
            rule(json!({"kind": "error_rate", "limit": 0.1, "action": "roll_back", "rollback": "feature", "step": 5})),
            &["/alerts/0/step"],
        ),
        (
            rule(
                json!({"kind": "error_rate", "limit": 0.1, "action": "roll_back", "rollback": "gradual", "step": 0, "target": -1,
                "interval_seconds": 0}),
            ),
            &["/alerts/0/interval_seconds", "/alerts/0/step", "/alerts/0/target"],
        ),
        (
            rule(
                json!({"kind": "error_rate", "limit": 0.1, "action": "roll_back", "rollback": "gradual", "target": 101}),
            ),
            &["/alerts/0/target"],
        ),
        (
            rule(json!({"kind": "error_rate", "limit": 0.1, "features": ["Kimi", 7]})),
            &["/alerts/0/features/0", "/alerts/0/features/1"],
        ),
        (rule(json!({"kind": "system", "limit": 1})), &["/alerts/0/limit"]),
        (rule(json!({"kind": "system", "limit": 0.8, "features": ["a"]})), &["/alerts/0/features"]),
        (rule(json!({"kind": "system"})), &["/alerts/0/limit"]),
        (rule(json!({"kind": "system", "decisions_age_seconds": 9})), &["/alerts/0/decisions_age_seconds"]),
        (rule(json!({"kind": "system", "decisions_age_seconds": 60.5})), &["/alerts/0/decisions_age_seconds"]),
        (rule(json!({"kind": "system", "decisions_age_seconds": 60, "limit": 0.8})), &["/alerts/0/limit"]),
        (
            rule(json!({"kind": "error_rate", "limit": 0.8, "decisions_age_seconds": 60})),
            &["/alerts/0/decisions_age_seconds"],
        ),
        (
            rule(json!({"kind": "system", "limit": 0.8, "action": "roll_back", "rollback": "feature"})),
            &["/alerts/0/rollback"],
        ),
        (rule(json!({"kind": "no_traffic", "limit": 4})), &["/alerts/0/hours", "/alerts/0/limit"]),
    ]);
}

#[test]
fn all_faults_are_named_at_once() {
    check(&[(
        json!({
            "stages": [
                {"name": "", "percentage": 5, "criteria": [{"kind": "luck"}, {"kind": "dwell", "hours": "1"}], "sign_offs": {}},
                {"name": "b", "percentage": 2, "criteria": [], "sign_offs": 1, "colour": "red"}
            ],
            "prerequisites": [{"feature": "a", "needs": "a", "stage": "b"}],
            "version": 3
        }),
        &[
            "/prerequisites/0/needs",
            "/stages/0/criteria/0/kind",
            "/stages/0/criteria/1/hours",
            "/stages/0/name",
            "/stages/0/percentage",
            "/stages/0/sign_offs/manager",
            "/stages/1/colour",
            "/stages/1/criteria",
            "/stages/1/percentage",
            "/stages/1/sign_offs",
            "/version",
        ],
    )]);
}

#[test]
fn a_fault_says_what_would_be_right() {
    for (document, expected) in [
        (
            good_but(&[("/stages/0/criteria/0/kind", json!("luck"))]),
            "/stages/0/criteria/0/kind: must be one of error_rate, excess_error_rate, latency_degradation, discrepancy_rate, shadow_error_rate, fallback_rate, comparisons, requests, dwell, freshness, consistency",
        ),
        (
            good_but(&[("/stages/1/criteria/0/limit", json!(1))]),
            "/stages/1/criteria/0/limit: must be a number above 0 and below 1",
        ),
        (
            good_but(&[("/stages/1/percentage", json!(0))]),
            "/stages/1/percentage: must be above the 0 % of the stage before",
        ),
        (
            good_but(&[("/stages/1/colour", json!(0))]),
            "/stages/1/colour: is unknown here; known are name, percentage, criteria, sign_offs",
        ),
    ] {
        assert_eq!(Policy::parse(&document).unwrap_err()[0].to_string(), expected);
    }
    let not_json = Policy::parse_text("{").unwrap_err();
    assert_eq!(not_json[0].pointer, "");
    let as_a_whole = serde_json::from_value::<Policy>(json!({"stages": []})).unwrap_err().to_string();
    assert_eq!(as_a_whole, "not a policy: /stages: must be 1 to 20 stages");
}

#[test]
fn stages_are_found_by_name_order_and_percentage() {
    let policy = Policy::default_policy();
    let name = |stage: Option<&Stage>| stage.map(|stage| stage.name.clone()).unwrap_or_default();
    assert_eq!(name(policy.first()), "shadow");
    for (of, next) in [("shadow", "1%"), ("50%", "100%"), ("100%", ""), ("11%", "")] {
        assert_eq!(name(policy.next_stage(of)), next, "{of}");
    }
    for (basis_points, covering) in [(0, "shadow"), (1, "1%"), (100, "1%"), (101, "10%"), (10_000, "100%")] {
        assert_eq!(name(policy.covering(Percentage::from_basis_points(basis_points).unwrap())), covering);
    }
    for (present, wanted, reached) in [
        ("10%", "1%", true),
        ("10%", "10%", true),
        ("10%", "50%", false),
        (COMPLETE, "100%", true),
        ("11%", "shadow", false),
        ("100%", "11%", false),
    ] {
        assert_eq!(policy.has_reached(present, wanted), reached, "{present} {wanted}");
    }
}

#[test]
fn a_stage_has_the_error_rate_limit_of_what_it_asks_for() {
    for (name, limit) in [("shadow", 0.05), ("1%", 0.01), ("10%", 0.005), ("50%", 0.002), ("100%", 0.001)] {
        assert_eq!(stage_named(name).and_then(Stage::error_rate_limit), Some(limit), "{name}");
    }
    assert!(stage_named("11%").is_none());
    let stage = &Policy::parse(&good()).unwrap().stages[0];
    assert_eq!(stage.error_rate_limit(), None);
}

proptest! {
    /// Whatever it is, reading it ends and gives either a policy or a fault.
    #[test]
    fn no_document_is_beyond_reading(changes in prop::collection::vec((0usize..9, -1.0..101.0f64), 0..4)) {
        let pointers = [
            "/stages/0/percentage", "/stages/1/percentage", "/stages/0/criteria/0/at_least", "/stages/1/criteria/0/limit",
            "/stages/0/name", "/stages/1/sign_offs/manager", "/prerequisites/0/stage", "/stages/1/criteria/-", "/stages/-",
        ];
        let changes: Vec<(&str, Value)> = changes.into_iter().map(|(at, number)| (pointers[at], json!(number))).collect();
        match Policy::parse(&good_but(&changes)) {
            Ok(policy) => prop_assert_eq!(Policy::parse(&serde_json::to_value(&policy).unwrap()), Ok(policy)),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}
