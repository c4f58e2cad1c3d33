//! The gate over REST: its document, and the five things that it can say.

use serde_json::{Value, json};

use crate::deciding::Team;

async fn state(team: &Team) -> [Value; 2] {
    let mut gate = team.gate().await;
    [gate["state"].take(), gate["verdict"].take()]
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one document, written out")]
async fn a_gate_says_what_was_measured_what_was_asked_for_and_what_is_missing() {
    let team = Team::advanced(1).await;
    team.wait(3_600);
    team.served(4_000, 300).await;
    team.failed(1).await;
    team.sign_off(&team.manager, "approved").await.json(201);
    let mut gate = team.gate().await;
    let digest = gate["evidence_digest"].as_str().unwrap();
    assert!(digest.len() == 71 && digest.starts_with("sha256:"), "{digest}");
    gate["evidence_digest"] = "sha256:…".into();
    let given = gate["sign_offs"]["given"][0].as_object_mut().unwrap();
    for name in ["id", "report_digest", "evidence_digest"] {
        given[name] = "…".into();
    }
    insta::assert_json_snapshot!(gate, @r#"
    {
      "as_of": "2026-01-05T11:30:30Z",
      "can_advance": false,
      "criteria": [
        {
          "assurance": "proven",
          "baseline": null,
          "events": 1,
          "kind": "error_rate",
          "limit": 0.01,
          "lower": 0.000031477597101135,
          "measured": 0.00332225913621262,
          "n": 301,
          "needs": {
            "clean_requests": 373,
            "requests": null,
            "seconds": null,
            "seconds_at_present_traffic": 4462
          },
          "needs_feature": null,
          "path": "candidate",
          "quantile": null,
          "reason": "1 error in 301 requests: 0.332 % measured, between 0.00315 % and 2.16 %; not yet surely below 1 %; 373 more requests without an error would show it, about 75 min at the present traffic",
          "state": "not_enough_evidence",
          "upper": 0.0215600716754028,
          "verdict": "inconclusive"
        },
        {
          "assurance": "proven",
          "baseline": "legacy's requests since the stage was entered",
          "events": null,
          "kind": "latency_degradation",
          "limit": 0.05,
          "lower": -0.0997227514580092,
          "measured": -0.0997084527169129,
          "n": 301,
          "needs": null,
          "needs_feature": null,
          "path": null,
          "quantile": "p95",
          "reason": "p95 −9.97 % against legacy, between −9.97 % and −9.97 % (301 requests of the candidate, 4,000 requests of legacy); surely below 5 %",
          "state": "passed",
          "upper": -0.0996982391913741,
          "verdict": "passed"
        },
        {
          "assurance": null,
          "baseline": null,
          "events": null,
          "kind": "dwell",
          "limit": 24.0,
          "lower": null,
          "measured": 1.0,
          "n": 0,
          "needs": {
            "clean_requests": null,
            "requests": null,
            "seconds": 82800,
            "seconds_at_present_traffic": null
          },
          "needs_feature": null,
          "path": null,
          "quantile": null,
          "reason": "1 of 24 h have passed; 23 h are left",
          "state": "not_enough_evidence",
          "upper": null,
          "verdict": "inconclusive"
        },
        {
          "assurance": null,
          "baseline": null,
          "events": null,
          "kind": "freshness",
          "limit": 15.0,
          "lower": null,
          "measured": 0.0,
          "n": 0,
          "needs": null,
          "needs_feature": null,
          "path": null,
          "quantile": null,
          "reason": "the newest data are 0 s old, at most 15 min were asked for",
          "state": "passed",
          "upper": null,
          "verdict": "passed"
        }
      ],
      "entered_at": "2026-01-05T10:30:30Z",
      "evidence_digest": "sha256:…",
      "feature": "kimi",
      "migration": "files",
      "next_change": {
        "reason": "dwell: 1 of 24 h have passed; 23 h are left",
        "seconds": 82800
      },
      "percentage": 1,
      "policy_version": 1,
      "refusals": [
        "error rate inconclusive: 1 error in 301 requests: 0.332 % measured, between 0.00315 % and 2.16 %; not yet surely below 1 %; 373 more requests without an error would show it, about 75 min at the present traffic",
        "time in the stage inconclusive: 1 of 24 h have passed; 23 h are left"
      ],
      "sign_offs": {
        "given": [
          {
            "at": "2026-01-05T11:30:30Z",
            "capacity": "manager",
            "comment": "seen",
            "decision": "approved",
            "evidence_digest": "…",
            "id": "…",
            "policy_version": 1,
            "report_digest": "…",
            "reviewer": "token:of grace",
            "stage": "1%",
            "standing": {
              "state": "counts"
            },
            "tool": null
          }
        ],
        "required": {
          "manager": 1,
          "tool": 0
        }
      },
      "stage": "1%",
      "state": "not_enough_evidence",
      "verdict": "inconclusive"
    }
    "#);
}

#[tokio::test]
async fn no_data_stale_not_enough_failed_and_passed_are_five_different_things() {
    let team = Team::advanced(1).await;
    assert_eq!(state(&team).await, ["no_data", "inconclusive"]);
    team.served(10, 10).await;
    assert_eq!(state(&team).await, ["not_enough_evidence", "inconclusive"]);
    team.wait(15 * 60 + 1);
    assert_eq!(state(&team).await, ["stale", "inconclusive"]);
    team.wait(24 * 3_600);
    team.served(4_000, 400).await;
    assert_eq!(state(&team).await, ["passed", "passed"]);
    team.failed(40).await;
    assert_eq!(state(&team).await, ["failed", "failed"]);
}

#[tokio::test]
async fn what_was_counted_before_the_stage_was_entered_is_no_evidence_of_it() {
    let team = Team::advanced(1).await;
    team.wait(60);
    team.failed(50).await;
    let n = async || team.gate().await["criteria"][0]["n"].take();
    assert_eq!(n().await, 50);
    // In the same minute the stage is entered anew.
    let body = json!({"reason": "mended"});
    team.engineer.post("/api/v1/features/kimi/restart-stage", &body).await.json(200);
    assert_eq!((n().await, state(&team).await), (json!(0), [json!("no_data"), json!("inconclusive")]));
    team.served(5, 7).await;
    assert_eq!(n().await, 7);
    team.wait(5 * 3_600);
    team.served(5, 7).await;
    assert_eq!((n().await, team.gate().await["criteria"][0]["events"].take()), (json!(14), json!(0)));
}

#[tokio::test]
async fn the_stage_clock_stands_still_while_the_percentage_is_not_in_effect() {
    let team = Team::advanced(1).await;
    let dwell = async || {
        let gate = team.gate().await;
        let criterion = gate["criteria"].as_array().unwrap().iter().find(|it| it["kind"] == "dwell").unwrap().clone();
        (criterion["measured"].as_f64().unwrap(), criterion["reason"].as_str().unwrap().to_owned())
    };
    let patch = async |uri: &str, body: Value| {
        crate::deciding::ask(&team.engineer, "PATCH", uri, &[], &body).await.json(200);
    };
    let (kimi, files) = ("/api/v1/features/kimi", "/api/v1/migrations/files");
    team.wait(3_600);
    let ran = |hours: u8| format!("{hours} of 24 h have passed; {} h are left", 24 - hours);
    assert_eq!(dwell().await, (1.0, ran(1)));
    for (stop, start, why) in [
        ((kimi, json!({"enabled": false})), (kimi, json!({"enabled": true})), "the feature is off"),
        (
            (files, json!({"candidate_enabled": false})),
            (files, json!({"candidate_enabled": true})),
            "the migration’s candidate switch is off",
        ),
    ] {
        let before = dwell().await.0;
        patch(stop.0, stop.1).await;
        team.wait(3_600);
        let (hours, reason) = dwell().await;
        assert!(reason.ends_with(&format!("and the clock stands still: {why}")), "{reason}");
        assert!((hours - before).abs() < 1e-9, "{hours}");
        patch(start.0, start.1).await;
    }
    team.set(0.5).await.json(200);
    team.wait(3_600);
    assert!(dwell().await.1.ends_with("the clock stands still: 0.5 % is in effect, and the stage asks 1 %"));
    team.set(1.0).await.json(200);
    team.wait(3_600);
    assert_eq!(dwell().await, (2.0, ran(2)));
}
