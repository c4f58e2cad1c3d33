//! A store that does not keep up: the queue and the memory in front of it fill, and senders are told to come back.

use std::sync::Arc;

use crossfade::server::ingest::QUEUE_BATCHES;
use crossfade::server::ingest::budget::BUDGET_BYTES;
use serde_json::json;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::{Counted, TestApp, post, until};
use crate::stores::Obstructed;
use crate::wire::{OBSERVATIONS, gzip, observation, padded};

/// Requests on their way, beside the test.
struct UnderWay(JoinSet<Answer>);

impl UnderWay {
    /// Sends `body` `count` times.
    fn send(&mut self, app: &TestApp, count: usize, body: &str) {
        for _ in 0..count {
            let (router, request) = (app.router.clone(), app.signed(post(OBSERVATIONS, &[], body.to_owned())));
            self.0.spawn(async move { Answer::of(router.oneshot(request).await.unwrap()).await });
        }
    }
}

/// An application whose store holds the first batch, which the writer took from the queue.
async fn held() -> (TestApp, Arc<Obstructed>, UnderWay) {
    let (app, store) = Obstructed::app().await;
    store.hold();
    let mut under_way = UnderWay(JoinSet::new());
    under_way.send(&app, 1, &observation(&json!({})).to_string());
    until(|| store.waiting() == 1).await;
    (app, store, under_way)
}

fn is_turned_away(answer: &Answer) {
    let problem = answer.problem(429);
    assert_eq!(problem["type"], "/problems/busy");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_full_queue_turns_senders_away_until_there_is_room_again() {
    let (app, store, mut under_way) = held().await;
    let item = observation(&json!({})).to_string();
    under_way.send(&app, QUEUE_BATCHES, &item);
    until(|| app.application.state.ingest.queued() == QUEUE_BATCHES as u64).await;
    for _ in 0..3 {
        is_turned_away(&app.post(OBSERVATIONS, &observation(&json!({}))).await);
    }
    let status = app.get("/monitoring/hybrid-status").await.json(200);
    assert_eq!(status["system"]["ingest_queue"], QUEUE_BATCHES, "pages are served all the same");
    assert_eq!(app.counted("kimi").await, Counted::NOTHING, "nothing is shown before it is durable");

    store.release();
    let answers = under_way.0.join_all().await;
    assert!(answers.iter().all(|answer| answer.json(202)["accepted"] == 1));
    app.post(OBSERVATIONS, &observation(&json!({}))).await.json(202);
    assert_eq!(app.counted("kimi").await, Counted::legacy(QUEUE_BATCHES as u64 + 2));
    assert_eq!(app.get("/monitoring/hybrid-status").await.json(200)["system"]["ingest_queue"], 0);
}

#[tokio::test]
async fn used_up_memory_turns_senders_away_until_it_is_given_back() {
    let (app, store, mut under_way) = held().await;
    let body = padded(&observation(&json!({})), 8 << 20);
    // The batch that is held has its share as well, so that the last of these does not fit.
    let most = BUDGET_BYTES / body.len() - 1;
    under_way.send(&app, most, &body);
    until(|| app.application.state.ingest.queued() == most as u64).await;
    for (headers, body) in [(&[][..], body.clone().into_bytes()), (&[("content-encoding", "gzip")], gzip(&body))] {
        is_turned_away(&app.post_with(OBSERVATIONS, headers, body).await);
    }

    store.release();
    let answers = under_way.0.join_all().await;
    assert!(answers.iter().all(|answer| answer.json(202)["accepted"] == 1));
    for _ in 0..=most {
        app.post_with(OBSERVATIONS, &[], body.clone()).await.json(202);
    }
}

#[tokio::test]
async fn a_sender_that_gives_up_is_counted_whole_and_gives_its_memory_back() {
    let (app, store, mut under_way) = held().await;
    let body = padded(&observation(&json!({})), 8 << 20);
    let most = BUDGET_BYTES / body.len() - 1;
    under_way.send(&app, most, &body);
    until(|| app.application.state.ingest.queued() == most as u64).await;
    under_way.0.shutdown().await;
    store.release();
    until(|| app.application.state.ingest.queued() == 0).await;
    app.post_with(OBSERVATIONS, &[], body).await.json(202);
    assert_eq!(app.counted("kimi").await, Counted::legacy(most as u64 + 2));
}
