//! What differed, by field: counts over time, both sides without secrets, noise beside a second legacy run, and the page.

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::comparison_rules::RULES;
use crate::deciding::{Team, ask};
use crate::wire::{COMPARISONS, comparison};

const DISCREPANCIES: &str = "/api/v1/features/kimi/discrepancies";

fn side(result: &Value) -> Value {
    json!({"outcome": "ok", "result": result})
}

fn compared(legacy: &Value, candidate: &Value) -> Value {
    comparison(&json!({"legacy": side(legacy), "candidate": side(candidate)}))
}

fn thrice(legacy: &Value, candidate: &Value, again: &Value) -> Value {
    comparison(&json!({"legacy": side(legacy), "candidate": side(candidate), "legacy_again": side(again)}))
}

async fn found(app: &TestApp) -> Value {
    app.get(DISCREPANCIES).await.json(200)
}

#[tokio::test]
async fn fields_are_told_with_counts_over_time_and_both_sides() {
    let app = TestApp::with_features().await;
    let size = |size: u64| json!({"size": size, "name": "a"});
    app.post(COMPARISONS, &json!([compared(&size(10), &size(11)), compared(&size(10), &size(12))])).await.json(202);
    app.advance(TimeDelta::hours(2));
    app.post(COMPARISONS, &json!([compared(&size(10), &json!({"size": "10"})), compared(&size(1), &size(1))]))
        .await
        .json(202);
    let found = found(&app).await;
    assert_eq!(json!([found["comparisons"], found["mismatches"], found["fields_in_all"]]), json!([4, 3, 2]));
    let field = &found["fields"][0];
    assert_eq!(json!([field["field"], field["count"], field["standing"]]), json!(["$.size", 3, "compared"]));
    assert_eq!(field["kinds"], json!([{"kind": "value", "count": 2}, {"kind": "type", "count": 1}]));
    let series = json!([{"at": "2026-01-05T10:00:00Z", "count": 2}, {"at": "2026-01-05T12:00:00Z", "count": 1}]);
    assert_eq!(field["series"], series);
    assert_eq!(json!([field["first_seen"], field["last_seen"]]), json!([series[0]["at"], series[1]["at"]]));
    assert_eq!(field["noise"]["verdict"], "no_second_run");
    let example = &field["examples"][0];
    let told = ["kind", "operation", "at", "legacy", "candidate", "candidate_result"].map(|name| &example[name]);
    let whole = "{\n  \"size\": \"10\"\n}";
    assert_eq!(json!(told), json!(["type", "upload", "2026-01-05T12:30:30Z", "10", "\"10\"", whole]));
    assert_eq!(field["examples"].as_array().unwrap().len(), 3);
    let missing = &found["fields"][1]["examples"][0];
    assert_eq!(json!([missing["legacy"], missing["candidate"]]), json!(["\"a\"", null]));

    let of_hour =
        app.get(&format!("{DISCREPANCIES}?from=2026-01-05T12:00:00Z&to=2026-01-05T13:00:00Z")).await.json(200);
    assert_eq!(json!([of_hour["comparisons"], of_hour["fields"][0]["count"]]), json!([2, 1]));
    app.get(&format!("{DISCREPANCIES}?from=2026-01-05T12:00:00Z&to=2026-01-05T12:00:00Z")).await.problem(422);
    app.get(&format!("{DISCREPANCIES}?from=2025-01-05T12:00:00Z")).await.problem(422);
    app.get("/api/v1/features/nobody/discrepancies").await.problem(404);
}

