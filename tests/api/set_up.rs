//! The first admin: a link that works once, for a day, while there is nobody else.

use axum::http::header;
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::server::commands::sign_in;
use serde_json::json;

use crate::answer::Answer;
use crate::app::{PASSWORD, TestApp};

async fn link(app: &TestApp) -> String {
    sign_in::make_setup_link(&app.application.state).await.unwrap().unwrap().expose().to_owned()
}

async fn set_up(app: &TestApp, token: &str, login: &str) -> Answer {
    let fields = [("token", token), ("login", login), ("name", "The First"), ("password", PASSWORD)];
    app.anonymous().post_form("/panel/set-up", &fields).await
}

async fn is_refused(app: &TestApp, token: &str) {
    let answer = set_up(app, token, "eve").await;
    assert_eq!(answer.status, 404, "{answer:?}");
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn the_link_makes_one_admin_who_is_signed_in() {
    let app = TestApp::empty().await;
    assert_eq!(app.anonymous().get("/panel/door").await.json(200), json!({"has_users": false}));
    let link = link(&app).await;
    is_refused(&app, "").await;
    is_refused(&app, &format!("{link}x")).await;
    let fields = [("token", link.as_str()), ("login", "ada"), ("name", ""), ("password", PASSWORD)];
    let answer = app.anonymous().submit_form("http://localhost/set-up?token=a", "/panel/set-up", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/"));
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let session = app.anonymous().with(header::COOKIE, &cookie).get("/panel/session").await.json(200);
    assert_eq!((&session["login"], &session["role"]), (&json!("ada"), &json!("admin")));
    assert_eq!(app.anonymous().get("/panel/door").await.json(200), json!({"has_users": true}));
    is_refused(&app, &link).await;
    assert!(sign_in::make_setup_link(&app.application.state).await.unwrap().is_none());
}

#[tokio::test]
async fn a_link_ends_after_a_day_and_with_the_next_one() {
    let app = TestApp::empty().await;
    let first = link(&app).await;
    let second = link(&app).await;
    is_refused(&app, &first).await;
    app.advance(TimeDelta::hours(24));
    is_refused(&app, &second).await;
    let third = link(&app).await;
    app.advance(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
    assert_eq!(set_up(&app, &third, "ada").await.status, 200);
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let app = TestApp::empty().await;
    let link = link(&app).await;
    let (ada, eve) = tokio::join!(set_up(&app, &link, "ada"), set_up(&app, &link, "eve"));
    let mut statuses = [ada.status.as_u16(), eve.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
}

#[tokio::test]
async fn a_link_is_of_no_use_once_there_is_somebody() {
    let app = TestApp::empty().await;
    let link = link(&app).await;
    app.create_user("ada", Role::Admin).await;
    is_refused(&app, &link).await;
}

#[tokio::test]
async fn what_cannot_be_is_told_and_the_link_still_works() {
    let app = TestApp::empty().await;
    let link = link(&app).await;
    let fields = [("token", link.as_str()), ("login", "Ada"), ("password", "short")];
    let answer = app.anonymous().post_form("/panel/set-up", &fields).await;
    assert_eq!(answer.status, 422);
    let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(error["invalid"]["given"], json!({"login": "Ada", "name": ""}));
    assert_eq!(set_up(&app, &link, "ada").await.status, 200);
}
