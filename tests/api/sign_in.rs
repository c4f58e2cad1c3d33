//! Signing in and out, and how long it lasts.

use axum::http::header;
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp, Visitor};

/// Tries to sign in from a panel at `host`.
async fn log_in_at(app: &TestApp, host: &str, login: &str, password: &str) -> Answer {
    let visitor = app.anonymous().with(header::HOST, host);
    visitor.post_form("/panel/log-in", &[("login", login), ("password", password)]).await
}

/// Tries to sign in on this machine.
async fn log_in(app: &TestApp, login: &str, password: &str) -> Answer {
    log_in_at(app, "127.0.0.1:3000", login, password).await
}

/// The cookie that an answer sets, without its attributes.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// Whoever got a session by `answer`.
fn visitor(app: &TestApp, answer: &Answer) -> Visitor {
    app.anonymous().with(header::COOKIE, &cookie(answer))
}

async fn is_signed_in(visitor: &Visitor) -> bool {
    let answer = visitor.get("/panel/session").await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
    answer.status == 200
}

/// What the panel's script is told of an error.
fn error(answer: &Answer, status: u16) -> serde_json::Value {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(!answer.text().contains(PASSWORD), "a password is never told again");
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn who_knows_the_password_is_signed_in_and_led_on() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Engineer).await;
    let visitor = app.anonymous().with(header::HOST, "127.0.0.1:3000");
    let fields = [("login", " ada "), ("password", PASSWORD), ("next", "/features/kimi?range=1h")];
    let answer = visitor.submit_form("http://127.0.0.1:3000/login", "/panel/log-in", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/features/kimi?range=1h"));
    let session = self::visitor(&app, &answer).get("/panel/session").await.json(200);
    let expected = json!({"login": "ada", "name": "ada", "role": "engineer", "permissions": ["read", "operate"]});
    assert_eq!(session, expected);
}

#[tokio::test]
async fn one_is_led_on_within_the_panel_only() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Engineer).await;
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:a", ""] {
        let fields = [("login", "ada"), ("password", PASSWORD), ("next", next)];
        let answer = app.anonymous().submit_form("http://localhost/login", "/panel/log-in", &fields).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/"), "{next:?}");
    }
}

