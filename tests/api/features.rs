//! `/api/v1/features`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::wire::{OBSERVATIONS, observation};

const FEATURES: &str = "/api/v1/features";

#[tokio::test]
async fn a_feature_is_created_at_0_per_cent_in_shadow_and_answered_with_its_address() {
    let app = TestApp::with_features().await;
    let answer =
        app.post(FEATURES, &json!({"migration": "files", "key": "supabase", "name": "Files in Supabase"})).await;
    insta::assert_json_snapshot!(answer.json(201), @r#"
    {
      "blocked_by": [],
      "configured": 0,
      "created_at": "2026-01-05T10:30:30Z",
      "data": {
        "state": "no_data"
      },
      "disagreement": null,
      "effective": 0,
      "enabled": true,
      "entered_at": "2026-01-05T10:30:30Z",
      "key": "supabase",
      "migration": "files",
      "name": "Files in Supabase",
      "observed": null,
      "served": 0,
      "shadow": true,
      "stage": "shadow",
      "version": 1
    }
    "#);
    assert_eq!(answer.header("location"), "/api/v1/features/supabase");
    assert_eq!(app.get(answer.header("location")).await.json(200), answer.json(201));
}

#[tokio::test]
async fn features_of_all_migrations_are_listed_oldest_first() {
    let app = TestApp::with_features().await;
    app.post("/api/v1/migrations", &json!({"slug": "a", "name": "A"})).await.json(201);
    app.post(FEATURES, &json!({"migration": "a", "key": "b", "name": ""})).await.json(201);
    let list = app.get(FEATURES).await.json(200);
    let list: Vec<_> = list.as_array().unwrap().iter().map(|it| (&it["key"], &it["migration"])).collect();
    let expected = [("kimi", "files"), ("smart_handler", "files"), ("b", "a")].map(|(k, m)| (json!(k), json!(m)));
    assert_eq!(list, expected.each_ref().map(|(key, migration)| (key, migration)));
}

/// What a feature's document says of its data.
async fn told(app: &TestApp) -> Value {
    let one = app.get("/api/v1/features/kimi").await.json(200);
    let all = app.get(FEATURES).await.json(200);
    assert_eq!(all[0], one, "the list and the document");
    json!([one["observed"], one["served"], one["data"]["state"], one["disagreement"]])
}

#[tokio::test]
async fn a_feature_tells_what_was_served_in_the_last_five_minutes_and_how_old_its_data_is() {
    let app = TestApp::with_features().await;
    assert_eq!(told(&app).await, json!([null, 0, "no_data", null]));
    let candidate = observation(&json!({"path": "candidate"}));
    app.post(OBSERVATIONS, &json!([observation(&json!({})), observation(&json!({})), observation(&json!({}))])).await;
    assert_eq!(told(&app).await, json!([0.0, 3, "fresh", null]));
    app.post(OBSERVATIONS, &candidate).await;
    let words = "0 % is in effect, but the candidate served 25 %";
    assert_eq!(told(&app).await, json!([25.0, 4, "fresh", words]));
    app.advance(TimeDelta::minutes(5));
    assert_eq!(told(&app).await, json!([null, 0, "fresh", null]));
    app.advance(TimeDelta::minutes(10));
    assert_eq!(told(&app).await, json!([null, 0, "fresh", null]));
    app.advance(TimeDelta::milliseconds(1));
    assert_eq!(told(&app).await, json!([null, 0, "stale", null]));
}

#[tokio::test]
async fn a_feature_that_is_not_there_is_not_found_even_if_it_cannot_be() {
    let app = TestApp::with_features().await;
    for key in ["nothing", "Kimi", "ki%20mi", "kimi.shadow", "%22"] {
        app.get(&format!("{FEATURES}/{key}")).await.problem(404);
    }
}

#[tokio::test]
async fn a_key_is_taken_for_all_migrations_and_a_feature_needs_its_migration() {
    let app = TestApp::with_features().await;
    app.post("/api/v1/migrations", &json!({"slug": "a", "name": "A"})).await.json(201);
    let taken = app.post(FEATURES, &json!({"migration": "a", "key": "kimi"})).await;
    insta::assert_json_snapshot!(taken.problem(409), @r#"
    {
      "detail": "feature kimi exists already",
      "status": 409,
      "title": "conflict",
      "type": "/problems/conflict"
    }
    "#);
    let nowhere = app.post(FEATURES, &json!({"migration": "nowhere", "key": "added"})).await;
    insta::assert_json_snapshot!(nowhere.problem(404), @r#"
    {
      "detail": "migration nowhere does not exist",
      "status": 404,
      "title": "not found",
      "type": "/problems/not-found"
    }
    "#);
    app.get("/api/v1/features/added").await.problem(404);
}

#[tokio::test]
async fn every_invalid_field_of_a_feature_is_named() {
    let app = TestApp::with_features().await;
    for (migration, key, name, pointers) in [
        ("", "", "", &["/migration", "/key"][..]),
        ("files", "kimi.shadow", "", &["/key"]),
        ("files", "Kimi", "", &["/key"]),
        ("files", "ünï", "", &["/key"]),
        // The panel has its form there.
        ("files", "new", "", &["/key"]),
        ("Files", "added", "", &["/migration"]),
        ("files", "added", &"a".repeat(81), &["/name"]),
        ("FILES", "-", "a\tb", &["/migration", "/key", "/name"]),
    ] {
        let answer = app.post(FEATURES, &json!({"migration": migration, "key": key, "name": name})).await;
        assert_eq!(answer.pointers(), pointers, "{migration:?} {key:?} {name:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_feature_is_refused() {
    let app = TestApp::with_features().await;
    for (content_type, body, status) in [
        ("application/json", "", 400),
        ("application/json", "NaN", 400),
        ("application/json", r#"{"migration":"files"}"#, 400),
        ("application/json", r#"{"migration":"files","key":null}"#, 400),
        ("application/octet-stream", r#"{"migration":"files","key":"added"}"#, 415),
    ] {
        app.post_with(FEATURES, &[("content-type", content_type)], body).await.problem(status);
    }
    let large = "a".repeat((1 << 20) + 1);
    app.post(FEATURES, &json!({"migration": "files", "key": large})).await.problem(413);
    assert_eq!(app.get(FEATURES).await.json(200).as_array().unwrap().len(), 2);
}
