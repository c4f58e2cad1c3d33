//! A migration's switches and its shadow setting, by form as the panel sends it.

use crossfade::domain::access::Role;
use serde_json::json;

use crate::answer::Answer;
use crate::app::{TestApp, Visitor};

async fn set(engineer: &Visitor, version: &str, rate: &str) -> Answer {
    let fields = [
        ("slug", "files"),
        ("version", version),
        ("candidate_enabled", "true"),
        ("fallback_to_legacy", "false"),
        ("shadow_enabled", "true"),
        ("sample_rate", rate),
        ("reason", "more"),
    ];
    engineer.post_form("/panel/set-migration", &fields).await
}

#[tokio::test]
async fn what_the_page_shows_is_what_its_form_sets() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    let before = app.get("/api/v1/migrations/files").await.json(200);
    assert_eq!(before["shadow_mode"], json!({"enabled": true, "sample_rate": 0.05}));
    for rate in ["5", "", "NaN"] {
        let answer = set(&engineer, "1", rate).await;
        assert_eq!(answer.status, 422, "{rate}: {answer:?}");
        assert!(answer.text().contains("must be a number from 0 to 1"), "{rate}: {}", answer.text());
    }
    assert_eq!(app.get("/api/v1/migrations/files").await.json(200), before);

    // The rate that is there already, as the page has it in its field.
    let answer = set(&engineer, "1", "0.05").await;
    assert!(answer.status.is_success() || answer.status.is_redirection(), "{answer:?}");
    let after = app.get("/api/v1/migrations/files").await.json(200);
    assert_eq!(after["shadow_mode"], before["shadow_mode"]);
    assert_eq!((&after["fallback_to_legacy"], &after["version"]), (&json!(false), &json!(2)));
    assert_eq!(set(&engineer, "1", "0.2").await.status, 412);
}
