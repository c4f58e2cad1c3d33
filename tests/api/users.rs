//! Managing users, and what becomes of those who are changed.

use crossfade::domain::access::Role;
use crossfade::server::store::{AuditOrder, AuditQuery};
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, Visitor};

async fn change(by: &Visitor, function: &str, fields: &[(&str, &str)], status: u16) -> Value {
    let answer = by.post_form(&format!("/panel/{function}"), fields).await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(!answer.text().contains(PASSWORD));
    serde_json::from_slice(&answer.body).unwrap()
}

async fn users(by: &Visitor) -> Vec<Value> {
    let list = by.get("/panel/users").await.json(200)["users"].take();
    let Value::Array(users) = list else { panic!("{list}") };
    users
}

#[tokio::test]
async fn an_admin_creates_users_and_sees_all_of_them() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let fields = [("login", "ada"), ("name", "Ada Lovelace"), ("role", "manager"), ("password", PASSWORD)];
    change(&admin, "create-user", &fields, 200).await;
    let taken = change(&admin, "create-user", &fields, 409).await;
    let given = json!({"login": "ada", "name": "Ada Lovelace", "role": "manager"});
    assert_eq!(taken, json!({"conflict": {"what": "user ada", "field": "login", "given": given}}));
    let invalid = change(&admin, "create-user", &[("login", "A"), ("role", "king"), ("password", "a")], 422).await;
    let pointers: Vec<&Value> =
        invalid["invalid"]["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/login", "/role", "/password"]);
    let users = users(&admin).await;
    let shown: Vec<_> = users.iter().map(|user| [&user["login"], &user["role"], &user["is_self"]]).collect();
    assert_eq!(json!(shown), json!([["ada", "manager", false], ["admin", "admin", true]]));
}

#[tokio::test]
async fn another_role_counts_at_once_and_needs_the_version_that_was_seen() {
    let app = TestApp::with_features().await;
    let admin = app.as_role(Role::Admin).await;
    let viewer = app.as_role(Role::Viewer).await;
    let body = json!({"slug": "new", "name": "New"});
    viewer.post("/api/v1/migrations", &body).await.problem(403);
    let fields = |version| [("login", "viewer"), ("role", "engineer"), ("version", version)];
    change(&admin, "set-role", &fields("1"), 200).await;
    viewer.post("/api/v1/migrations", &body).await.json(201);
    let stale = change(&admin, "set-role", &fields("1"), 412).await;
    assert_eq!(stale["stale"]["what"], "the user");
    change(&admin, "set-role", &[("login", "nobody"), ("role", "viewer"), ("version", "1")], 404).await;
    change(&admin, "set-role", &[("login", "viewer"), ("role", "king"), ("version", "x")], 422).await;
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_in_again_when_enabled() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let viewer = app.as_role(Role::Viewer).await;
    assert_eq!(viewer.get("/panel/overview").await.status, 200);
    change(&admin, "set-enabled", &[("login", "viewer"), ("enabled", "false")], 200).await;
    assert_eq!(viewer.get("/panel/overview").await.status, 401);
    let log_in = [("login", "viewer"), ("password", PASSWORD)];
    change(&app.anonymous(), "log-in", &log_in, 401).await;
    change(&admin, "set-enabled", &[("login", "viewer"), ("enabled", "true")], 200).await;
    assert_eq!(viewer.get("/panel/overview").await.status, 401, "an ended session stays so");
    change(&app.anonymous(), "log-in", &log_in, 200).await;
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    for (function, fields) in [
        ("set-enabled", vec![("login", "admin"), ("enabled", "false")]),
        ("set-role", vec![("login", "admin"), ("role", "viewer"), ("version", "1")]),
    ] {
        let refused = change(&admin, function, &fields, 409).await;
        assert_eq!(refused["refused"]["refusals"], json!(["the last enabled admin must stay an enabled admin"]));
    }
    assert_eq!(users(&admin).await.len(), 1);
}

#[tokio::test]
async fn a_password_that_an_admin_resets_ends_the_sessions_of_the_user() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let viewer = app.as_role(Role::Viewer).await;
    change(&admin, "reset-password", &[("login", "viewer"), ("password", "short")], 422).await;
    change(&admin, "reset-password", &[("login", "viewer"), ("password", "another password")], 200).await;
    assert_eq!(viewer.get("/panel/overview").await.status, 401);
    change(&app.anonymous(), "log-in", &[("login", "viewer"), ("password", PASSWORD)], 401).await;
    change(&app.anonymous(), "log-in", &[("login", "viewer"), ("password", "another password")], 200).await;
}

#[tokio::test]
async fn every_change_is_in_the_record_without_a_secret() {
    let app = TestApp::empty().await;
    let admin = app.as_role(Role::Admin).await;
    let fields = [("login", "ada"), ("role", "viewer"), ("password", PASSWORD)];
    change(&admin, "create-user", &fields, 200).await;
    change(&admin, "set-role", &[("login", "ada"), ("role", "engineer"), ("version", "1")], 200).await;
    change(&admin, "set-enabled", &[("login", "ada"), ("enabled", "false")], 200).await;
    change(&admin, "reset-password", &[("login", "ada"), ("password", "another password")], 200).await;
    let created = change(&admin, "create-token", &[("name", "ci"), ("scopes", "read")], 200).await;
    let tokens = admin.get("/panel/tokens").await.json(200);
    let id = tokens["tokens"][0]["id"].to_string();
    change(&admin, "revoke-token", &[("id", &id)], 200).await;

    let query = AuditQuery::any(AuditOrder::OldestFirst, None, 100);
    let events = app.application.state.store.audit_events(&query).await.unwrap();
    let mut told = Vec::new();
    for event in &events {
        let body = &event.body;
        for secret in [PASSWORD, "another password", "argon2", created["token"].as_str().unwrap()] {
            assert!(!body.contains(secret), "{body}");
        }
        let event: Value = serde_json::from_str(body).unwrap();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        told.push(format!(
            "{} {} {} {} -> {}",
            text("actor"),
            text("action"),
            text("subject"),
            event["before"],
            event["after"]
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    cli:test token.created token everything null -> {"expires_at":null,"name":"everything","scopes":["evaluate","ingest","read","operate","sign_off"]}
    cli:test user.created user admin null -> {"enabled":true,"login":"admin","name":"admin","role":"admin"}
    user:admin user.created user ada null -> {"enabled":true,"login":"ada","name":"ada","role":"viewer"}
    user:admin user.role_set user ada {"role":"viewer"} -> {"role":"engineer"}
    user:admin user.disabled user ada {"enabled":true} -> {"enabled":false}
    user:admin user.password_set user ada null -> null
    user:admin token.created token ci null -> {"expires_at":null,"name":"ci","scopes":["read"]}
    user:admin token.revoked token ci {"revoked":false} -> {"revoked":true}
    "#);
}
