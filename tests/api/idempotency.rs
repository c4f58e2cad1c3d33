//! `Idempotency-Key`: a batch that is repeated within 24 hours gets the first answer again and counts once.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, gzip, observation, observations};

async fn send(app: &TestApp, uri: &str, key: &str, body: &Value) -> Answer {
    app.post_with(uri, &[("idempotency-key", key)], body.to_string()).await
}

/// The answer to a batch, and whether it was told that it is a repetition.
async fn told(app: &TestApp, key: &str, body: &Value) -> (Value, bool) {
    let answer = send(app, OBSERVATIONS, key, body).await;
    (answer.json(202), answer.header("idempotency-replayed") == "true")
}

#[tokio::test]
async fn a_repeated_batch_gets_the_first_answer_again_and_counts_once() {
    let app = TestApp::with_features().await;
    let body =
        json!([observation(&json!({})), observation(&json!({"feature": "x"})), observation(&json!({"id": "a"}))]);
    let (first, replayed) = told(&app, "key", &body).await;
    assert!(!replayed);
    assert_eq!((&first["accepted"], first["rejected"].as_array().unwrap().len()), (&json!(2), 1));
    for _ in 0..3 {
        assert_eq!(told(&app, "key", &body).await, (first.clone(), true));
    }
    assert_eq!(app.counted("kimi").await, Counted::legacy(2));
}

#[tokio::test]
async fn the_first_answer_is_given_again_even_where_a_new_one_would_differ() {
    let app = TestApp::with_features().await;
    let body = json!([observation(&json!({"feature": "late"}))]);
    let (first, _) = told(&app, "key", &body).await;
    app.post("/api/v1/features", &json!({"migration": "files", "key": "late"})).await.json(201);
    assert_eq!(told(&app, "key", &body).await, (first, true));
    assert_eq!(app.counted("late").await, Counted::NOTHING);
}

#[tokio::test]
async fn a_key_that_comes_with_another_body_is_refused_and_counts_nothing() {
    let app = TestApp::with_features().await;
    told(&app, "key", &observations(1)).await;
    let other = json!([observation(&json!({"id": "a"}))]);
    insta::assert_json_snapshot!(send(&app, OBSERVATIONS, "key", &other).await.problem(422), @r#"
    {
      "detail": "nothing of this batch was counted; send it with a key of its own",
      "status": 422,
      "title": "the idempotency key was used before with another body",
      "type": "/problems/idempotency-key-reused"
    }
    "#);
    assert_eq!(app.counted("kimi").await, Counted::legacy(1));
    assert_eq!(app.post(OBSERVATIONS, &other).await.json(202)["accepted"], 1, "the id was not used up");
}

#[tokio::test]
async fn a_repetition_may_be_packed_in_another_way() {
    let app = TestApp::with_features().await;
    let body = observations(2);
    let (first, _) = told(&app, "key", &body).await;
    let headers = [("idempotency-key", "key"), ("content-encoding", "gzip")];
    let again = app.post_with(OBSERVATIONS, &headers, gzip(body.to_string())).await;
    assert_eq!((again.json(202), again.header("idempotency-replayed")), (first, "true"));
}

#[tokio::test]
async fn keys_of_observations_and_of_comparisons_are_apart() {
    let app = TestApp::with_features().await;
    told(&app, "key", &observations(1)).await;
    let answer = send(&app, COMPARISONS, "key", &comparison(&json!({}))).await;
    assert_eq!((answer.json(202)["accepted"].as_u64(), answer.header("idempotency-replayed")), (Some(1), ""));
    let repeated = send(&app, COMPARISONS, "key", &comparison(&json!({}))).await;
    assert_eq!(repeated.header("idempotency-replayed"), "true");
    assert_eq!(app.counted("kimi").await, Counted { legacy: 1, candidate: 0, comparisons: 1 });
}

#[tokio::test]
async fn a_key_is_forgotten_after_24_hours() {
    let app = TestApp::with_features().await;
    let body = observations(1);
    told(&app, "key", &body).await;
    app.advance(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    assert!(told(&app, "key", &body).await.1, "repeated just before 24 hours are over");
    app.advance(TimeDelta::milliseconds(1));
    assert!(!told(&app, "key", &body).await.1, "counted again after 24 hours");
    assert_eq!(told(&app, "key", &body).await.0["accepted"], 1);
}

#[tokio::test]
async fn a_key_outlives_a_restart() {
    let app = TestApp::with_features().await;
    let (first, _) = told(&app, "key", &observations(2)).await;
    let app = app.restarted().await;
    assert_eq!(told(&app, "key", &observations(2)).await, (first, true));
    assert_eq!(app.counted("kimi").await, Counted::legacy(2));
}

#[tokio::test]
async fn a_key_that_is_sent_many_times_at_once_counts_once() {
    let app = TestApp::with_features().await;
    let body = observations(3);
    let answers = futures::future::join_all((0..30).map(|_| told(&app, "key", &body))).await;
    assert_eq!(answers.iter().filter(|(_, replayed)| !replayed).count(), 1);
    assert!(answers.iter().all(|(answer, _)| answer["accepted"] == 3));
    assert_eq!(app.counted("kimi").await, Counted::legacy(3));
}

#[tokio::test]
async fn a_batch_that_was_refused_whole_does_not_use_up_its_key() {
    let app = TestApp::with_features().await;
    app.post_with(OBSERVATIONS, &[("idempotency-key", "key")], "[").await.problem(400);
    assert!(!told(&app, "key", &observations(1)).await.1);
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let app = TestApp::with_features().await;
    for key in ["", &"k".repeat(256), "ü"] {
        send(&app, OBSERVATIONS, key, &observations(1)).await.problem(400);
    }
    for key in [&"k".repeat(255)[..], "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""] {
        send(&app, OBSERVATIONS, key, &observations(1)).await.json(202);
    }
    assert_eq!(app.counted("kimi").await, Counted::legacy(2));
}