#[tokio::test]
async fn the_cookie_is_for_this_panel_alone_and_for_tls_off_this_machine() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Viewer).await;
    for (host, ending) in [
        ("127.0.0.1:3000", "; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"),
        ("crossfade.example.com", "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800"),
    ] {
        let answer = log_in_at(&app, host, "ada", PASSWORD).await;
        let set = answer.header("set-cookie");
        assert!(set.starts_with("crossfade_session=") && set.ends_with(ending), "{set}");
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_login_and_a_disabled_account_are_told_alike() {
    let app = TestApp::empty().await;
    app.create_user("root", Role::Admin).await;
    app.create_user("ada", Role::Viewer).await;
    app.create_user("gone", Role::Viewer).await;
    let fields = [("login", "gone"), ("enabled", "false")];
    assert_eq!(app.signed_in("root").await.post_form("/panel/set-enabled", &fields).await.status, 200);
    for (login, password) in
        [("ada", "correct horse batterY"), ("eve", PASSWORD), ("Ada !", PASSWORD), ("gone", PASSWORD), ("", "")]
    {
        let answer = log_in(&app, login, password).await;
        assert_eq!(error(&answer, 401), json!({"wrong_password": {"given": {"login": login, "next": ""}}}));
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_form_that_fails_without_scripts_leads_back_with_what_was_given_but_no_password() {
    let app = TestApp::empty().await;
    let fields = [("login", "ada"), ("password", "a wrong password")];
    let answer = app.anonymous().submit_form("http://localhost/login", "/panel/log-in", &fields).await;
    let location = answer.header("location");
    assert_eq!(answer.status, 302);
    assert!(location.starts_with("http://localhost/login?"), "{location}");
    assert!(!location.contains("a+wrong") && !location.contains("wrong%20password"), "{location}");
}

#[tokio::test]
async fn after_a_few_failures_one_must_wait_and_then_may_again() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Viewer).await;
    app.create_user("grace", Role::Viewer).await;
    for _ in 0..5 {
        error(&log_in(&app, "ada", "a wrong password").await, 401);
    }
    // The right password does not help either, or it could be found by trying.
    let given = json!({"login": "ada", "next": ""});
    let answer = log_in(&app, "ada", PASSWORD).await;
    assert_eq!(error(&answer, 429), json!({"too_many_attempts": {"seconds": 2, "given": given}}));
    assert_eq!(log_in(&app, "grace", PASSWORD).await.status, 200);
    app.advance(TimeDelta::seconds(1));
    error(&log_in(&app, "ada", "a wrong password").await, 401);
    app.advance(TimeDelta::seconds(1));
    error(&log_in(&app, "ada", PASSWORD).await, 429);
    let app = app.restarted().await;
    error(&log_in(&app, "ada", PASSWORD).await, 429);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(log_in(&app, "ada", PASSWORD).await.status, 200);
    for _ in 0..5 {
        error(&log_in(&app, "ada", "a wrong password").await, 401);
    }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_a_week_at_most() {
    let app = TestApp::empty().await;
    let ada = app.as_role(Role::Viewer).await;
    app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(is_signed_in(&ada).await);
    app.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(is_signed_in(&ada).await);
    app.advance(TimeDelta::hours(12));
    assert!(!is_signed_in(&ada).await);
    assert_eq!(ada.get("/").await.status, 303);

    let ada = app.signed_in("viewer").await;
    for _ in 0..16 {
        app.advance(TimeDelta::hours(10));
        assert!(is_signed_in(&ada).await);
    }
    app.advance(TimeDelta::hours(8));
    assert!(!is_signed_in(&ada).await);
}

#[tokio::test]
async fn signing_in_again_gives_another_session_and_ends_the_one_before() {
    let app = TestApp::empty().await;
    app.create_user("ada", Role::Viewer).await;
    let first = log_in(&app, "ada", PASSWORD).await;
    let before = visitor(&app, &first);
    let again = before.post_form("/panel/log-in", &[("login", "ada"), ("password", PASSWORD)]).await;
    assert_ne!(cookie(&again), cookie(&first));
    assert!(is_signed_in(&visitor(&app, &again)).await);
    assert!(!is_signed_in(&before).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_itself() {
    let app = TestApp::empty().await;
    let ada = app.as_role(Role::Viewer).await;
    let other = app.signed_in("viewer").await;
    let answer = ada.submit_form("http://localhost/", "/panel/log-out", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/login"));
    assert!(answer.header("set-cookie").starts_with("crossfade_session=;"), "{}", answer.header("set-cookie"));
    assert!(answer.header("set-cookie").ends_with("Max-Age=0"));
    assert!(!is_signed_in(&ada).await);
    assert!(is_signed_in(&other).await);
}

#[tokio::test]
async fn another_password_of_ones_own_ends_all_sessions_but_the_one_that_it_begins() {
    let app = TestApp::empty().await;
    let ada = app.as_role(Role::Viewer).await;
    let other = app.signed_in("viewer").await;
    let change = |current: &'static str, new: &'static str| {
        let ada = ada.clone();
        async move { ada.post_form("/panel/change-password", &[("current", current), ("new", new)]).await }
    };
    let wrong = error(&change("a wrong password", "another password").await, 422);
    assert_eq!(wrong["invalid"]["errors"][0]["pointer"], "/current");
    let short = error(&change(PASSWORD, "short").await, 422);
    assert_eq!(short["invalid"]["errors"][0]["pointer"], "/new");
    assert!(is_signed_in(&ada).await && is_signed_in(&other).await);

    let changed = change(PASSWORD, "another password").await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert!(is_signed_in(&visitor(&app, &changed)).await);
    assert!(!is_signed_in(&ada).await && !is_signed_in(&other).await);
    error(&log_in(&app, "viewer", PASSWORD).await, 401);
    assert_eq!(log_in(&app, "viewer", "another password").await.status, 200);
}
