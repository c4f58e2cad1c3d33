//! Bodies that are refused whole: nothing of them is counted.

use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use futures::stream;
use serde_json::json;

use crate::app::{Counted, TestApp};
use crate::wire::{COMPARISONS, OBSERVATIONS, gzip, lines, observation, observations};

/// Sends `body` to both routes; the answer is a problem whose detail has `part` in it.
async fn check(app: &TestApp, headers: &[(&str, &str)], body: &[u8], status: u16, part: &str) {
    for uri in [OBSERVATIONS, COMPARISONS] {
        let problem = app.post_with(uri, headers, body.to_vec()).await.problem(status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{detail:?} where {part:?} was expected");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_whole() {
    let app = TestApp::with_features().await;
    let whole = observation(&json!({})).to_string();
    for (body, part) in [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("hello", "not JSON"),
        ("NaN", "not JSON"),
        ("<xml/>", "not JSON"),
        ("feature=kimi&operation=upload", "not JSON"),
        (&whole[..whole.len() - 1], "not JSON"),
        (&format!("[{whole},{whole}"), "not JSON"),
        (&format!("[{whole},]"), "not JSON"),
        (&format!("[{whole}] {whole}"), "not JSON"),
        (&format!("[{}]", whole.replace("100.0", "NaN")), "not JSON"),
        (&format!("\u{feff}{whole}"), "not JSON"),
        ("42", "one object, an array of objects, or lines"),
        ("null", "one object, an array of objects, or lines"),
        (r#""kimi""#, "one object, an array of objects, or lines"),
    ] {
        check(&app, &[], body.as_bytes(), 400, part).await;
    }
    let not_utf8 = whole.replace("upload", "upl\u{1}d").replace('\u{1}', "?").into_bytes();
    let not_utf8: Vec<u8> = not_utf8.into_iter().map(|byte| if byte == b'?' { 0xff } else { byte }).collect();
    check(&app, &[], &not_utf8, 400, "not JSON").await;
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
}

#[tokio::test]
async fn a_gzip_that_is_cut_off_or_none_is_refused_whole() {
    let app = TestApp::with_features().await;
    let body = lines(&observations(1_000));
    let whole = gzip(&body);
    let mut wrong_sum = whole.clone();
    let end = wrong_sum.len() - 8;
    wrong_sum[end] ^= 1;
    for body in [
        &whole[..whole.len() - 1],
        &whole[..whole.len() - 9],
        &whole[..whole.len() / 2],
        &whole[..5],
        &wrong_sum[..],
        body.as_bytes(),
        b"hello",
    ] {
        check(&app, &[("content-encoding", "gzip")], body, 400, "cut off or not what its headers say").await;
    }
    check(&app, &[("content-encoding", "gzip")], b"", 400, "").await;
    check(&app, &[("content-encoding", "gzip")], &gzip(""), 400, "empty").await;
    check(&app, &[], &whole, 400, "not JSON").await;
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
}

#[tokio::test]
async fn a_content_coding_that_is_not_known_is_refused_with_those_that_are() {
    let app = TestApp::with_features().await;
    for coding in ["br", "deflate", "zstd", "gzip, gzip", "nonsense"] {
        let answer = app.post_with(OBSERVATIONS, &[("content-encoding", coding)], gzip("[]")).await;
        answer.problem(415);
        assert_eq!(answer.header("accept-encoding"), "gzip", "{coding}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_body_counts_nothing() {
    let app = TestApp::with_features().await;
    let pieces = [Ok(Bytes::from(lines(&observations(3)))), Err(std::io::Error::other("connection reset"))];
    let answer = app.post_with(OBSERVATIONS, &[], Body::from_stream(stream::iter(pieces))).await;
    answer.problem(400);
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_given_up() {
    let app = TestApp::with_features().await;
    let first = stream::once(async {
        // From here on time flies whenever everything waits; the store is not asked before the body is there.
        tokio::time::pause();
        Ok::<_, std::io::Error>(Bytes::from(lines(&observations(3))))
    });
    let body = Body::from_stream(first.chain(stream::pending()));
    let answer = app.post_with(OBSERVATIONS, &[], body).await;
    tokio::time::resume();
    answer.problem(408);
    assert_eq!(app.counted("kimi").await, Counted::NOTHING);
}
