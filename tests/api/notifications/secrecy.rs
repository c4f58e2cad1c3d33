//! What is secret of a target goes to that target and nowhere else.

use serde_json::json;

use super::{NOTIFICATIONS, Receiver, Reply, TARGETS, Told};
use crate::deciding::ask;

/// Nothing of these may be seen.
const SECRETS: [&str; 4] =
    ["given-key-0123456789", "bearer-0123456789", "password-0123456789", "slack-path-0123456789"];

#[tokio::test]
async fn no_secret_is_in_an_answer_a_page_or_the_audit() {
    let told = Told::new().await;
    let [key, bearer, password, path] = SECRETS;
    let mut made = String::new();
    // Each says back what it knows us by.
    for (name, kind, user, secret, echo) in [
        ("given", "webhook", "", key, key),
        ("made", "webhook", "", "", "/slack-path-0123456789/made"),
        ("slack", "slack", "", "", "/slack-path-0123456789/slack"),
        ("bearer", "alertmanager", "", bearer, bearer),
        ("basic", "alertmanager", "ada", password, password),
    ] {
        let receiver = Receiver::start().await;
        receiver.answer([Reply::Text(500, echo), Reply::Redirect(receiver.url(&format!("/{path}")))]);
        let body = json!({
            "name": name, "kind": kind, "url": receiver.url(&format!("/{path}/{name}")), "username": user,
            "secret": secret, "reason": "to see",
        });
        let answer = told.admin.post(TARGETS, &body).await;
        let created = answer.json(201);
        assert!(SECRETS.iter().all(|secret| !answer.text().contains(secret)), "{}", answer.text());
        if let Some(secret) = created["secret"].as_str() {
            assert_eq!(name, "made");
            made = secret.to_owned();
        }
    }
    assert_eq!(made.len(), 43);
    told.alert(told.firing("a")).await;
    told.tick().await;
    let look = async || {
        for uri in [TARGETS, NOTIFICATIONS, "/notifications", "/panel/notifications", "/api/v1/audit", "/audit"] {
            let text = told.admin.get(uri).await.page(200).to_owned();
            for secret in SECRETS.into_iter().chain([made.as_str()]) {
                assert!(!text.contains(secret), "{secret} in {uri}: {text}");
            }
        }
    };
    look().await;
    told.app.advance(chrono::TimeDelta::hours(1));
    told.tick().await;
    let changes = json!({"name": "other", "reason": "another name"});
    ask(&told.admin, "PATCH", &format!("{TARGETS}/1"), &[], &changes).await.json(200);
    told.admin.post(&format!("{TARGETS}/3/test"), &json!({})).await.json(200);
    assert_eq!(ask(&told.admin, "DELETE", &format!("{TARGETS}/4"), &[], &json!({})).await.status, 204);
    look().await;
    let events = told.app.get("/api/v1/audit").await.page(200).to_owned();
    assert!(events.contains("target.removed"), "{events}");
}
