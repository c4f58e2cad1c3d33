//! `GET /metrics`: what is told, that it only grows, and that nothing that is sent makes it longer.

#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::stores::{Obstacle, Obstructed};

/// Each series with its value.
async fn scrape(app: &TestApp) -> BTreeMap<String, f64> {
    let answer = app.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let lines = answer.page(200).lines().filter(|line| !line.starts_with('#'));
    let series = lines.map(|line| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.to_owned(), value.parse().unwrap())
    });
    series.collect()
}

fn observation(operation: &str, path: &str, outcome: &str, latency_ms: f64) -> Value {
    json!({"feature": "kimi", "operation": operation, "path": path, "outcome": outcome, "latency_ms": latency_ms})
}

#[tokio::test]
async fn what_was_taken_in_is_told_by_feature_path_and_outcome() {
    let app = TestApp::with_features().await;
    let mut items = vec![observation("upload", "candidate", "ok", 3.0); 3];
    items.push(observation("upload", "legacy", "caller_error", 90_000.0));
    let mut fell_back = observation("upload", "candidate", "error", 40.0);
    fell_back["fallback"] = json!(true);
    items.push(fell_back);
    app.post("/api/v1/observations", &json!(items)).await.json(202);
    let comparison = json!({"feature": "kimi", "operation": "upload", "verdict": "mismatch"});
    app.post("/api/v1/comparisons", &comparison).await.json(202);
    app.get("/api/v1/features").await.json(200);

    let told = scrape(&app).await;
    for (series, expected) in [
        (r#"crossfade_requests_total{feature="kimi",path="candidate",outcome="ok"}"#, 3.0),
        (r#"crossfade_requests_total{feature="kimi",path="candidate",outcome="error"}"#, 1.0),
        (r#"crossfade_requests_total{feature="kimi",path="legacy",outcome="caller_error"}"#, 1.0),
        (r#"crossfade_requests_total{feature="smart_handler",path="legacy",outcome="ok"}"#, 0.0),
        (r#"crossfade_fallbacks_total{feature="kimi"}"#, 1.0),
        (r#"crossfade_request_duration_seconds_bucket{le="0.0025",feature="kimi",path="candidate"}"#, 0.0),
        (r#"crossfade_request_duration_seconds_bucket{le="0.005",feature="kimi",path="candidate"}"#, 3.0),
        (r#"crossfade_request_duration_seconds_bucket{le="60.0",feature="kimi",path="legacy"}"#, 0.0),
        (r#"crossfade_request_duration_seconds_bucket{le="+Inf",feature="kimi",path="legacy"}"#, 1.0),
        (r#"crossfade_request_duration_seconds_sum{feature="kimi",path="legacy"}"#, 90.0),
        (r#"crossfade_comparisons_total{feature="kimi",verdict="mismatch"}"#, 1.0),
        (r#"crossfade_comparisons_total{feature="kimi",verdict="match"}"#, 0.0),
        (r#"crossfade_configured_ratio{feature="kimi",migration="files"}"#, 0.0),
        (r#"crossfade_effective_ratio{feature="kimi",migration="files"}"#, 0.0),
        (r#"crossfade_candidate_enabled{migration="files"}"#, 1.0),
        (r#"crossfade_gate_state{feature="kimi",state="not_enough_evidence"}"#, 1.0),
        (r#"crossfade_gate_state{feature="kimi",state="passed"}"#, 0.0),
        (r#"crossfade_gate_state{feature="smart_handler",state="no_data"}"#, 1.0),
        ("crossfade_ingest_batches_total", 2.0),
        ("crossfade_ingest_queue_batches", 0.0),
        ("crossfade_ingest_under_way_batches", 0.0),
        ("crossfade_ingest_under_way_bytes", 0.0),
        ("crossfade_store_up", 1.0),
        ("crossfade_instance_leading", 1.0),
        ("crossfade_decisions_age_seconds", 0.0),
        ("crossfade_notifications_queued", 0.0),
        ("crossfade_notifications_dead", 0.0),
        ("crossfade_store_connections_max", f64::from(app.application.state.store.pool_status().size)),
        (r#"crossfade_event_streams_open{kind="changes"}"#, 0.0),
        (concat!(r#"crossfade_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""}"#), 1.0),
    ] {
        assert_eq!(told.get(series), Some(&expected), "{series} in {told:#?}");
    }
    let reads = told[r#"crossfade_store_operation_duration_seconds_count{operation="read"}"#];
    let written = told[r#"crossfade_store_operation_duration_seconds_count{operation="ingest"}"#];
    assert!(reads > 0.0 && (1.0..=2.0).contains(&written), "{reads} reads, {written} writes");
}

#[tokio::test]
async fn a_repetition_and_what_was_refused_are_not_told() {
    let app = TestApp::with_features().await;
    let mut once = observation("upload", "legacy", "ok", 1.0);
    once["id"] = json!("once");
    let mut wrong = once.clone();
    wrong["feature"] = json!("unknown");
    for _ in 0..3 {
        app.post("/api/v1/observations", &json!([once, once, wrong])).await.json(202);
    }
    let told = scrape(&app).await;
    assert_eq!(told[r#"crossfade_requests_total{feature="kimi",path="legacy",outcome="ok"}"#], 1.0);
    assert!(!told.keys().any(|series| series.contains("unknown")));
}

#[tokio::test]
async fn ten_thousand_odd_names_add_no_series() {
    let app = TestApp::with_features().await;
    let both = |operation: &str, unit: &str, kind: &str| {
        ["legacy", "candidate"].map(|path| {
            let mut item = observation(operation, path, "error", 1.0);
            item["unit"] = json!(unit);
            item["error_kind"] = json!(kind);
            item
        })
    };
    app.post("/api/v1/observations", &json!(both("upload", "user1", "Timeout"))).await.json(202);
    let before: BTreeSet<String> = scrape(&app).await.into_keys().collect();
    // Two a name, so that a batch of the most items has half as many.
    for batch in 0..2 {
        let items: Vec<Value> = (0..5_000)
            .flat_map(|n| {
                let name = format!("o\u{308}d\"d\n{batch}-{n}{{}}").replace('\n', "");
                both(&name, &name, &name)
            })
            .collect();
        let answer = app.post("/api/v1/observations", &json!(items)).await.json(202);
        assert_eq!(answer["accepted"], 10_000, "{}", answer["rejected"][0]);
    }
    let told = scrape(&app).await;
    assert_eq!(told[r#"crossfade_requests_total{feature="kimi",path="legacy",outcome="error"}"#], 10_001.0);
    let after: BTreeSet<String> = told.into_keys().collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_and_costs_only_what_must_be_judged() {
    let (app, store) = Obstructed::app().await;
    app.post("/api/v1/observations", &observation("upload", "legacy", "ok", 1.0)).await.json(202);
    let whole = scrape(&app).await;
    assert_eq!(whole["crossfade_store_up"], 1.0);
    store.put_up(Obstacle::Rollups(|| crossfade::server::store::StoreError::Full));
    let told = scrape(&app).await;
    assert_eq!(told["crossfade_store_up"], 0.0);
    assert_eq!(told[r#"crossfade_requests_total{feature="kimi",path="legacy",outcome="ok"}"#], 1.0);
    assert!(!told.keys().any(|series| series.starts_with("crossfade_gate_state")));
}

#[tokio::test]
async fn who_asks_for_openmetrics_gets_it() {
    let app = TestApp::with_features().await;
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    let request = axum::http::Request::get("/metrics").header("accept", accept).body(axum::body::Body::empty());
    let answer = app.send(request.unwrap()).await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.page(200);
    assert!(text.contains("# TYPE crossfade_requests counter\n") && text.ends_with("# EOF\n"), "{text}");
}
