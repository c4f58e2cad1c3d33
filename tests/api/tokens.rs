//! Tokens: who may make which, how long they work, and that their text is shown once.

use axum::http::header;
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{TestApp, Visitor, bearer};

async fn create(by: &Visitor, name: &str, scopes: &str, days: &str) -> Answer {
    let fields = [("name", name), ("scopes", scopes), ("expires_in_days", days)];
    by.post_form("/panel/create-token", &fields).await
}

/// A program with the token that an answer gave.
fn program(app: &TestApp, answer: &Answer) -> Visitor {
    let token = answer.json(200)["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("cf_") && token.len() == 46, "{token}");
    app.anonymous().with(header::AUTHORIZATION, &bearer(&token))
}

async fn works(program: &Visitor) -> bool {
    let answer = program.get("/api/v1/features").await;
    if answer.status != 200 {
        answer.problem(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    answer.status == 200
}

async fn listed(by: &Visitor) -> Vec<Value> {
    let list = by.get("/panel/tokens").await.json(200)["tokens"].take();
    let Value::Array(tokens) = list else { panic!("{list}") };
    tokens
}

#[tokio::test]
async fn nobody_makes_a_token_that_may_more_than_they_do() {
    let app = TestApp::empty().await;
    for role in Role::ALL {
        let visitor = app.as_role(role).await;
        let grantable = visitor.get("/panel/tokens").await.json(200)["grantable"].take();
        for scope in ["evaluate", "ingest", "read", "operate", "sign_off"] {
            let answer = create(&visitor, &format!("{scope} of {}", role.as_str()), scope, "").await;
            let may = grantable.as_array().unwrap().contains(&json!(scope));
            assert_eq!(answer.status, if may { 200 } else { 422 }, "{role:?} {scope}");
        }
        let all = create(&visitor, "all", "evaluate,ingest,read,operate,sign_off", "").await;
        assert_eq!(all.status == 200, role == Role::Admin, "{role:?}");
    }
}

#[tokio::test]
async fn a_token_works_until_it_expires() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let program = program(&app, &create(&admin, "ci", "read", "1").await);
    app.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    assert!(works(&program).await);
    app.advance(TimeDelta::milliseconds(1));
    assert!(!works(&program).await);
    assert_eq!(listed(&app.signed_in("admin").await).await[0]["state"], "expired");
}

#[tokio::test]
async fn a_token_works_until_it_is_revoked_for_good() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let program = program(&app, &create(&admin, "ci", "read", "").await);
    assert!(works(&program).await);
    let id = listed(&admin).await[0]["id"].to_string();
    for _ in 0..2 {
        assert_eq!(admin.post_form("/panel/revoke-token", &[("id", &id)]).await.status, 200);
    }
    assert!(!works(&program).await);
    assert_eq!(listed(&admin).await[0]["state"], "revoked");
    assert_eq!(create(&admin, "ci", "read", "").await.status, 200);
    assert_eq!(create(&admin, "ci", "read", "").await.status, 409);
}

#[tokio::test]
async fn a_token_may_no_more_than_its_owner_may_now() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let engineer = app.as_role(Role::Engineer).await;
    let program = program(&app, &create(&engineer, "ci", "read,operate,ingest", "").await);
    let migration = |slug: &str| json!({"slug": slug, "name": "New"});
    program.post("/api/v1/migrations", &migration("a")).await.json(201);
    let role = [("login", "engineer"), ("role", "viewer"), ("version", "1")];
    assert_eq!(admin.post_form("/panel/set-role", &role).await.status, 200);
    program.post("/api/v1/migrations", &migration("b")).await.problem(403);
    assert!(works(&program).await);
    assert_eq!(program.post("/api/v1/observations", &json!([])).await.status, 202);
    for (enabled, expected) in [("false", false), ("true", true)] {
        let fields = [("login", "engineer"), ("enabled", enabled)];
        assert_eq!(admin.post_form("/panel/set-enabled", &fields).await.status, 200);
        assert_eq!(works(&program).await, expected);
    }
}

#[tokio::test]
async fn everyone_sees_and_revokes_their_own_and_admins_all() {
    let app = TestApp::empty().await;
    let (admin, ada) = (app.as_role(Role::Admin).await, app.as_role(Role::Engineer).await);
    let eve = app.as_role(Role::Viewer).await;
    create(&ada, "of ada", "read", "").await.json(200);
    create(&eve, "of eve", "read", "").await.json(200);
    let names = async |by: &Visitor| -> Vec<String> {
        listed(by).await.iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&ada).await, ["of ada"]);
    assert_eq!(names(&eve).await, ["of eve"]);
    assert_eq!(names(&admin).await, ["of eve", "of ada", "everything"]);
    let id = listed(&ada).await[0]["id"].to_string();
    assert_eq!(eve.post_form("/panel/revoke-token", &[("id", &id)]).await.status, 404);
    assert_eq!(listed(&ada).await[0]["state"], "works");
    assert_eq!(ada.post_form("/panel/revoke-token", &[("id", &id)]).await.status, 200);
    let everything = listed(&admin).await[2]["id"].to_string();
    assert_eq!(admin.post_form("/panel/revoke-token", &[("id", &everything)]).await.status, 200);
    app.get("/api/v1/features").await.problem(401);
}

#[tokio::test]
async fn a_form_without_scripts_gets_the_token_on_the_next_page_once_and_never_in_an_address() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let fields = [("name", "ci"), ("read", "true"), ("ingest", "true")];
    let answer = admin.submit_form("http://localhost/tokens", "/panel/create-token", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "http://localhost/tokens?"));
    let set = answer.header("set-cookie").to_owned();
    assert!(
        set.starts_with("crossfade_new_token=cf_") && set.contains("HttpOnly") && set.ends_with("Max-Age=60"),
        "{set}"
    );
    let session = admin.clone();
    let next = session.with_cookie(set.split(';').next().unwrap()).get("/panel/tokens").await;
    let token = next.json(200)["created"]["token"].as_str().unwrap().to_owned();
    assert!(next.header("set-cookie").starts_with("crossfade_new_token=;"), "{}", next.header("set-cookie"));
    assert_eq!(next.json(200)["tokens"][0]["scopes"], json!(["ingest", "read"]));
    assert!(works(&app.anonymous().with(header::AUTHORIZATION, &bearer(&token))).await);
    assert_eq!(admin.get("/panel/tokens").await.json(200)["created"], Value::Null);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let program = program(&app, &create(&admin, "ci", "read", "").await);
    let last_used = async || listed(&admin).await[0]["last_used_at"].clone();
    assert_eq!(last_used().await, Value::Null);
    for (seconds, expected) in [(0, "2026-01-05T10:30:30Z"), (59, "2026-01-05T10:30:30Z"), (1, "2026-01-05T10:31:30Z")]
    {
        app.advance(TimeDelta::seconds(seconds));
        assert!(works(&program).await);
        assert_eq!(last_used().await, expected);
    }
}

#[tokio::test]
async fn an_authorization_that_is_no_bearer_token_is_refused() {
    let app = TestApp::empty().await;
    let token = app.token.clone();
    for (value, status) in [
        (bearer(&token), 200),
        (format!("bearer {token}"), 200),
        (format!("BEARER  {token} "), 200),
        (token.clone(), 401),
        (format!("Basic {token}"), 401),
        (format!("Bearer {token}x"), 401),
        ("Bearer ".to_owned(), 401),
        (String::new(), 401),
    ] {
        let visitor = app.anonymous().with(header::AUTHORIZATION, &value);
        assert_eq!(visitor.get("/api/v1/features").await.status, status, "{value}");
    }
}
