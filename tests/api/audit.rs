//! The audit over REST: every change is in it, anyone can check the chain, and what is altered is found.

use crossfade::domain::audit::{AuditEvent, BrokenChain, Head, Verifier};
use serde_json::{Value, json};

use crate::app::{TestApp, on_postgres};
use crate::deciding::{Team, ask};

/// The chain as NDJSON, walked along; the number of events.
async fn verify(app: &TestApp) -> Result<i64, BrokenChain> {
    let request = axum::http::Request::get("/api/v1/audit").header("accept", "application/x-ndjson");
    let answer = app.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-ndjson"));
    let mut verifier = Verifier::default();
    for line in answer.text().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        verifier.step(row["body"].as_str().unwrap(), row["hash"].as_str().unwrap())?;
    }
    let page = app.get("/api/v1/audit?limit=1").await.json(200);
    let head: Head = serde_json::from_value(page["head"].clone()).unwrap();
    verifier.finish(&head).map(|head| head.seq)
}

/// A bit of everything that can be done.
async fn busy() -> Team {
    let team = Team::advanced(3).await;
    team.set(20.5).await.json(200);
    team.sign_off(&team.manager, "rejected").await.json(201);
    team.sign_off(&team.manager, "approved").await.json(201);
    ask(&team.engineer, "PATCH", "/api/v1/features/kimi", &[], &json!({"enabled": false})).await.json(200);
    ask(&team.engineer, "PATCH", "/api/v1/features/kimi", &[], &json!({"enabled": true})).await.json(200);
    let uri = "/api/v1/migrations/files";
    let body = json!({"shadow_mode": {"sample_rate": 0.123}, "reason": "„more“ – 🌓\n\"quoted\""});
    ask(&team.engineer, "PATCH", uri, &[], &body).await.json(200);
    team.engineer.post("/api/v1/features/kimi/restart-stage", &json!({"reason": "anew"})).await.json(200);
    team.roll_back(json!({"kind": "gradual", "feature": "kimi", "target": 0.29})).await.json(201);
    team.wait(300);
    team.tick().await;
    team.roll_back(json!({"kind": "emergency", "migration": "files"})).await.json(201);
    team
}

#[tokio::test]
async fn every_change_is_in_the_chain_and_anyone_can_check_it() {
    let team = busy().await;
    let events = team.events().await;
    assert_eq!(verify(&team.app).await, Ok(i64::try_from(events.len()).unwrap()));
    let told: Vec<&str> = events
        .iter()
        .map(|event| event.action.as_str())
        .filter(|it| !it.starts_with("user.") && !it.starts_with("token."))
        .collect();
    insta::assert_json_snapshot!(told, @r#"
    [
      "migration.created",
      "feature.created",
      "feature.created",
      "feature.advanced_by_override",
      "feature.advanced_by_override",
      "feature.advanced_by_override",
      "feature.percentage_set",
      "sign_off.rejected",
      "sign_off.approved",
      "feature.disabled",
      "feature.enabled",
      "migration.settings_changed",
      "feature.stage_restarted",
      "rollback.gradual",
      "rollback.step",
      "migration.emergency_rollback",
      "rollback.emergency",
      "rollback.emergency"
    ]
    "#);
    // Each feature's event goes on from where the one before had left it.
    let mut present = Value::Null;
    for event in events.iter().filter(|event| event.feature.as_ref().is_some_and(|key| key.as_str() == "kimi")) {
        let of_state = |state: &Value| json!([state["configured"], state["stage"], state["enabled"]]);
        if event.before["configured"].is_null() {
            continue;
        }
        if !present.is_null() {
            assert_eq!(of_state(&event.before), present, "{}", event.action);
        }
        present = of_state(&event.after);
    }
    assert_eq!(present, json!([0, "shadow", true]));
}

#[tokio::test]
async fn an_override_is_in_the_record_with_what_it_went_past() {
    let team = Team::advanced(1).await;
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.actor.as_str()), ("feature.advanced_by_override", "user:admin"));
    let overridden = event.after["overridden"].as_array().unwrap();
    assert_eq!(overridden.last().unwrap(), "needs 1 sign-off by a manager, has 0");
    assert!(overridden.len() > 4, "{overridden:?}");
    let history = team.app.get("/api/v1/features/kimi/history?limit=1").await.json(200);
    assert_eq!(&history["changes"][0]["overridden"], &event.after["overridden"]);
}

