//! `GET /api/v1/features/{key}/metrics`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

const METRICS: &str = "/api/v1/features/kimi/metrics";

/// An application with a known hundred minutes of data before its present.
async fn with_data() -> TestApp {
    let app = TestApp::with_features().await;
    let mut items = Vec::new();
    for minute in 0..100_i64 {
        let at = app.ago(60 * minute);
        for (index, (path, outcome)) in
            [("legacy", "ok"), ("legacy", "caller_error"), ("candidate", "ok"), ("candidate", "error")]
                .into_iter()
                .enumerate()
        {
            let operation = if minute % 4 == 0 { "download" } else { "upload" };
            let latency = 10 * (minute + 1) + i64::try_from(index).unwrap();
            items.push(observation(
                &json!({"at": at, "path": path, "outcome": outcome, "operation": operation, "latency_ms": latency}),
            ));
        }
    }
    app.post(OBSERVATIONS, &items.into()).await.json(202);
    let comparisons: Vec<Value> = (0..100)
        .map(|minute| {
            let verdict = ["match", "mismatch", "candidate_failed", "both_failed"][minute % 4];
            comparison(&json!({"at": app.ago(60 * i64::try_from(minute).unwrap()), "verdict": verdict}))
        })
        .collect();
    app.post(COMPARISONS, &comparisons.into()).await.json(202);
    app
}

/// The sum of one number over all points.
fn sum(document: &Value, pointer: &str) -> u64 {
    let points = document["points"].as_array().unwrap().iter();
    points.map(|point| point.pointer(pointer).unwrap().as_u64().unwrap()).sum()
}

fn sums(document: &Value) -> Vec<u64> {
    [
        "/legacy/requests",
        "/legacy/ok",
        "/legacy/errors",
        "/legacy/caller_errors",
        "/candidate/requests",
        "/candidate/errors",
        "/candidate/fallbacks",
        "/shadow/comparisons",
        "/shadow/errors",
        "/shadow/discrepancies",
    ]
    .map(|pointer| sum(document, pointer))
    .to_vec()
}

