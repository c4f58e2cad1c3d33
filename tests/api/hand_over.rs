//! The hand-over report: complete, told when it is not, and nothing in it but text.

use crossfade::domain::access::Role;
use serde_json::json;

use crate::app::TestApp;
use crate::story::Story;

const MARKDOWN: &str = "/api/v1/features/kimi/hand-over.md";
const PAGE: &str = "/features/kimi/hand-over";

async fn markdown(app: &TestApp) -> String {
    let answer = app.get(MARKDOWN).await;
    let content_type = answer.header("content-type");
    assert_eq!((answer.status.as_u16(), content_type), (200, "text/markdown; charset=utf-8"), "{answer:?}");
    answer.text().to_owned()
}

#[tokio::test]
async fn a_feature_on_its_way_is_told_to_be_not_complete_yet() {
    let story = Story::told().await;
    let text = markdown(&story.app).await;
    assert!(text.contains("> **Not complete yet.** This feature is in stage 1% at 1 %."), "{text}");
    for part in [
        "### 1. shadow at 0 %",
        "### 2. 1% at 1 %",
        "- Let on by user:engineer: on we go",
        "| Discrepancy rate (proven) | passed | 0 % | \\< 2 % | 0 % to ",
        "approved | user:manager | manager | looks well |",
        &format!("evidence.zip?change={}`", story.advance),
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[tokio::test]
async fn a_completed_feature_is_told_with_all_that_happened() {
    let story = Story::told().await;
    let kimi = "/api/v1/features/kimi/percentage";
    let request = axum::http::Request::put(kimi).header("content-type", "application/json");
    let body = json!({"percentage": 0.5, "reason": "less"}).to_string();
    story.engineer.send(request.body(body.into()).unwrap()).await.json(200);
    let rollback = json!({"kind": "feature", "feature": "kimi", "reason": "it smells"});
    story.engineer.post("/api/v1/rollbacks", &rollback).await.json(201);
    story.completed().await;
    let text = markdown(&story.app).await;
    assert!(!text.contains("Not complete yet"), "{text}");
    for part in [
        "# Hand-over of kimi",
        "| Completed | 2026-01-06 ",
        "| Overrides | 5 |",
        "| Rollbacks | 1 |",
        "### 6. 100% at 100 %",
        "feature of kimi | 0.5 % → 0 % | user:engineer | it smells | in effect",
        "- **Overridden**, past: ",
        "### Rejections",
        "| 1 | 2026-01-05 ",
        "ended with event ",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let head = story.app.get("/api/v1/audit?limit=1").await.json(200)["head"]["hash"].as_str().unwrap().to_owned();
    assert!(text.contains(&head), "{text}");
}

#[tokio::test]
async fn what_people_wrote_stays_text() {
    let story = Story::told().await;
    let text = markdown(&story.app).await;
    assert!(text.contains("no \\| \\<script\\>alert(1)\\</script\\> \\# x \\[a\\](http\\://evil.example)"), "{text}");
    let page = story.manager.get(PAGE).await;
    assert_eq!(page.status, 200);
    let html = page.text();
    for part in ["<script", "<img", "evil.example\"", "style=", "<strong>e", "<code>d", "onerror"] {
        assert!(!html.contains(part), "{part:?} is in\n{html}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert!(html.contains("<link rel=\"stylesheet\" href=\"/hand-over.css\">"), "{html}");
}

#[tokio::test]
async fn the_page_is_for_those_who_may_read_and_of_features_that_there_are() {
    let story = Story::told().await;
    let nobody = story.app.anonymous().get(PAGE).await;
    assert_eq!((nobody.status.as_u16(), nobody.header("location")), (303, "/login?next=/features/kimi/hand-over"));
    story.app.with_token("ingest").await.get(PAGE).await.problem(403);
    let viewer = story.app.as_role(Role::Viewer).await;
    assert_eq!(viewer.get(PAGE).await.status, 200);
    let missing = viewer.get("/features/nothing/hand-over").await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, "text/html; charset=utf-8"));
    story.app.get("/api/v1/features/nothing/hand-over.md").await.problem(404);
}
