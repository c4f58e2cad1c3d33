//! How observations count: errors, caller errors and calls that fell back.

use chrono::TimeDelta;
use crossfade::server::queries;
use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

/// The point of the present minute once `items` are counted.
async fn point(items: &Value) -> Value {
    let app = TestApp::with_features().await;
    app.post(OBSERVATIONS, items).await.json(202);
    app.get("/api/v1/features/kimi/metrics?from=2026-01-05T10:30:00Z&step=60").await.json(200)["points"][0].take()
}

#[tokio::test]
async fn a_caller_error_is_shown_and_never_in_an_error_rate() {
    let caller_error = observation(&json!({"outcome": "caller_error"}));
    let alone = point(&json!([caller_error])).await;
    let shown = |point: &Value| json!([point["requests"], point["caller_errors"], point["error_rate"]]);
    assert_eq!(shown(&alone["legacy"]), json!([1, 1, null]));
    let error = observation(&json!({"outcome": "error"}));
    let among = point(&json!([caller_error, caller_error, error, observation(&json!({}))])).await;
    assert_eq!(shown(&among["legacy"]), json!([4, 2, 0.5]));
}

#[tokio::test]
async fn a_call_that_fell_back_is_the_candidates_error_whatever_outcome_it_claims() {
    let fell_back = |outcome: &str| observation(&json!({"path": "candidate", "fallback": true, "outcome": outcome}));
    let point = point(&json!([
        fell_back("error"),
        fell_back("ok"),
        fell_back("caller_error"),
        observation(&json!({"path": "candidate"})),
        observation(&json!({"path": "candidate", "fallback": false})),
        observation(&json!({"fallback": false})),
    ]))
    .await;
    insta::assert_json_snapshot!(point, @r#"
    {
      "at": "2026-01-05T10:30:00Z",
      "candidate": {
        "caller_errors": 0,
        "error_rate": 0.6,
        "errors": 3,
        "fallbacks": 3,
        "mean_ms": 100.0,
        "ok": 2,
        "p50_ms": 100.0,
        "p95_ms": 100.0,
        "p99_ms": 100.0,
        "requests": 5
      },
      "legacy": {
        "caller_errors": 0,
        "error_rate": 0.0,
        "errors": 0,
        "fallbacks": 0,
        "mean_ms": 100.0,
        "ok": 1,
        "p50_ms": 100.0,
        "p95_ms": 100.0,
        "p99_ms": 100.0,
        "requests": 1
      },
      "shadow": {
        "comparisons": 0,
        "discrepancies": 0,
        "discrepancy_rate": null,
        "error_rate": null,
        "errors": 0
      }
    }
    "#);
}

#[tokio::test]
async fn a_call_that_fell_back_was_not_served_by_the_candidate() {
    let app = TestApp::with_features().await;
    let items = json!([
        observation(&json!({"path": "candidate", "fallback": true, "outcome": "error"})),
        observation(&json!({})),
        observation(&json!({"path": "candidate"})),
    ]);
    app.post(OBSERVATIONS, &items).await.json(202);
    let document = app.get("/api/v1/features/kimi").await.json(200);
    assert_eq!((&document["observed"], &document["served"]), (&json!(50.0), &json!(2)));
}

#[tokio::test]
async fn an_operation_counts_without_the_spaces_around_it() {
    let app = TestApp::with_features().await;
    app.post(OBSERVATIONS, &json!([observation(&json!({"operation": " upload\t"})), observation(&json!({}))])).await;
    let document = app.get("/api/v1/features/kimi/metrics?operation=upload&from=2026-01-05T10:30:00Z").await.json(200);
    assert_eq!(document["points"][0]["legacy"]["requests"], 2);
}

#[tokio::test]
async fn what_a_driver_sends_counts_as_everything_does_and_is_said_for_an_hour() {
    let app = TestApp::with_features().await;
    let note = async || queries::driver::note(&app.application.state, None).await.unwrap().map(|note| note.words);
    let of = |origin: &str| json!({"origin": origin});
    app.post(OBSERVATIONS, &json!([observation(&json!({"origin": null})), observation(&of("caller"))])).await.json(202);
    assert_eq!(note().await, None);
    app.post(OBSERVATIONS, &json!([observation(&of("driver")), observation(&of("injected"))])).await.json(202);
    app.post(COMPARISONS, &json!([comparison(&of("injected"))])).await.json(202);
    assert_eq!(app.counted("kimi").await, Counted { comparisons: 1, ..Counted::legacy(4) });
    let words =
        "what it does is no traffic of callers. 2 of its 3 reports of the last hour were injected by crossfade drive.";
    assert_eq!(note().await, Some(format!("A driver is running: {words}")));
    app.advance(TimeDelta::minutes(59));
    assert!(note().await.unwrap().starts_with("A driver was running: "));
    app.advance(TimeDelta::minutes(2));
    assert_eq!(note().await, None);
}
