//! `/api/v1/migrations`.

use serde_json::json;

use crate::app::TestApp;

const MIGRATIONS: &str = "/api/v1/migrations";

#[tokio::test]
async fn a_migration_is_created_with_its_switches_on_and_answered_with_its_address() {
    let app = TestApp::empty().await;
    let answer = app.post(MIGRATIONS, &json!({"slug": " files ", "name": " Files of all kinds "})).await;
    insta::assert_json_snapshot!(answer.json(201), @r#"
    {
      "candidate_enabled": true,
      "created_at": "2026-01-05T10:30:30Z",
      "fallback_to_legacy": true,
      "features": [],
      "name": "Files of all kinds",
      "shadow_mode": {
        "enabled": true,
        "sample_rate": 0.05
      },
      "slug": "files",
      "version": 1
    }
    "#);
    assert_eq!(answer.header("location"), "/api/v1/migrations/files");
    let read = app.get(answer.header("location")).await;
    assert_eq!(read.json(200), answer.json(201));
}

#[tokio::test]
async fn migrations_are_listed_oldest_first_with_their_features() {
    let app = TestApp::empty().await;
    assert_eq!(app.get(MIGRATIONS).await.json(200), json!([]));
    app.create_features().await;
    app.post(MIGRATIONS, &json!({"slug": "a", "name": "A"})).await.json(201);
    let list = app.get(MIGRATIONS).await.json(200);
    let list: Vec<_> = list.as_array().unwrap().iter().map(|it| (&it["slug"], &it["features"])).collect();
    assert_eq!(list, [(&json!("files"), &json!(["kimi", "smart_handler"])), (&json!("a"), &json!([]))]);
}

#[tokio::test]
async fn a_migration_that_is_not_there_is_not_found_even_if_it_cannot_be() {
    let app = TestApp::with_features().await;
    for slug in ["nothing", "Files", "fi%20les", "%22", "-"] {
        app.get(&format!("{MIGRATIONS}/{slug}")).await.problem(404);
    }
    insta::assert_json_snapshot!(app.get("/api/v1/migrations/nothing").await.problem(404), @r#"
    {
      "detail": "there is no migration \"nothing\"",
      "status": 404,
      "title": "not found",
      "type": "/problems/not-found"
    }
    "#);
}

#[tokio::test]
async fn a_slug_that_is_taken_is_a_conflict() {
    let app = TestApp::with_features().await;
    let answer = app.post(MIGRATIONS, &json!({"slug": "files", "name": "Others"})).await;
    insta::assert_json_snapshot!(answer.problem(409), @r#"
    {
      "detail": "migration files exists already",
      "status": 409,
      "title": "conflict",
      "type": "/problems/conflict"
    }
    "#);
    assert_eq!(app.get("/api/v1/migrations/files").await.json(200)["name"], "Files");
}

#[tokio::test]
async fn every_invalid_field_of_a_migration_is_named() {
    let app = TestApp::empty().await;
    for (slug, name, pointers) in [
        ("", "", &["/slug", "/name"][..]),
        ("Files", "Files", &["/slug"]),
        ("1", "Files", &["/slug"]),
        (&"a".repeat(64), "Files", &["/slug"]),
        ("files", " ", &["/name"]),
        ("files", &"ü".repeat(81), &["/name"]),
        ("files", "a\nb", &["/name"]),
    ] {
        let answer = app.post(MIGRATIONS, &json!({"slug": slug, "name": name})).await;
        assert_eq!(answer.pointers(), pointers, "{slug:?} {name:?}");
    }
    let answer = app.post(MIGRATIONS, &json!({"slug": "Files", "name": ""})).await;
    insta::assert_json_snapshot!(answer.problem(422), @r#"
    {
      "detail": "/slug: must start with a small letter a to z; /name: must not be empty",
      "errors": [
        {
          "detail": "must start with a small letter a to z",
          "pointer": "/slug"
        },
        {
          "detail": "must not be empty",
          "pointer": "/name"
        }
      ],
      "status": 422,
      "title": "some fields are invalid",
      "type": "/problems/invalid"
    }
    "#);
    assert_eq!(app.get(MIGRATIONS).await.json(200), json!([]));
}

#[tokio::test]
async fn a_body_that_is_no_migration_is_refused() {
    let app = TestApp::empty().await;
    let large = format!(r#"{{"slug":"files","name":"{}"}}"#, "a".repeat(1 << 20));
    for (content_type, body, status) in [
        ("application/json", "", 400),
        ("application/json", "slug=files", 400),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", r#"{"slug":"files"}"#, 400),
        ("application/json", r#"{"slug":1,"name":"Files"}"#, 400),
        ("application/json", r#"{"slug":"files","name":"Files"} x"#, 400),
        ("application/json", large.as_str(), 413),
        ("text/plain", r#"{"slug":"files","name":"Files"}"#, 415),
        ("application/x-www-form-urlencoded", "slug=files&name=Files", 415),
    ] {
        app.post_with(MIGRATIONS, &[("content-type", content_type)], body.to_owned()).await.problem(status);
    }
    assert_eq!(app.get(MIGRATIONS).await.json(200), json!([]));
}
