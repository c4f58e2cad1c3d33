//! The whole way of a feature by the default policy: from shadow to complete in a fortnight, every gate with its evidence.

use serde_json::json;

use crate::deciding::{Team, refusals};

const HOUR: i64 = 3_600;

#[tokio::test]
async fn a_feature_goes_from_shadow_to_complete_by_the_default_policy_in_a_fortnight() {
    let team = Team::new().await;
    let no_sign_off = "needs 1 sign-off by a manager, has 0";
    // (stage, hours, comparisons, legacy's requests, candidate's requests, what is unmet at first)
    for (stage, percent, hours, comparisons, legacy, candidate, unmet) in [
        ("shadow", 0, 24, 200, 100, 0, &["comparisons", "shadow error rate", "discrepancy rate"][..]),
        ("1%", 1, 24, 0, 400, 400, &["error rate", "latency degradation"]),
        ("10%", 10, 72, 0, 400, 800, &["error rate", "latency degradation"]),
        ("50%", 50, 72, 0, 400, 2_000, &["error rate", "latency degradation"]),
        ("100%", 100, 48, 0, 0, 4_000, &["error rate", "latency degradation"]),
    ] {
        assert_eq!(team.state().await, json!([stage, percent, percent]));
        let refused = refusals(&team.advance().await);
        assert_eq!(json!(refused), team.gate().await["refusals"], "{stage}");
        let mut expected = unmet.to_vec();
        expected.extend(["time in the stage", "fresh data"]);
        for (refusal, what) in refused.iter().zip(&expected) {
            assert!(refusal.starts_with(&format!("{what} inconclusive: ")), "{stage}: {refusal}");
        }
        assert_eq!((refused.len(), refused.last().unwrap().as_str()), (expected.len() + 1, no_sign_off), "{refused:?}");

        // An hour before its time it has all the evidence, and an early approval helps no one past the clock.
        team.wait((hours - 1) * HOUR);
        if comparisons > 0 {
            team.compared(comparisons).await;
        }
        team.served(legacy, candidate).await;
        let refused = refusals(&team.advance().await);
        assert!(refused[0].starts_with("time in the stage inconclusive: "), "{refused:?}");
        assert_eq!(refused[1..], [no_sign_off]);

        team.wait(HOUR);
        team.served(1, 1).await;
        assert_eq!(refusals(&team.advance().await), [no_sign_off], "{stage}");
        let gate = team.gate().await;
        assert_eq!([&gate["verdict"], &gate["can_advance"]], [&json!("passed"), &json!(false)]);
        if stage == "100%" {
            let criteria = gate["criteria"].as_array().unwrap();
            let degradation = criteria.iter().find(|it| it["kind"] == "latency_degradation").unwrap();
            let baseline = degradation["baseline"].as_str().unwrap();
            assert!(baseline.starts_with("frozen at 50% on 2026-01-"), "{baseline}");
            assert_eq!(degradation["n"], 402, "as many as legacy had at 50 %");
        }
        team.sign_off(&team.manager, "approved").await.json(201);
        assert_eq!([&team.gate().await["can_advance"], &team.gate().await["refusals"]], [&json!(true), &json!([])]);
        team.wait(2 * HOUR);
        // Nothing came for two hours: what was signed off has gone stale.
        let refused = refusals(&team.advance().await);
        assert!(refused[0].starts_with("fresh data inconclusive: "), "{refused:?}");
        assert_eq!(refused[1..], [no_sign_off]);
        team.served(1, 1).await;
        team.advance().await.json(200);
    }
    assert_eq!(team.state().await, json!(["complete", 100, 100]));
    assert_eq!(refusals(&team.advance().await), ["the feature is complete"]);
    team.app.get("/api/v1/features/kimi/gate").await.problem(404);

    let history = team.app.get("/api/v1/features/kimi/history").await.json(200);
    let changes = history["changes"].as_array().unwrap();
    let told: Vec<_> =
        changes.iter().rev().map(|change| [&change["kind"], &change["stage"], &change["has_evidence"]]).collect();
    let expected = json!([
        ["created", "shadow", false],
        ["advanced", "1%", true],
        ["advanced", "10%", true],
        ["advanced", "50%", true],
        ["advanced", "100%", true],
        ["completed", "complete", true],
    ]);
    assert_eq!(json!(told), expected);
    assert_eq!(team.told(3).await, ["feature.completed", "sign_off.approved", "feature.advanced"]);

    // Back from complete, the stage is held against the same frozen legacy.
    team.set(99.0).await.json(200);
    team.set(100.0).await.json(200);
    assert_eq!(team.state().await, json!(["100%", 100, 100]));
    team.served(0, 4_000).await;
    let gate = team.gate().await;
    let degradation = gate["criteria"].as_array().unwrap().iter().find(|it| it["kind"] == "latency_degradation");
    assert!(degradation.unwrap()["baseline"].as_str().unwrap().starts_with("frozen at 50% on"), "{degradation:?}");
}
