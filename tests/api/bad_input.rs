//! What cannot be taken: a clear 4xx, every faulty field named, and nothing changed.

use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::deciding::{Team, ask, raw};

const PERCENTAGE: &str = "/api/v1/features/kimi/percentage";
const ADVANCE: &str = "/api/v1/features/kimi/advance";
const SIGN_OFFS: &str = "/api/v1/features/kimi/sign-offs";
const ROLLBACKS: &str = "/api/v1/rollbacks";
const POLICY: &str = "/api/v1/migrations/files/policy";

#[tokio::test]
async fn fields_that_cannot_be_taken_are_all_named_and_change_nothing() {
    let team = Team::advanced(2).await;
    let before = team.untouched().await;
    let long = "x".repeat(1_001);
    let gradual = |more: Value| {
        let mut body = json!({"kind": "gradual", "feature": "kimi", "target": 0});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (method, uri, body, pointers) in [
        ("PUT", PERCENTAGE, json!({"percentage": 101, "reason": "more"}), &["/percentage"][..]),
        ("PUT", PERCENTAGE, json!({"percentage": -1, "reason": "less"}), &["/percentage"]),
        ("PUT", PERCENTAGE, json!({"percentage": 5.123, "reason": "finer"}), &["/percentage"]),
        ("PUT", PERCENTAGE, json!({"percentage": 1e300}), &["/percentage", "/reason"]),
        ("PUT", PERCENTAGE, json!({"percentage": 5, "reason": "  \n"}), &["/reason"]),
        ("PUT", PERCENTAGE, json!({"percentage": 5, "reason": long}), &["/reason"]),
        ("PUT", PERCENTAGE, json!({"percentage": 5, "reason": "a\u{0}b"}), &["/reason"]),
        ("POST", ADVANCE, json!({}), &["/reason"]),
        ("POST", "/api/v1/features/kimi/restart-stage", json!({"reason": ""}), &["/reason"]),
        ("PATCH", "/api/v1/features/kimi", json!({"enabled": false, "reason": long}), &["/reason"]),
        (
            "PATCH",
            "/api/v1/migrations/files",
            json!({"shadow_mode": {"sample_rate": 1.01}}),
            &["/shadow_mode/sample_rate"],
        ),
        ("POST", ROLLBACKS, gradual(json!({"target": 100.01})), &["/target"]),
        ("POST", ROLLBACKS, gradual(json!({"step": 0, "interval_seconds": 0})), &["/step", "/interval_seconds"]),
        (
            "POST",
            ROLLBACKS,
            gradual(json!({"step": -1, "target": -1, "interval_seconds": 86_401})),
            &["/target", "/step", "/interval_seconds"],
        ),
        ("POST", ROLLBACKS, gradual(json!({"reason": long})), &["/reason"]),
        ("PUT", POLICY, json!({"policy": {"stages": []}}), &["/policy/stages", "/reason"]),
        ("PUT", POLICY, json!({"policy": 7, "reason": "x"}), &["/policy"]),
    ] {
        let answer = ask(&team.engineer, method, uri, &[], &body).await;
        assert_eq!(answer.pointers(), pointers, "{method} {uri} {body}");
    }
    for (body, pointers) in [
        (json!({"decision": "perhaps"}), &["/decision"][..]),
        (json!({"decision": "rejected"}), &["/comment"]),
        (json!({"decision": "approved", "comment": long}), &["/comment"]),
        (json!({"decision": "approved", "tool": {"name": " ", "reference": ""}}), &["/tool/name", "/tool/reference"]),
    ] {
        let answer = ask(&team.manager, "POST", SIGN_OFFS, &[], &body).await;
        assert_eq!(answer.pointers(), pointers, "{body}");
    }
    assert_eq!(team.untouched().await, before);
}

#[tokio::test]
async fn what_is_no_such_document_is_not_understood_and_changes_nothing() {
    let team = Team::advanced(2).await;
    let before = team.untouched().await;
    for (method, uri, body) in [
        ("PUT", PERCENTAGE, r#"{"percentage": NaN, "reason": "x"}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": 1e999, "reason": "x"}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": "5", "reason": "x"}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": null, "reason": "x"}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": 5, "reason": ["x"]}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": 5, "reason": "x", "force": true}"#),
        ("PUT", PERCENTAGE, r#"{"percentage": 5, "reason": "x""#),
        ("PUT", PERCENTAGE, ""),
        ("PUT", PERCENTAGE, "[]"),
        ("PUT", PERCENTAGE, "5"),
        ("POST", ADVANCE, r#"{"reason": "x", "override": "true"}"#),
        ("POST", ADVANCE, r#"{"reason": "x", "override": true} and more"#),
        ("PATCH", "/api/v1/features/kimi", r#"{"enabled": 1}"#),
        ("PATCH", "/api/v1/features/kimi", "{}"),
        ("POST", ROLLBACKS, r#"{"kind": "sudden", "feature": "kimi"}"#),
        ("POST", ROLLBACKS, r#"{"feature": "kimi"}"#),
        ("POST", ROLLBACKS, r#"{"kind": "feature"}"#),
        ("POST", ROLLBACKS, r#"{"kind": "gradual", "feature": "kimi", "interval_seconds": 1.5}"#),
        ("POST", ROLLBACKS, r#"{"kind": "emergency", "feature": "kimi"}"#),
        ("PUT", POLICY, r#"{"reason": "x"}"#),
    ] {
        raw(&team.engineer, method, uri, &[], body).await.problem(400);
    }
    raw(&team.engineer, "PUT", PERCENTAGE, &[], vec![0xff, 0xfe]).await.problem(400);
    for body in [r#"{"decision": 1}"#, r#"{"decision": "approved", "tool": {"name": "x", "remaining": -1}}"#, "{}"] {
        raw(&team.manager, "POST", SIGN_OFFS, &[], body).await.problem(400);
    }
    assert_eq!(team.untouched().await, before);
}

#[tokio::test]
async fn bodies_that_are_too_large_or_of_another_kind_change_nothing() {
    let team = Team::advanced(2).await;
    let before = team.untouched().await;
    let large = format!(r#"{{"percentage": 5, "reason": "x"{}}}"#, " ".repeat(10 << 20));
    for (method, uri) in [("PUT", PERCENTAGE), ("POST", ADVANCE), ("POST", ROLLBACKS), ("PUT", POLICY)] {
        raw(&team.engineer, method, uri, &[], large.clone()).await.problem(413);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        raw(&team.engineer, method, uri, &form, "percentage=5&reason=x").await.problem(415);
    }
    raw(&team.manager, "POST", SIGN_OFFS, &[], large).await.problem(413);
    assert_eq!(team.untouched().await, before);
}

#[tokio::test]
async fn whoever_may_not_changes_nothing() {
    let team = Team::advanced(2).await;
    let viewer = team.app.as_role(Role::Viewer).await;
    let before = team.untouched().await;
    let approval = json!({"decision": "approved"});
    for (who, method, uri, body) in [
        (&viewer, "POST", SIGN_OFFS, &approval),
        (&team.engineer, "POST", SIGN_OFFS, &approval),
        (&viewer, "PUT", PERCENTAGE, &json!({"percentage": 1, "reason": "x"})),
        (&team.manager, "POST", ADVANCE, &json!({"reason": "x"})),
        (&viewer, "POST", ROLLBACKS, &json!({"kind": "emergency"})),
        // To go past a gate is for admins, and not for programs.
        (&team.engineer, "POST", ADVANCE, &json!({"reason": "x", "override": true})),
    ] {
        ask(who, method, uri, &[], body).await.problem(403);
    }
    ask(&team.app.anonymous(), "POST", ROLLBACKS, &[], &json!({"kind": "emergency"})).await.problem(401);
    assert_eq!(team.untouched().await, before);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let team = Team::new().await;
    let before = team.untouched().await;
    let reason = json!({"reason": "x"});
    for key in ["none", "Not-A-Key", "%00", "kimi.shadow"] {
        for (method, rest, body) in [
            ("PUT", "/percentage", &json!({"percentage": 1, "reason": "x"})),
            ("POST", "/advance", &reason),
            ("POST", "/restart-stage", &reason),
            ("PATCH", "", &json!({"enabled": false})),
        ] {
            ask(&team.engineer, method, &format!("/api/v1/features/{key}{rest}"), &[], body).await.problem(404);
        }
        let uri = format!("/api/v1/features/{key}/sign-offs");
        ask(&team.manager, "POST", &uri, &[], &json!({"decision": "approved"})).await.problem(404);
        for rest in ["", "/gate", "/sign-offs", "/history"] {
            team.app.get(&format!("/api/v1/features/{key}{rest}")).await.problem(404);
        }
    }
    let unknown = "/api/v1/migrations/none";
    ask(&team.engineer, "PATCH", unknown, &[], &json!({"candidate_enabled": false})).await.problem(404);
    let policy = team.app.get(POLICY).await.json(200)["policy"].take();
    let body = json!({"policy": policy, "reason": "x"});
    ask(&team.engineer, "PUT", &format!("{unknown}/policy"), &[], &body).await.problem(404);
    assert_eq!(team.untouched().await, before);
}
