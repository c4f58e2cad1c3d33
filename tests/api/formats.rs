//! What a batch may look like: one item, an array or lines, as it is or in gzip, and what else an item may say.

use axum::body::{Body, Bytes};
use futures::stream;
use serde_json::{Value, json};

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, gzip, lines, observation, observations};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// Sends `body` as `content_type`, as it is and in gzip, to an application each.
async fn check(uri: &str, content_type: &str, body: &str, expected: u64) {
    for (headers, body) in [
        (&[("content-type", content_type)][..], body.as_bytes().to_vec()),
        (&[("content-type", content_type), ("content-encoding", "gzip")], gzip(body)),
    ] {
        let app = TestApp::with_features().await;
        let answer = app.post_with(uri, headers, body).await.json(202);
        assert_eq!(answer, json!({"accepted": expected, "duplicates": 0, "rejected": []}), "{content_type}");
        let counted = if uri == OBSERVATIONS { Counted::legacy(expected) } else { Counted::comparisons(expected) };
        assert_eq!(app.counted("kimi").await, counted, "{content_type}");
    }
}

#[tokio::test]
async fn one_item_an_array_and_lines_are_taken_in_as_they_are_and_in_gzip() {
    for (uri, item) in [(OBSERVATIONS, observation(&json!({}))), (COMPARISONS, comparison(&json!({})))] {
        let three = json!([item, item, item]);
        check(uri, JSON, &item.to_string(), 1).await;
        check(uri, JSON, &serde_json::to_string_pretty(&item).unwrap(), 1).await;
        check(uri, JSON, &three.to_string(), 3).await;
        check(uri, JSON, &serde_json::to_string_pretty(&three).unwrap(), 3).await;
        check(uri, JSON, "[]", 0).await;
        check(uri, JSON, &lines(&three), 3).await;
        check(uri, NDJSON, &lines(&three), 3).await;
        check(uri, NDJSON, &item.to_string(), 1).await;
        check(uri, NDJSON, &lines(&three).replace('\n', "\r\n\r\n"), 3).await;
    }
}

#[tokio::test]
async fn the_type_of_the_content_is_a_hint_and_never_in_the_way() {
    let three = observations(3);
    for content_type in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", ""] {
        check(OBSERVATIONS, content_type, &three.to_string(), 3).await;
        check(OBSERVATIONS, content_type, &lines(&three), 3).await;
    }
    for content_type in ["application/ndjson", "Application/X-NDJSON; charset=utf-8", "application/jsonl"] {
        check(OBSERVATIONS, content_type, &lines(&three), 3).await;
    }
}

#[tokio::test]
async fn a_gzip_of_several_members_is_taken_in_whole() {
    let app = TestApp::with_features().await;
    let body = [gzip(lines(&observations(2))), gzip(lines(&observations(3)))].concat();
    let answer = app.post_with(OBSERVATIONS, &[("content-encoding", "gzip")], body).await.json(202);
    assert_eq!(answer["accepted"], 5);
}

#[tokio::test]
async fn content_codings_are_named_in_small_or_capital_letters() {
    for coding in ["gzip", "GZIP", "x-gzip", "identity", "Identity"] {
        let app = TestApp::with_features().await;
        let plain = observations(2).to_string();
        let body = if coding.eq_ignore_ascii_case("identity") { plain.into_bytes() } else { gzip(plain) };
        let answer = app.post_with(OBSERVATIONS, &[("content-encoding", coding)], body).await;
        assert_eq!(answer.json(202)["accepted"], 2, "{coding}");
    }
}

#[tokio::test]
async fn a_body_may_arrive_in_pieces() {
    let app = TestApp::with_features().await;
    let body = observations(3).to_string();
    let pieces: Vec<_> = body.into_bytes().chunks(7).map(Bytes::copy_from_slice).map(Ok::<_, std::io::Error>).collect();
    let answer = app.post_with(OBSERVATIONS, &[], Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(answer.json(202)["accepted"], 3);
}

#[tokio::test]
async fn what_an_item_may_say_and_leave_out() {
    let app = TestApp::with_features().await;
    for changes in [
        json!({"at": null, "unit": null, "id": null, "error_kind": null, "fallback": null}),
        json!({"at": app.ago(29 * 86_400)}),
        json!({"at": app.ago(-300)}),
        json!({"at": "2026-01-05T11:30:00.123456789+01:00"}),
        json!({"latency_ms": 0}),
        json!({"latency_ms": 86_400_000}),
        json!({"latency_ms": 1e-9}),
        json!({"operation": "ü".repeat(64)}),
        json!({"operation": " up load "}),
        json!({"operation": "quote\" and \\ and 文件"}),
        json!({"unit": "u".repeat(256)}),
        json!({"unit": " \n\u{0} "}),
        json!({"error_kind": "timeout"}),
        json!({"id": "i".repeat(200)}),
        json!({"something": {"else": [1, 2, 3]}}),
    ] {
        let answer = app.post(OBSERVATIONS, &observation(&changes)).await.json(202);
        assert_eq!(answer["accepted"], 1, "{changes}");
    }
}

#[tokio::test]
async fn an_item_without_a_time_happened_when_it_arrived() {
    let app = TestApp::with_features().await;
    app.post(OBSERVATIONS, &observation(&json!({}))).await.json(202);
    let document = app.get("/api/v1/features/kimi").await.json(200);
    assert_eq!(document["data"], json!({"state": "fresh", "last_at": app.now()}));
}

#[tokio::test]
async fn escapes_in_a_text_are_the_characters_that_they_stand_for() {
    let app = TestApp::with_features().await;
    let body = observation(&json!({})).to_string().replace("upload", r"up\u006c\u006fad").replace("kimi", r"\u006bimi");
    assert_eq!(app.post_with(OBSERVATIONS, &[], body).await.json(202)["accepted"], 1);
    let document: Value = app.get("/api/v1/features/kimi/metrics?operation=upload").await.json(200);
    let counted = document["points"].as_array().unwrap().iter().filter(|point| point["legacy"]["requests"] == 1);
    assert_eq!(counted.count(), 1);
}
