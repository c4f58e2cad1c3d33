//! Addresses and methods that are nothing, and what every answer carries.

use axum::body::Body;
use axum::http::{Method, Request};

use crate::app::TestApp;

async fn check(app: &TestApp, method: Method, uri: &str, status: u16) -> String {
    let answer = app.send(Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()).await;
    answer.problem(status);
    answer.header("allow").to_owned()
}

#[tokio::test]
async fn an_address_of_the_api_that_is_nothing_is_a_problem() {
    let app = TestApp::with_features().await;
    for uri in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/v1/features/kimi/nothing",
        "/api/v1/features/",
        "/api/v1/observations/1",
        "/api/v2/features",
        "/api/v1/features/%6bimi%2f",
        "/api/v1/features/%ff",
        "/api/v1/migrations/%ff",
        "/api/v1/features/%ff/metrics",
        "/charts/%ff/requests.svg",
        "/charts/kimi/%ff",
        "/charts/kimi/",
        "/charts/kimi",
        "/monitoring/nothing",
    ] {
        check(&app, Method::GET, uri, 404).await;
    }
    check(&app, Method::POST, "/api/v1/nothing", 404).await;
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_takes() {
    let app = TestApp::with_features().await;
    for (method, uri, allowed) in [
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::POST, "/readyz", "GET,HEAD"),
        (Method::POST, "/monitoring/hybrid-status", "GET,HEAD"),
        (Method::DELETE, "/api/v1/migrations", "GET,HEAD,POST"),
        (Method::DELETE, "/api/v1/migrations/files", "GET,HEAD,PATCH"),
        (Method::PUT, "/api/v1/features", "GET,HEAD,POST"),
        (Method::POST, "/api/v1/features/kimi", "GET,HEAD,PATCH"),
        (Method::POST, "/api/v1/features/kimi/metrics", "GET,HEAD"),
        (Method::GET, "/api/v1/observations", "POST"),
        (Method::GET, "/api/v1/comparisons", "POST"),
        (Method::DELETE, "/charts/kimi/requests.svg", "GET,HEAD"),
    ] {
        assert_eq!(check(&app, method, uri, 405).await, allowed, "{uri}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let app = TestApp::empty().await;
    let own = app.send(Request::get("/healthz").header("x-request-id", "of-the-caller").body(Body::empty()).unwrap());
    assert_eq!(own.await.header("x-request-id"), "of-the-caller");
    assert_ne!(app.get("/api/v1/nothing").await.header("x-request-id"), "");
}

#[tokio::test]
async fn an_answer_is_compressed_for_those_who_take_it() {
    let app = TestApp::with_features().await;
    let request = Request::get("/api/v1/features").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let answer = app.send(request).await;
    assert_eq!((answer.header("content-encoding"), &answer.body[..2]), ("gzip", &b"\x1f\x8b"[..]));
}