#[tokio::test]
async fn what_is_secret_is_compared_and_never_told() {
    let team = Team::new().await;
    let save = json!({"rules": {"redact": ["$.user.email"]}, "reason": "people"});
    ask(&team.engineer, "PUT", RULES, &[], &save).await.json(200);
    let result = |who: &str| {
        json!({
            "size": who.len(), "user": {"email": format!("{who}@example.org")}, "api_key": format!("key-of-{who}"),
            "headers": {"Set-Cookie": "the same for all"},
        })
    };
    let already = json!({"feature": "kimi", "operation": "upload", "verdict": "mismatch", "differences": [
        {"field": "$.user.email.local", "kind": "value", "legacy": "eve-one", "candidate": "eve-two"},
        {"field": "$.access_token", "kind": "value", "legacy": "eve-three", "candidate": "eve-four"},
        {"field": "no path [", "kind": "value", "legacy": "eve-five", "candidate": "eve-six"},
        {"field": "size", "kind": "missing", "legacy": null},
    ]});
    team.app.post(COMPARISONS, &json!([compared(&result("ada"), &result("grace")), already])).await.json(202);
    let found = found(&team.app).await;
    let text = found.to_string();
    for secret in ["example.org", "key-of", "the same for all", "eve-"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let of = |field: &str| found["fields"].as_array().unwrap().iter().find(|it| it["field"] == field).unwrap().clone();
    let email = of("$.user.email");
    assert_eq!(json!([email["count"], email["standing"]]), json!([2, "redacted"]));
    assert_eq!(email["examples"][0]["legacy"], r#"{"redacted":"string","same":false}"#);
    let whole = of("$.size")["examples"][0]["legacy_result"].as_str().unwrap().to_owned();
    assert!(whole.contains(r#""Set-Cookie": {"redacted":"string","same":true}"#), "{whole}");
    assert_eq!(of("$.access_token")["examples"][0]["candidate"], r#"{"redacted":"string","same":false}"#);
    assert_eq!(of("size")["examples"][0]["legacy"], "null");
    assert_eq!(json!([of("no path [")["standing"], of("no path [")["examples"]]), json!(["unnamed", []]));

    // What is redacted from now on is not in what was kept before.
    let save = json!({"rules": {"redact": ["$.user.email", "$.size"]}, "reason": "sizes, too"});
    ask(&team.engineer, "PUT", RULES, &[], &save).await.json(200);
    let found = crate::discrepancies::found(&team.app).await;
    assert!(found["fields"].as_array().unwrap().iter().all(|it| it["examples"] == json!([])), "{found}");
}

#[tokio::test]
async fn a_second_legacy_run_tells_noise_from_what_the_candidate_does() {
    let app = TestApp::with_features().await;
    let result = |id: u64, size: u64| json!({"id": id, "size": size});
    let items: Vec<Value> =
        (0..40).map(|run| thrice(&result(run, 1), &result(run + 100, 2), &result(run + 200, 1))).collect();
    app.post(COMPARISONS, &json!(items)).await.json(202);
    let found = found(&app).await;
    let noise = |index: usize| {
        let field = &found["fields"][index];
        let report = &field["noise"];
        json!([field["field"], report["verdict"], report["second_runs"], report["candidate_only"], report["both"]])
    };
    assert_eq!(noise(0), json!(["$.id", "noise", 40, 0, 40]));
    assert_eq!(noise(1), json!(["$.size", "real", 40, 40, 0]));
    assert!(found["fields"][1]["noise"]["candidate_share_lower"].as_f64().unwrap() > 0.5);
    // It says nothing when legacy failed the second time, and must not come with a verdict.
    let failed = comparison(&json!({"legacy_again": {"outcome": "error"}}));
    let verdict =
        json!({"feature": "kimi", "operation": "upload", "verdict": "match", "legacy_again": side(&json!(1))});
    let slow = comparison(&json!({"legacy_again": {"outcome": "ok", "latency_ms": -1}}));
    let answer = app.post(COMPARISONS, &json!([failed, verdict, slow])).await.json(202);
    assert_eq!(answer["accepted"], 1);
    let details: Vec<&str> =
        answer["rejected"].as_array().unwrap().iter().map(|it| it["detail"].as_str().unwrap()).collect();
    assert_eq!(details[0], "legacy_again goes with legacy and candidate, not with a verdict");
    assert!(details[1].starts_with("legacy_again: "), "{details:?}");
    assert_eq!(crate::discrepancies::found(&app).await["fields"][0]["noise"]["second_runs"], 40);
}

#[tokio::test]
async fn examples_of_a_large_batch_are_few() {
    let app = TestApp::with_features().await;
    let items: Vec<Value> = (0..300).map(|run| compared(&json!({"size": 1}), &json!({"size": run + 2}))).collect();
    app.post(COMPARISONS, &json!(items)).await.json(202);
    let found = found(&app).await;
    assert_eq!(found["fields"][0]["count"], 300);
    assert_eq!(found["fields"][0]["examples"].as_array().unwrap().len(), 5);
    let many = |value: u64| Value::Object((0..100).map(|field| (format!("f{field:03}"), json!(value))).collect());
    app.post(COMPARISONS, &json!([compared(&many(1), &many(2))])).await.json(202);
    let found = crate::discrepancies::found(&app).await;
    assert_eq!((found["fields"].as_array().unwrap().len(), &found["fields_in_all"]), (50, &json!(101)));
}

#[tokio::test]
async fn the_page_says_why_there_is_nothing_and_what_differed() {
    let app = TestApp::with_features().await;
    app.create_user("engineer", Role::Engineer).await;
    let page = "/features/kimi/discrepancies";
    // Signed in anew each time, since a session does not last for days.
    let text = async |uri: &str| app.signed_in("engineer").await.get(uri).await.page(200).to_owned();
    assert!(text(page).await.contains("Nothing was compared yet"));
    app.post(COMPARISONS, &comparison(&json!({}))).await.json(202);
    assert!(text(page).await.contains("No field differed"));
    app.advance(TimeDelta::days(2));
    assert!(text(&format!("{page}?days=1")).await.contains("Nothing was compared in this time"));
    let verdict = json!({"feature": "kimi", "operation": "upload", "verdict": "mismatch"});
    app.post(COMPARISONS, &verdict).await.json(202);
    assert!(text(page).await.contains("No comparison said where"));
    app.post(COMPARISONS, &compared(&json!({"a": "<b>"}), &json!({"a": "c"}))).await.json(202);
    let shown = text(page).await;
    for part in ["$.a", "&lt;b&gt;", "No second run", "Ignore this field", "1 value"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(shown.matches("<script").count(), 1, "its own file: {shown}");
    let viewer = app.as_role(Role::Viewer).await.get(page).await.page(200).to_owned();
    assert!(viewer.contains("for engineers and admins") && !viewer.contains("Ignore this field"), "{viewer}");
    assert_eq!(app.signed_in("engineer").await.get("/features/nobody/discrepancies").await.status, 404);
}

#[tokio::test]
async fn a_field_is_ignored_from_its_page_and_the_audit_says_why() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    let (one, other) = (json!({"a.b": 1}), json!({"a.b": 2}));
    app.post(COMPARISONS, &compared(&one, &other)).await.json(202);
    let page = "/features/kimi/discrepancies?days=1";
    let fields = |reason| {
        [
            ("__call", "/panel/ignore-field"),
            ("__form", "Ignore-0"),
            ("key", "kimi"),
            ("field", r#"$["a.b"]"#),
            ("reason", reason),
        ]
    };
    let refused = engineer.submit_form(page, page, &fields("")).await.page(422).to_owned();
    assert!(refused.contains("Must not be empty") && refused.contains("<details open"), "{refused}");
    let done = engineer.submit_form(page, page, &fields("it is a clock")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, page));
    let rules = app.get(RULES).await.json(200);
    assert_eq!(json!([rules["version"], rules["rules"]["ignore"]]), json!([2, [r#"$["a.b"]"#]]));
    assert_eq!(rules["reason"], "it is a clock");
    assert_eq!(found(&app).await["fields"][0]["standing"], "ignored");
    let again = engineer.submit_form(page, page, &fields("again")).await.page(422).to_owned();
    assert!(again.contains("Ignored by the rules in force"), "{again}");
    app.post(COMPARISONS, &compared(&one, &other)).await.json(202);
    let after = found(&app).await;
    assert_eq!(json!([after["comparisons"], after["mismatches"]]), json!([2, 1]));
    let audit = app.get("/api/v1/audit").await.json(200);
    assert!(audit.to_string().contains("comparison_rules.changed"), "{audit}");
}
