//! The end: requests under way are answered, and what was queued is written.

use std::time::Duration;

use crossfade::server::http::serve::{Timeouts, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::answer::Answer;
use crate::app::{Counted, TestApp, bearer, post, until};
use crate::stores::Obstructed;
use crate::wire::{OBSERVATIONS, observation};

#[tokio::test]
async fn what_was_queued_when_the_program_stops_is_written_and_acknowledged() {
    let (mut app, store) = Obstructed::app().await;
    store.hold();
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (router, request) =
            (app.router.clone(), app.signed(post(OBSERVATIONS, &[], observation(&json!({})).to_string())));
        under_way.spawn(async move { Answer::of(router.oneshot(request).await.unwrap()).await });
    }
    let ingest = app.application.state.ingest.clone();
    until(|| store.waiting() == 1 && ingest.queued() > 0).await;
    drop(ingest);
    app.router = axum::Router::new();
    let (app, answers, ()) = tokio::join!(app.restarted(), under_way.join_all(), async { store.release() });
    assert!(answers.iter().all(|answer| answer.json(202)["accepted"] == 1));
    assert_eq!(app.counted("kimi").await, Counted::legacy(100));
}

type Served = (TcpStream, std::net::SocketAddr, CancellationToken, tokio::task::JoinHandle<()>);

/// A server on a port of its own.
async fn served(app: &TestApp) -> Served {
    served_within(app, Timeouts::default()).await
}

async fn served_within(app: &TestApp, timeouts: Timeouts) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, app.router.clone(), timeouts, stop.clone()));
    (TcpStream::connect(address).await.unwrap(), address, stop, serving)
}

/// Everything that still comes, as text.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_request_under_way_is_answered_while_new_connections_are_refused() {
    let (app, store) = Obstructed::app().await;
    store.hold();
    let (mut stream, address, stop, serving) = served(&app).await;
    let body = observation(&json!({})).to_string();
    let head = format!(
        "POST {OBSERVATIONS} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n",
        bearer(&app.token),
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    until(|| store.waiting() == 1).await;
    let idle = TcpStream::connect(address).await.unwrap();
    stop.cancel();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!serving.is_finished());
    store.release();
    let answer = rest(&mut stream).await;
    serving.await.unwrap();
    drop(idle);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap()["accepted"], 1);
}

#[tokio::test]
async fn an_idle_connection_and_one_that_sends_its_head_drop_by_drop_end_in_time() {
    let app = TestApp::empty().await;
    let timeouts = Timeouts { head: Duration::from_millis(50), ..Timeouts::default() };
    for sent in ["", "GET /healthz HTTP/1.1\r\nhost:", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let (mut stream, _, stop, serving) = served_within(&app, timeouts).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        // Ends when the server closes the connection, and not before.
        let text = rest(&mut stream).await;
        assert_eq!(text.contains("200 OK"), sent.ends_with("x\r\n\r\n"), "{sent:?}: {text}");
        stop.cancel();
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_does_not_hold_its_connection_longer() {
    let app = TestApp::empty().await;
    let timeouts = Timeouts { head: Duration::from_millis(100), ..Timeouts::default() };
    let (mut stream, _, stop, serving) = served_within(&app, timeouts).await;
    let began = std::time::Instant::now();
    let mut drops = b"GET /healthz HTTP/1.1\r\n".iter().chain(b"x-more: ".iter().cycle());
    // Until the server does not listen any more.
    while stream.write_all(&[*drops.next().unwrap()]).await.is_ok() {
        let _ = tokio::time::timeout(Duration::from_millis(5), stream.readable()).await;
        assert!(began.elapsed() < Duration::from_secs(10));
    }
    stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn connections_without_a_request_do_not_hold_up_the_end() {
    let app = TestApp::empty().await;
    for sent in ["", "GET /healthz HTTP/1.1\r\nhost:", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let (mut stream, _, stop, serving) = served(&app).await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(5), serving).await;
        assert!(ended.is_ok(), "{sent:?}");
    }
}

#[tokio::test]
async fn open_streams_end_at_once_and_do_not_hold_up_the_end() {
    let app = TestApp::with_features().await;
    for path in ["/api/v1/events", "/ofrep/v1/events"] {
        let (mut stream, _, stop, serving) = served(&app).await;
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\r\n", bearer(&app.token));
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut begin = [0; 15];
        stream.read_exact(&mut begin).await.unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_millis(500), serving).await;
        assert!(ended.is_ok(), "{path}");
        // It was ended in order, so that a client knows that it has all of it.
        assert!(rest(&mut stream).await.ends_with("0\r\n\r\n"), "{path}");
    }
}
