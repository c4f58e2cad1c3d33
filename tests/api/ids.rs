//! Items with an id of their maker's choosing: each counts once.

use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

async fn check(app: &TestApp, uri: &str, items: &Value, accepted: u64, duplicates: u64) {
    let answer = app.post(uri, items).await.json(202);
    assert_eq!(answer, json!({"accepted": accepted, "duplicates": duplicates, "rejected": []}));
}

#[tokio::test]
async fn an_id_counts_once_within_a_batch_and_over_batches() {
    let app = TestApp::with_features().await;
    let [a, b, c] = ["a", "b", "c"].map(|id| observation(&json!({"id": id})));
    check(&app, OBSERVATIONS, &json!([a, b, a, a]), 2, 2).await;
    check(&app, OBSERVATIONS, &json!([c, b]), 1, 1).await;
    check(&app, OBSERVATIONS, &a, 0, 1).await;
    assert_eq!(app.counted("kimi").await, Counted::legacy(3));
}

#[tokio::test]
async fn an_id_that_comes_again_with_other_words_is_still_the_same() {
    let app = TestApp::with_features().await;
    check(&app, OBSERVATIONS, &observation(&json!({"id": "a"})), 1, 0).await;
    let other = json!({"id": "a", "path": "candidate", "operation": "download", "latency_ms": 7, "at": app.ago(600)});
    check(&app, OBSERVATIONS, &observation(&other), 0, 1).await;
    assert_eq!(app.counted("kimi").await, Counted::legacy(1));
}

#[tokio::test]
async fn the_same_id_of_another_feature_or_of_a_comparison_is_another() {
    let app = TestApp::with_features().await;
    check(&app, OBSERVATIONS, &observation(&json!({"id": "a"})), 1, 0).await;
    check(&app, OBSERVATIONS, &observation(&json!({"id": "a", "feature": "smart_handler"})), 1, 0).await;
    check(&app, COMPARISONS, &comparison(&json!({"id": "a"})), 1, 0).await;
    check(&app, COMPARISONS, &json!([comparison(&json!({"id": "a"})), comparison(&json!({"id": "b"}))]), 1, 1).await;
    assert_eq!(app.counted("kimi").await, Counted { legacy: 1, candidate: 0, comparisons: 2 });
    assert_eq!(app.counted("smart_handler").await, Counted::legacy(1));
}

#[tokio::test]
async fn a_rejected_item_does_not_use_up_its_id() {
    let app = TestApp::with_features().await;
    let bad = observation(&json!({"id": "a", "latency_ms": -1}));
    assert_eq!(app.post(OBSERVATIONS, &bad).await.json(202)["rejected"][0]["index"], 0);
    check(&app, OBSERVATIONS, &observation(&json!({"id": "a"})), 1, 0).await;
}

#[tokio::test]
async fn two_items_alike_without_ids_are_two() {
    let app = TestApp::with_features().await;
    let item = observation(&json!({"at": app.ago(60)}));
    check(&app, OBSERVATIONS, &json!([item, item]), 2, 0).await;
    check(&app, OBSERVATIONS, &item, 1, 0).await;
}

#[tokio::test]
async fn ids_outlive_a_restart() {
    let app = TestApp::with_features().await;
    let item = observation(&json!({"id": "a"}));
    check(&app, OBSERVATIONS, &item, 1, 0).await;
    let again = app.restarted().await;
    check(&again, OBSERVATIONS, &item, 0, 1).await;
    assert_eq!(again.counted("kimi").await, Counted::legacy(1));
}

#[tokio::test]
async fn an_id_that_arrives_on_many_connections_at_once_counts_once() {
    let app = TestApp::with_features().await;
    let items: Value = (0..100).map(|id| observation(&json!({"id": id.to_string()}))).collect();
    let sent = (0..20).map(|_| app.post(OBSERVATIONS, &items));
    let answers = futures::future::join_all(sent).await;
    let sum = |name: &str| answers.iter().map(|answer| answer.json(202)[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("accepted"), sum("duplicates")), (100, 1_900));
    assert_eq!(app.counted("kimi").await, Counted::legacy(100));
}