#[tokio::test]
async fn the_series_has_a_point_a_step_also_where_there_is_no_data() {
    let app = TestApp::with_features().await;
    app.post(OBSERVATIONS, &observation(&json!({"at": app.ago(60), "outcome": "caller_error"}))).await.json(202);
    let document = app.get(&format!("{METRICS}?from=2026-01-05T10:29:30Z&step=60")).await.json(200);
    insta::assert_json_snapshot!(document, @r#"
    {
      "feature": "kimi",
      "from": "2026-01-05T10:29:00Z",
      "operation": null,
      "points": [
        {
          "at": "2026-01-05T10:29:00Z",
          "candidate": {
            "caller_errors": 0,
            "error_rate": null,
            "errors": 0,
            "fallbacks": 0,
            "mean_ms": null,
            "ok": 0,
            "p50_ms": null,
            "p95_ms": null,
            "p99_ms": null,
            "requests": 0
          },
          "legacy": {
            "caller_errors": 1,
            "error_rate": null,
            "errors": 0,
            "fallbacks": 0,
            "mean_ms": 100.0,
            "ok": 0,
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
        },
        {
          "at": "2026-01-05T10:30:00Z",
          "candidate": {
            "caller_errors": 0,
            "error_rate": null,
            "errors": 0,
            "fallbacks": 0,
            "mean_ms": null,
            "ok": 0,
            "p50_ms": null,
            "p95_ms": null,
            "p99_ms": null,
            "requests": 0
          },
          "legacy": {
            "caller_errors": 0,
            "error_rate": null,
            "errors": 0,
            "fallbacks": 0,
            "mean_ms": null,
            "ok": 0,
            "p50_ms": null,
            "p95_ms": null,
            "p99_ms": null,
            "requests": 0
          },
          "shadow": {
            "comparisons": 0,
            "discrepancies": 0,
            "discrepancy_rate": null,
            "error_rate": null,
            "errors": 0
          }
        }
      ],
      "step_seconds": 60,
      "to": "2026-01-05T10:31:00Z"
    }
    "#);
}

#[tokio::test]
async fn minutes_and_hours_have_the_same_sums() {
    let app = with_data().await;
    let expected = [200, 100, 0, 100, 200, 100, 0, 100, 25, 25];
    for step in [60, 300, 900, 3_600, 7_200, 86_400] {
        let document = app.get(&format!("{METRICS}?from=2026-01-05T00:00:00Z&step={step}")).await.json(200);
        assert_eq!(sums(&document), expected, "step {step}");
        assert_eq!(document["step_seconds"], step);
    }
    assert_eq!(sums(&app.get(METRICS).await.json(200)), expected, "the last 24 hours");
}

#[tokio::test]
async fn a_step_of_whole_hours_has_the_same_quantiles_from_minutes_and_from_hours() {
    let app = with_data().await;
    let hour = app.get(&format!("{METRICS}?from=2026-01-05T09:00:00Z&to=2026-01-05T10:00:00Z&step=3600")).await;
    let span = "from=2026-01-05T09:00:00Z&to=2026-01-05T10:00:00Z&step=1800";
    let halves = app.get(&format!("{METRICS}?{span}")).await.json(200);
    let hour = hour.json(200);
    let p95 = |point: &Value| point["candidate"]["p95_ms"].as_f64().unwrap();
    let (hour, halves) = (&hour["points"][0], halves["points"].as_array().unwrap());
    // Nearest rank 114 of the 120 latencies 10 (m + 1) + 2 and + 3 for m from 31 to 90, within 1 %.
    assert!((p95(hour) / 883.0 - 1.0).abs() <= 0.01, "{hour}");
    assert!(p95(&halves[1]) < p95(hour) && p95(hour) < p95(&halves[0]), "{halves:?}");
}

#[tokio::test]
async fn the_series_is_of_one_operation_if_asked() {
    let app = with_data().await;
    for (operation, expected) in [("upload", [150, 150]), ("download", [50, 50]), ("nothing", [0, 0]), ("", [200, 200])]
    {
        let document = app.get(&format!("{METRICS}?operation={operation}")).await.json(200);
        let requests = ["/legacy/requests", "/candidate/requests"].map(|pointer| sum(&document, pointer));
        assert_eq!(requests, expected, "{operation:?}");
        let said = if operation.is_empty() { Value::Null } else { json!(operation) };
        assert_eq!(document["operation"], said);
    }
}

#[tokio::test]
async fn the_range_is_moved_outwards_to_whole_steps() {
    let app = TestApp::with_features().await;
    for (query, from, to, points) in [
        ("", "2026-01-04T10:30:00Z", "2026-01-05T10:45:00Z", 97),
        ("from=2026-01-05T10:30:30Z&to=2026-01-05T10:30:31Z", "2026-01-05T10:30:00Z", "2026-01-05T10:31:00Z", 1),
        ("to=2026-01-05T00:00:00Z&step=86400", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", 1),
        ("from=2026-01-05T12:30:00%2B02:00&step=60", "2026-01-05T10:30:00Z", "2026-01-05T10:31:00Z", 1),
        ("from=2025-01-05T00:00:00Z", "2025-01-05T00:00:00Z", "2026-01-06T00:00:00Z", 366),
    ] {
        let document = app.get(&format!("{METRICS}?{query}")).await.json(200);
        assert_eq!((&document["from"], &document["to"]), (&json!(from), &json!(to)), "{query}");
        assert_eq!(document["points"].as_array().unwrap().len(), points, "{query}");
    }
}

#[tokio::test]
async fn an_invalid_range_step_or_operation_is_named() {
    let app = TestApp::with_features().await;
    let long = "a".repeat(65);
    for (query, pointer) in [
        ("from=2026-01-05T10:30:30Z", "/from"),
        ("from=2026-01-06T00:00:00Z", "/from"),
        ("from=2024-01-05T00:00:00Z", "/from"),
        ("to=-262143-01-01T00:00:00Z", "/from"),
        ("from=2026-01-05T00:00:00Z&to=%2B262142-12-31T23:59:59Z", "/from"),
        ("step=0", "/step"),
        ("step=-60", "/step"),
        ("step=61", "/step"),
        ("step=31536060", "/step"),
        ("step=9223372036854775807", "/step"),
        ("from=2026-01-01T00:00:00Z&step=60", "/step"),
        (&format!("operation={long}"), "/operation"),
        ("operation=a%0Ab", "/operation"),
    ] {
        assert_eq!(app.get(&format!("{METRICS}?{query}")).await.pointers(), [pointer], "{query}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_refused_and_an_unknown_feature_not_found() {
    let app = TestApp::with_features().await;
    for query in ["step=minute", "step=60.5", "from=yesterday", "to=2026-01-05", "step=60&step=60", "from=%ff"] {
        app.get(&format!("{METRICS}?{query}")).await.problem(400);
    }
    for key in ["nothing", "Kimi"] {
        app.get(&format!("/api/v1/features/{key}/metrics")).await.problem(404);
    }
}

#[tokio::test]
async fn time_passes_and_the_last_24_hours_with_it() {
    let app = with_data().await;
    app.advance(TimeDelta::hours(23));
    assert_eq!(sum(&app.get(METRICS).await.json(200), "/legacy/requests"), 2 * 61);
    app.advance(TimeDelta::hours(24));
    assert_eq!(sum(&app.get(METRICS).await.json(200), "/legacy/requests"), 0);
}
