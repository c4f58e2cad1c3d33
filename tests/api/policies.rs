//! Policies over REST: new versions, what must fit, and what becomes of the stages under way.

use serde_json::{Value, json};

use crate::deciding::{Team, ask, refusals};

const POLICY: &str = "/api/v1/migrations/files/policy";

async fn policy(team: &Team) -> Value {
    team.app.get(POLICY).await.json(200)["policy"].take()
}

async fn save(team: &Team, policy: &Value) -> crate::answer::Answer {
    ask(&team.engineer, "PUT", POLICY, &[], &json!({"policy": policy, "reason": "we know more"})).await
}

#[tokio::test]
async fn a_policy_is_edited_as_a_new_version() {
    let team = Team::new().await;
    let mut edited = policy(&team).await;
    edited["stages"][0]["criteria"][0]["at_least"] = json!(60);
    let saved = save(&team, &edited).await.json(200);
    let told = ["migration", "version", "actor", "reason"].map(|name| &saved[name]);
    assert_eq!(json!(told), json!(["files", 2, "token:of mary", "we know more"]));
    assert_eq!(policy(&team).await, edited);
    let versions = team.app.get("/api/v1/migrations/files/policies").await.json(200);
    let told: Vec<_> = versions.as_array().unwrap().iter().map(|it| [&it["version"], &it["actor"]]).collect();
    assert_eq!(json!(told), json!([[2, "token:of mary"], [1, "token:everything"]]));
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.action.as_str(), event.policy_version), ("policy.changed", Some(2)));
    assert_eq!(event.before["policy"]["stages"][0]["criteria"][0]["at_least"], 50);
    assert_eq!(event.after["policy"], edited);
    assert_eq!(team.gate().await["policy_version"], 2);
}

#[tokio::test]
async fn a_policy_must_fit_what_is_under_way() {
    let team = Team::advanced(2).await;
    let present = policy(&team).await;
    let changed = |change: fn(&mut Value)| {
        let mut policy = present.clone();
        change(&mut policy);
        policy
    };
    let before = team.untouched().await;
    for (policy, pointer, detail) in [
        (present.clone(), "", "is the policy that is in force already"),
        (
            changed(|policy| policy["stages"][2]["name"] = json!("a tenth")),
            "/stages",
            "feature kimi is in the stage \"10%\", which must stay",
        ),
        (
            changed(|policy| policy["stages"][2]["percentage"] = json!(9)),
            "/stages/2/percentage",
            "feature kimi is in the stage \"10%\" with 10 %; the stage must not have less",
        ),
        (
            changed(|policy| policy["prerequisites"] = json!([{"feature": "kimi", "needs": "none", "stage": "1%"}])),
            "/prerequisites/0/needs",
            "there is no feature none in this migration",
        ),
    ] {
        let problem = save(&team, &policy).await.problem(422);
        let error = &problem["errors"][0];
        assert!(error["pointer"].as_str().unwrap().ends_with(pointer), "{error}");
        assert_eq!(error["detail"], detail);
    }
    assert_eq!(team.untouched().await, before);
    // A complete feature is in no stage that would have to stay.
    for _ in 0..3 {
        team.overrides().await;
    }
    save(&team, &changed(|policy| policy["stages"][2]["name"] = json!("a tenth"))).await.json(200);
}

#[tokio::test]
async fn a_new_policy_voids_approvals_and_the_stage_clock_follows_it() {
    let team = Team::advanced(1).await;
    team.wait(24 * 3_600);
    team.served(4_000, 400).await;
    team.sign_off(&team.manager, "approved").await.json(201);
    let present = policy(&team).await;
    let mut edited = present.clone();
    edited["stages"][1]["percentage"] = json!(2);
    save(&team, &edited).await.json(200);
    assert_eq!(refusals(&team.advance().await), ["needs 1 sign-off by a manager, has 0"]);
    let why = team.gate().await["sign_offs"]["given"][0]["standing"].take();
    assert_eq!(why, json!({"state": "void", "because": "it was given under policy version 1, and 2 applies now"}));

    // The stage asks 2 % now, and 1 % is configured: its time does not run until that is so.
    edited["stages"][1]["criteria"][2]["hours"] = json!(30);
    save(&team, &edited).await.json(200);
    team.wait(10 * 3_600);
    let dwell = async || {
        let gate = team.gate().await;
        gate["criteria"].as_array().unwrap().iter().find(|it| it["kind"] == "dwell").unwrap()["measured"]
            .as_f64()
            .unwrap()
    };
    assert!((dwell().await - 24.0).abs() < 1e-9);
    team.set(2.0).await.json(200);
    team.wait(6 * 3_600);
    team.served(1, 1).await;
    assert!((dwell().await - 30.0).abs() < 1e-9);
    team.sign_off(&team.manager, "approved").await.json(201);
    team.advance().await.json(200);
}

#[tokio::test]
async fn a_prerequisite_holds_a_feature_until_the_other_has_come_far_enough() {
    let team = Team::new().await;
    let mut edited = policy(&team).await;
    edited["prerequisites"] = json!([{"feature": "kimi", "needs": "smart_handler", "stage": "1%"}]);
    save(&team, &edited).await.json(200);
    team.wait(24 * 3_600);
    team.compared(200).await;
    team.sign_off(&team.manager, "approved").await.json(201);
    let refused = refusals(&team.advance().await);
    assert_eq!(refused, ["prerequisite inconclusive: smart_handler has not yet reached 1%: it is in shadow"]);
    let body = json!({"reason": "first", "override": true});
    team.admin().await.post("/api/v1/features/smart_handler/advance", &body).await.json(200);
    team.advance().await.json(200);
}

#[tokio::test]
async fn an_advance_and_a_new_policy_at_once_are_made_one_after_the_other() {
    for _ in 0..5 {
        let team = Team::new().await;
        team.wait(24 * 3_600);
        team.compared(200).await;
        team.sign_off(&team.manager, "approved").await.json(201);
        let mut edited = policy(&team).await;
        edited["stages"][0]["criteria"][0]["at_least"] = json!(1_000);
        let (saved, advanced) = tokio::join!(save(&team, &edited), team.advance());
        saved.json(200);
        let told = team.told(2).await;
        match advanced.status.as_u16() {
            200 => {
                assert_eq!(told, ["policy.changed", "feature.advanced"], "what was decided before is written before");
            }
            409 | 412 => assert_eq!(told[0], "policy.changed"),
            other => panic!("{other}"),
        }
    }
}
