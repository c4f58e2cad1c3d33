//! What keeps browsers from being turned against their users: the origin of requests, and the headers of every answer.

use axum::http::{HeaderName, header};
use crossfade::domain::access::Role;
use serde_json::json;

use crate::app::TestApp;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[tokio::test]
async fn a_browser_changes_something_from_this_panel_only() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await.with(header::HOST, "crossfade.example.com");
    let mut slugs = ('a'..='z').map(String::from);
    for (headers, status) in [
        (vec![(SITE, "same-origin")], 201),
        (vec![(SITE, "none")], 201),
        (vec![(header::ORIGIN, "https://crossfade.example.com")], 201),
        (vec![], 201),
        (vec![(SITE, "cross-site")], 403),
        (vec![(SITE, "same-site")], 403),
        (vec![(SITE, "cross-site"), (header::ORIGIN, "https://crossfade.example.com")], 403),
        (vec![(header::ORIGIN, "https://evil.example")], 403),
        (vec![(header::ORIGIN, "https://crossfade.example.com.evil.example")], 403),
        (vec![(header::ORIGIN, "null")], 403),
    ] {
        let visitor = headers.iter().fold(admin.clone(), |visitor, (name, value)| visitor.with(name.clone(), value));
        let answer = visitor.post("/api/v1/migrations", &json!({"slug": slugs.next(), "name": "New"})).await;
        if status == 403 { drop(answer.problem(403)) } else { drop(answer.json(status)) }
    }
    assert_eq!(admin.with(SITE, "cross-site").get("/api/v1/migrations").await.status, 200);
}

#[tokio::test]
async fn a_program_with_a_token_may_send_from_anywhere_and_a_token_beside_a_cookie_does_not_help() {
    let app = TestApp::empty().await;
    let program = app.with_token("operate").await.with(SITE, "cross-site");
    let body = json!({"slug": "a", "name": "A"});
    program.post("/api/v1/migrations", &body).await.json(201);
    program.with(header::COOKIE, "a=b").post("/api/v1/migrations", &body).await.problem(403);
}

#[tokio::test]
async fn nobody_is_signed_in_by_another_site() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Viewer).await;
    let visitor = app.anonymous().with(SITE, "cross-site");
    let fields = [("login", "ada"), ("password", crate::app::PASSWORD)];
    let answer = visitor.post_form("/panel/log-in", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (403, ""));
    let request = crate::app::post("/panel/log-in", &[("accept", "text/html"), ("sec-fetch-site", "cross-site")], "");
    let page = app.anonymous().send(request).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (403, "text/html; charset=utf-8"));
    assert!(page.text().contains("Nothing was changed"));
}

#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do() {
    let app = TestApp::with_features().await;
    for uri in [
        "/",
        "/healthz",
        "/api/v1/features",
        "/api/v1/nothing",
        "/nothing",
        "/charts/kimi/requests.svg",
        "/panel/overview",
    ] {
        let answer = app.get(uri).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{uri}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{uri}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{uri}: {policy}");
        let kept = if uri.starts_with("/charts") { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), kept, "{uri}");
    }
}

#[tokio::test]
async fn a_page_runs_its_own_scripts_only_by_a_number_used_once() {
    let app = TestApp::with_features().await;
    let mut nonces = Vec::new();
    for uri in ["/", "/features/kimi", "/nothing"] {
        let answer = app.get(uri).await;
        let policy = answer.header("content-security-policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(nonce.len() >= 16, "{policy}");
        for part in [
            "style-src 'self'; ",
            "connect-src 'self'; ",
            "form-action 'self'; ",
            "base-uri 'none'; ",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        let page = answer.text();
        for (offset, _) in page.match_indices("<script") {
            let tag = page[offset..].split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{uri}: {tag}");
        }
        assert!(!page.contains(" style=") && !page.contains("<style"), "{uri}");
        assert!(![" onclick=", " onload=", " onsubmit="].iter().any(|handler| page.contains(handler)), "{uri}");
        nonces.push(nonce);
    }
    nonces.dedup();
    assert_eq!(nonces.len(), 3);
}

#[tokio::test]
async fn a_page_without_a_client_has_one_script_at_most_and_that_is_a_file() {
    let app = TestApp::with_features().await;
    let signed_in = app.as_role(Role::Engineer).await;
    let inside = signed_in.get("/audit").await;
    let outside = app.get("/login").await;
    for (answer, expected) in [(&inside, &["<script src=\"/live.js\" defer"][..]), (&outside, &[])] {
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("nonce"), "{policy}");
        let page = answer.text();
        let scripts: Vec<&str> =
            page.match_indices("<script").map(|(at, _)| page[at..].split('>').next().unwrap()).collect();
        assert_eq!(scripts, expected);
        assert!(!page.contains(" style=") && !page.contains("<style"), "{page}");
    }
}
