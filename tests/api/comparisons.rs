//! How comparisons are judged, and what they say of their differences.

use crossfade::domain::feature_key::FeatureKey;
use crossfade::server::store::{RollupQuery, Span};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::wire::{COMPARISONS, comparison};

/// `[matches, mismatches, candidate_failed, legacy_failed, both_failed, comparator_errors]` of `item`, and its differences.
async fn judged(item: &Value) -> ([u64; 6], Vec<(String, &'static str, u64)>) {
    let app = TestApp::with_features().await;
    let answer = app.post(COMPARISONS, item).await.json(202);
    assert_eq!(answer, json!({"accepted": 1, "duplicates": 0, "rejected": []}), "{item}");
    let span = Span::hours(app.ago(0), app.ago(-1));
    let store = app.application.state.store.as_ref();
    let (_, kimi) = store.feature(&FeatureKey::parse("kimi").unwrap()).await.unwrap().unwrap();
    let query = RollupQuery::of(kimi.id, span);
    let counts = store.comparisons(&query).await.unwrap();
    let differences = store.discrepancies(&query, 1_000).await.unwrap();
    let [(_, counts)] = counts.as_slice() else { panic!("{counts:?}") };
    let verdicts = [
        counts.matches,
        counts.mismatches,
        counts.candidate_failed,
        counts.legacy_failed,
        counts.both_failed,
        counts.comparator_errors,
    ];
    let mut differences: Vec<_> =
        differences.into_iter().map(|(it, count)| (it.field.to_string(), it.kind.as_str(), count)).collect();
    differences.sort();
    (verdicts, differences)
}

async fn check(changes: Value, verdict: usize, differences: &[(&str, &'static str)]) {
    let (verdicts, found) = judged(&comparison(&changes)).await;
    let mut expected = [0; 6];
    expected[verdict] = 1;
    assert_eq!(verdicts, expected, "{changes}");
    let expected: Vec<_> = differences.iter().map(|(field, kind)| ((*field).to_owned(), *kind, 1)).collect();
    assert_eq!(found, expected, "{changes}");
}

#[tokio::test]
async fn two_sides_are_judged_by_their_outcomes_and_results() {
    let side = |outcome: &str, result: Value| json!({"outcome": outcome, "result": result});
    let (ok, error, caller_error) = (json!({"outcome": "ok"}), json!({"outcome": "error"}), "caller_error");
    check(json!({}), 0, &[]).await;
    check(json!({"legacy": ok, "candidate": side("ok", Value::Null)}), 0, &[]).await;
    check(json!({"candidate": side("ok", json!({"size": 10.0}))}), 0, &[]).await;
    check(json!({"candidate": side("ok", json!({"size": 11}))}), 1, &[("$.size", "value")]).await;
    check(json!({"candidate": side("ok", json!({"size": "10"}))}), 1, &[("$.size", "type")]).await;
    check(json!({"candidate": ok}), 1, &[("$", "type")]).await;
    check(json!({"candidate": side("ok", json!({"sha256": "…"}))}), 1, &[("$.sha256", "extra"), ("$.size", "missing")])
        .await;
    check(json!({"candidate": error}), 2, &[]).await;
    check(json!({"candidate": side(caller_error, json!({"size": 10}))}), 2, &[]).await;
    check(json!({"legacy": error}), 3, &[]).await;
    check(json!({"legacy": side(caller_error, Value::Null)}), 3, &[]).await;
    check(json!({"legacy": error, "candidate": error}), 4, &[]).await;
    check(json!({"legacy": side(caller_error, json!(1)), "candidate": side(caller_error, json!(2))}), 4, &[]).await;
}

#[tokio::test]
async fn a_caller_that_compared_already_says_the_verdict_and_the_differences() {
    let verdicts = ["match", "mismatch", "candidate_failed", "legacy_failed", "both_failed", "comparator_error"];
    for (index, verdict) in verdicts.into_iter().enumerate() {
        check(json!({"legacy": null, "candidate": null, "verdict": verdict}), index, &[]).await;
        // The verdict counts, whatever the sides would have said.
        check(json!({"candidate": {"outcome": "error"}, "verdict": verdict, "differences": []}), index, &[]).await;
    }
    let differences = json!([
        {"field": "$.size", "kind": "value"},
        {"path": "$.name", "kind": "missing"},
        {"field": "$.size", "kind": "value"},
        {"field": "$.size", "kind": "type"},
        {"field": "free form", "kind": "extra"},
    ]);
    let expected = [("$.name", "missing"), ("$.size", "type"), ("$.size", "value"), ("free form", "extra")];
    check(json!({"verdict": "mismatch", "differences": differences}), 1, &expected).await;
}

#[tokio::test]
async fn differences_are_told_by_field_and_not_by_position() {
    let files = |sizes: &[u32]| -> Value { sizes.iter().map(|size| json!({"size": size})).collect() };
    let side = |sizes: &[u32]| json!({"outcome": "ok", "result": {"files": files(sizes)}});
    check(json!({"legacy": side(&[1, 2, 3]), "candidate": side(&[4, 5, 6])}), 1, &[("$.files[].size", "value")]).await;
    check(json!({"legacy": side(&[1, 2, 3]), "candidate": side(&[1, 2])}), 1, &[("$.files[]", "missing")]).await;
}

#[tokio::test]
async fn countless_differences_are_kept_to_a_hundred_and_long_fields_are_cut() {
    let many: Value = (0..1_000).map(|index| (format!("{index}{}", "f".repeat(300)), json!(index))).collect();
    let (verdicts, found) = judged(&comparison(&json!({"legacy": {"outcome": "ok", "result": many}}))).await;
    assert_eq!(verdicts, [0, 1, 0, 0, 0, 0]);
    assert_eq!(found.iter().map(|(_, _, count)| count).sum::<u64>(), 100);
    assert!(found.iter().all(|(field, _, _)| field.chars().count() <= 200 && field.ends_with('…')));
    let differences: Vec<Value> =
        (0..1_000).map(|index| json!({"field": format!("$.{index}"), "kind": "value"})).collect();
    let (_, found) = judged(&comparison(&json!({"verdict": "mismatch", "differences": differences}))).await;
    assert_eq!(found.len(), 100);
}
