//! How much is taken at once: 10,000 items and 8 MiB a body, 1 MiB a document.

use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, gzip, lines, observation, observations, padded};

const MOST_BYTES: usize = 8 << 20;

#[tokio::test]
async fn a_batch_has_ten_thousand_items_and_not_one_more() {
    let app = TestApp::with_features().await;
    let most = observations(10_000);
    assert_eq!(app.post(OBSERVATIONS, &most).await.json(202)["accepted"], 10_000);
    let more = observations(10_001);
    let packed = gzip(more.to_string());
    for (headers, body) in [
        (&[][..], more.to_string().into_bytes()),
        (&[], lines(&more).into_bytes()),
        (&[("content-type", "application/x-ndjson")], lines(&more).into_bytes()),
        (&[("content-encoding", "gzip")], packed),
    ] {
        let problem = app.post_with(OBSERVATIONS, headers, body).await.problem(413);
        assert_eq!(problem["detail"], "a batch has at most 10000 items");
    }
    let comparisons: Value = vec![comparison(&json!({})); 10_001].into();
    app.post(COMPARISONS, &comparisons).await.problem(413);
    assert_eq!(app.counted("kimi").await, Counted::legacy(10_000));
}

#[tokio::test]
async fn ten_thousand_bad_items_are_told_one_by_one() {
    let app = TestApp::with_features().await;
    let bad: Value = vec![observation(&json!({"latency_ms": -1})); 10_000].into();
    let answer = app.post(OBSERVATIONS, &bad).await.json(202);
    let rejected = answer["rejected"].as_array().unwrap();
    assert_eq!((rejected.len(), &rejected[9_999]["index"]), (10_000, &json!(9_999)));
}

#[tokio::test]
async fn a_body_has_eight_mebibytes_decoded_and_not_one_byte_more() {
    let app = TestApp::with_features().await;
    let item = observation(&json!({}));
    let (most, more) = (padded(&item, MOST_BYTES), padded(&item, MOST_BYTES + 1));
    for (headers, body, status) in [
        (&[][..], most.clone().into_bytes(), 202),
        (&[], more.clone().into_bytes(), 413),
        (&[("content-encoding", "gzip")], gzip(most), 202),
        (&[("content-encoding", "gzip")], gzip(more), 413),
    ] {
        let answer = app.post_with(OBSERVATIONS, headers, body).await;
        assert_eq!(answer.status, status);
        if status == 413 {
            assert_eq!(answer.problem(413)["detail"], "a body has at most 8388608 bytes, decoded");
        }
    }
    assert_eq!(app.counted("kimi").await, Counted::legacy(2));
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_and_gives_its_memory_back() {
    let app = TestApp::with_features().await;
    let bomb = gzip(vec![b' '; 100 << 20]);
    assert!(bomb.len() < 200 << 10);
    // More of them than would fit into the memory for bodies, if any of them kept its share.
    for _ in 0..10 {
        app.post_with(OBSERVATIONS, &[("content-encoding", "gzip")], bomb.clone()).await.problem(413);
    }
    assert_eq!(app.post(OBSERVATIONS, &observation(&json!({}))).await.json(202)["accepted"], 1);
}
