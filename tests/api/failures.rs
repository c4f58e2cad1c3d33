//! A store or a handler that fails: the sender is told so, nothing is acknowledged, and what comes after is served.

use crossfade::server::store::StoreError;
use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::stores::{Obstacle, Obstructed};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation, observations};

fn sql_error() -> sqlx::Error {
    sqlx::Error::Protocol("near \"INSERT INTO observation_minutes\": syntax error in /var/crossfade.db".to_owned())
}

/// Every write with this obstacle in its way is answered by a problem, and counts nothing.
async fn check_writes(obstacle: Obstacle, status: u16) -> Value {
    let (app, store) = Obstructed::app().await;
    store.put_up(obstacle);
    let first = app.post(OBSERVATIONS, &observations(3)).await;
    first.problem(status);
    let is_passing = matches!(status, 503 | 507);
    assert_eq!(first.header("retry-after"), if is_passing { "1" } else { "" });
    app.post_with(OBSERVATIONS, &[("idempotency-key", "key")], observations(3).to_string()).await.problem(status);
    app.post(OBSERVATIONS, &observation(&json!({"id": "a"}))).await.problem(status);
    app.post(COMPARISONS, &comparison(&json!({}))).await.problem(status);
    app.post("/api/v1/migrations", &json!({"slug": "added", "name": "New"})).await.problem(status);
    app.post("/api/v1/features", &json!({"migration": "files", "key": "added"})).await.problem(status);
    assert_eq!(app.counted("kimi").await, Counted::NOTHING, "{obstacle:?}");

    store.take_down();
    let headers = [("idempotency-key", "key")];
    let answer = app.post_with(OBSERVATIONS, &headers, observations(3).to_string()).await;
    assert_eq!((answer.json(202)["accepted"].as_u64(), answer.header("idempotency-replayed")), (Some(3), ""));
    assert_eq!(app.post(OBSERVATIONS, &observation(&json!({"id": "a"}))).await.json(202)["accepted"], 1);
    app.post("/api/v1/features", &json!({"migration": "files", "key": "added"})).await.json(201);
    assert_eq!(app.counted("kimi").await, Counted::legacy(4), "{obstacle:?}");
    first.problem(status)
}

#[tokio::test]
async fn a_full_disk_is_told_as_such_and_counts_nothing() {
    insta::assert_json_snapshot!(check_writes(Obstacle::Writes(|| StoreError::Full), 507).await, @r#"
    {
      "detail": "the disk that holds the store is full; nothing was written",
      "status": 507,
      "title": "the storage is full",
      "type": "/problems/storage-full"
    }
    "#);
}

#[tokio::test]
async fn a_read_only_store_is_told_as_such_and_counts_nothing() {
    insta::assert_json_snapshot!(check_writes(Obstacle::Writes(|| StoreError::ReadOnly), 503).await, @r#"
    {
      "detail": "the store is read-only; nothing was written",
      "status": 503,
      "title": "unavailable",
      "type": "/problems/unavailable"
    }
    "#);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_as_such_and_counts_nothing() {
    let unavailable = Obstacle::Writes(|| StoreError::Unavailable(sql_error()));
    insta::assert_json_snapshot!(check_writes(unavailable, 503).await, @r#"
    {
      "detail": "the store does not answer",
      "status": 503,
      "title": "unavailable",
      "type": "/problems/unavailable"
    }
    "#);
}

#[tokio::test]
async fn a_write_that_fails_is_an_internal_error_without_a_word_of_sql() {
    let failed = Obstacle::Writes(|| StoreError::Failed(sql_error()));
    insta::assert_json_snapshot!(check_writes(failed, 500).await, @r#"
    {
      "detail": "this is a fault of the service; its log has the details",
      "status": 500,
      "title": "internal error",
      "type": "/problems/internal"
    }
    "#);
    let detail = || StoreError::Corrupt { table: "ingest_keys", column: "answer", detail: "SELECT".to_owned() };
    check_writes(Obstacle::Writes(detail), 500).await;
}

#[tokio::test]
async fn a_write_that_panics_is_an_internal_error_and_the_next_is_served() {
    check_writes(Obstacle::WritesPanic, 500).await;
}

/// What reads the store.
const READS: [&str; 7] = [
    "/monitoring/hybrid-status",
    "/api/v1/migrations",
    "/api/v1/migrations/files",
    "/api/v1/features",
    "/api/v1/features/kimi",
    "/api/v1/features/kimi/metrics",
    "/charts/kimi/requests.svg",
];

async fn check_reads(app: &TestApp, store: &Obstructed, obstacle: Obstacle, status: u16) {
    store.put_up(obstacle);
    for uri in READS {
        app.get(uri).await.problem(status);
    }
    app.post(OBSERVATIONS, &observation(&json!({}))).await.problem(status);
    assert_eq!(app.get("/healthz").await.status, 200);
    store.take_down();
    for uri in READS {
        assert_eq!(app.get(uri).await.status, 200, "{uri}");
    }
}

#[tokio::test]
async fn reads_that_fail_are_problems_without_a_word_of_sql_and_pass() {
    let (app, store) = Obstructed::app().await;
    check_reads(&app, &store, Obstacle::Reads(|| StoreError::Unavailable(sql_error())), 503).await;
    check_reads(&app, &store, Obstacle::Reads(|| StoreError::Schema("no table features".to_owned())), 503).await;
    check_reads(&app, &store, Obstacle::Reads(|| StoreError::Failed(sql_error())), 500).await;
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
}

#[tokio::test]
async fn a_handler_that_panics_is_an_internal_error_and_the_next_is_served() {
    let (app, store) = Obstructed::app().await;
    check_reads(&app, &store, Obstacle::ReadsPanic, 500).await;
    store.put_up(Obstacle::ReadsPanic);
    insta::assert_json_snapshot!(app.get("/api/v1/migrations").await.problem(500), @r#"
    {
      "detail": "this is a fault of the service; its log has the details",
      "status": 500,
      "title": "internal error",
      "type": "/problems/internal"
    }
    "#);
}
