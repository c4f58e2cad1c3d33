//! Comparison rules over REST and as a form: versions, faults, who was quicker, and what is compared by them.

use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::TestApp;
use crate::deciding::{Team, ask};
use crate::wire::{COMPARISONS, comparison};

pub const RULES: &str = "/api/v1/migrations/files/comparison-rules";

async fn save(team: &Team, headers: &[(&str, &str)], rules: &Value) -> Answer {
    ask(&team.engineer, "PUT", RULES, headers, &json!({"rules": rules, "reason": "we know more"})).await
}

#[tokio::test]
async fn rules_are_edited_as_a_new_version_that_the_audit_tells_of() {
    let team = Team::new().await;
    let answer = team.app.get(RULES).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    let none = json!({"ignore": [], "tolerance": [], "unordered": [], "redact": []});
    assert_eq!(answer.json(200)["rules"], none);
    let rules = json!({
        "ignore": ["$.etag"], "tolerance": [{"field": "$.ms", "absolute": 0.5}], "unordered": ["$.files"], "redact": [],
    });
    let saved = save(&team, &[("if-match", "\"1\"")], &rules).await.json(200);
    let told = ["migration", "version", "actor", "reason", "rules"].map(|name| &saved[name]);
    assert_eq!(json!(told), json!(["files", 2, "token:of mary", "we know more", rules]));
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.version), ("comparison_rules.changed", Some(2)));
    assert_eq!((&event.before["rules"], &event.after["rules"]), (&none, &rules));

    let stale = save(&team, &[("if-match", "\"1\"")], &none).await.problem(412);
    assert!(stale["detail"].as_str().unwrap().contains("comparison rules"), "{stale}");
    let same = save(&team, &[], &rules).await.problem(422);
    assert_eq!(same["errors"][0]["detail"], "are the rules that are in force already");
}

#[tokio::test]
async fn every_fault_of_a_document_is_told_at_its_place() {
    let team = Team::new().await;
    let rules = json!({"ignore": ["etag"], "tolerance": [{"field": "$.a"}], "forget": []});
    let problem = ask(&team.engineer, "PUT", RULES, &[], &json!({"rules": rules})).await.problem(422);
    let pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/rules/forget", "/rules/ignore/0", "/rules/tolerance/0", "/reason"]);
    team.app.get("/api/v1/migrations/nobody/comparison-rules").await.problem(404);
}

#[tokio::test]
async fn a_form_saves_lines_and_tells_each_faulty_one() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    let page = "/migrations/files/comparison-rules";
    let fields = |version, rules| {
        [
            ("__call", "/panel/save-comparison-rules"),
            ("__form", "SaveRules"),
            ("migration", "files"),
            ("version", version),
            ("rules", rules),
            ("reason", "we know more"),
        ]
    };
    let refused = engineer.submit_form(page, page, &fields("1", "ignore etag\nredact $.a\nforget it")).await;
    let text = refused.page(422).to_owned();
    for part in ["line 1: the field must begin with $", "line 3: must begin with ignore", "forget it", "redact $.a"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let done = engineer.submit_form(page, page, &fields("1", "ignore $.etag\r\ntolerance $.score 1 %")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, page));
    let stale = engineer.submit_form(page, page, &fields("1", "ignore $.other")).await;
    let text = stale.page(412).to_owned();
    assert!(text.contains("somebody changed the comparison rules") && text.contains("ignore $.other"), "{text}");
    let document = app.get(RULES).await.json(200);
    assert_eq!(document["rules"]["tolerance"], json!([{"field": "$.score", "relative": 0.01}]));
    let text = engineer.get(page).await.page(200).to_owned();
    assert!(text.contains("tolerance $.score 1 %") && text.contains("?version=2"), "{text}");
    // Whoever may not change them reads them.
    let text = app.as_role(Role::Viewer).await.get(page).await.page(200).to_owned();
    assert!(text.contains("tolerance $.score 1 %") && !text.contains("<textarea"), "{text}");
}

#[tokio::test]
async fn what_is_sent_is_compared_by_the_rules_of_its_migration() {
    let team = Team::new().await;
    let rules = json!({
        "ignore": ["$.etag"], "tolerance": [{"field": "$.ms", "absolute": 5}], "unordered": ["$.files"],
    });
    save(&team, &[], &rules).await.json(200);
    let side = |result: Value| json!({"outcome": "ok", "result": result});
    let legacy = side(json!({"etag": "a", "ms": 10, "files": [1, 2], "tags": [1, 2]}));
    let same = side(json!({"etag": "b", "ms": 14, "files": [2, 1], "tags": [1, 2]}));
    let other = side(json!({"etag": "b", "ms": 16, "files": [2, 1], "tags": [2, 1]}));
    let mismatch = |differences: Value| {
        json!({
            "feature": "kimi", "operation": "upload", "verdict": "mismatch", "differences": differences,
        })
    };
    let items = json!([
        comparison(&json!({"legacy": legacy, "candidate": same})),
        comparison(&json!({"legacy": legacy, "candidate": other})),
        mismatch(
            json!([{"field": "$.etag", "kind": "value"}, {"field": "$.ms", "kind": "value", "legacy": 1, "candidate": 2}])
        ),
        mismatch(json!([{"field": "$.etag", "kind": "value"}, {"field": "$.files", "kind": "missing"}])),
        mismatch(json!([])),
    ]);
    team.app.post(COMPARISONS, &items).await.json(202);
    let found = team.app.get("/api/v1/features/kimi/discrepancies").await.json(200);
    assert_eq!(json!([found["comparisons"], found["mismatches"], found["rules_version"]]), json!([5, 3, 2]));
    let fields: Vec<Value> =
        found["fields"].as_array().unwrap().iter().map(|it| json!([it["field"], it["kinds"][0]["kind"]])).collect();
    assert_eq!(json!(fields), json!([["$.files", "missing"], ["$.ms", "value"], ["$.tags", "order"]]));
}