#[tokio::test]
async fn what_is_altered_removed_or_added_is_found() {
    let unlock = if on_postgres() {
        "DROP TRIGGER audit_events_are_never_altered ON audit_events"
    } else {
        "DROP TRIGGER audit_events_are_never_altered; DROP TRIGGER audit_events_are_never_removed;"
    };
    let missing = |seq, last| Err(BrokenChain::Missing { seq, last });
    for (sql, expected) in [
        (
            "UPDATE audit_events SET body = replace(body, 'to begin there', 'to begin here') WHERE seq =
                 (SELECT min(seq) FROM audit_events WHERE action = 'feature.advanced_by_override')",
            None,
        ),
        (
            "UPDATE audit_events SET hash = replace(hash, 'a', 'b') WHERE seq = 3",
            Some(Err(BrokenChain::Altered { seq: 3 })),
        ),
        ("DELETE FROM audit_events WHERE seq = 2", Some(Err(BrokenChain::OutOfPlace { seq: 2, found: 3 }))),
        ("DELETE FROM audit_events WHERE seq > 4", Some(missing(5, 0))),
        ("UPDATE audit_head SET seq = seq - 1", None),
        ("UPDATE audit_head SET hash = replace(hash, 'a', 'b')", None),
    ] {
        let team = Team::advanced(1).await;
        let last = team.events().await.pop().unwrap().seq;
        team.app.execute(unlock).await;
        team.app.execute(sql).await;
        let found = verify(&team.app).await;
        match expected {
            Some(Err(BrokenChain::Missing { seq, .. })) => assert_eq!(found, missing(seq, last), "{sql}"),
            Some(expected) => assert_eq!(found, expected, "{sql}"),
            None => assert!(found.is_err(), "{sql}"),
        }
    }
}

#[tokio::test]
async fn the_record_is_paged_and_narrowed() {
    let team = busy().await;
    let all: Vec<AuditEvent> = team.events().await.into_iter().rev().collect();
    let page = async |query: &str| team.app.get(&format!("/api/v1/audit?{query}")).await.json(200);
    let places = |page: &Value| -> Vec<i64> {
        page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect()
    };
    let expect = |holds: fn(&AuditEvent) -> bool| -> Vec<i64> {
        all.iter().filter(|event| holds(event)).map(|event| event.seq).collect()
    };
    let (mut paged, mut query) = (Vec::new(), "limit=7".to_owned());
    loop {
        let found = page(&query).await;
        paged.extend(places(&found));
        let Some(next) = found["next"].as_i64() else { break };
        query = format!("limit=7&before={next}");
    }
    assert_eq!(paged, expect(|_| true));
    for (query, expected) in [
        ("feature=kimi", expect(|event| event.feature.as_ref().is_some_and(|key| key.as_str() == "kimi"))),
        ("migration=files&feature=", expect(|event| event.migration.is_some())),
        ("actor=token:of%20grace", expect(|event| event.actor.as_str() == "token:of grace")),
        ("action=sign_off", expect(|event| event.action.starts_with("sign_off."))),
        ("action=rollback.step", expect(|event| event.action == "rollback.step")),
        ("from=2026-01-06", vec![]),
        ("to=2026-01-05", expect(|_| true)),
        ("from=2026-01-05T10:35:30Z", expect(|event| event.at.to_rfc3339().as_str() >= "2026-01-05T10:35:30")),
    ] {
        let found = places(&page(&format!("{query}&limit=1000")).await);
        assert_eq!(found, expected, "{query}");
    }
    for query in ["limit=0", "limit=x", "before=x", "feature=Kimi", "from=yesterday"] {
        team.app.get(&format!("/api/v1/audit?{query}")).await.problem(422);
    }
}
