//! Sign-offs over REST: who may give one, what it is bound to, and what it still counts for.

use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::deciding::{Team, ask, program_of, refusals};

const SIGN_OFFS: &str = "/api/v1/features/kimi/sign-offs";
const NONE: &str = "needs 1 sign-off by a manager, has 0";

/// In the stage `1%` with a gate that has passed.
async fn passed() -> Team {
    let team = Team::advanced(1).await;
    team.wait(24 * 3_600);
    team.served(4_000, 400).await;
    team
}

async fn standings(team: &Team) -> Value {
    let gate = team.gate().await;
    gate["sign_offs"]["given"].as_array().unwrap().iter().map(|given| given["standing"]["state"].clone()).collect()
}

#[tokio::test]
async fn a_sign_off_keeps_what_the_reviewer_saw() {
    let team = passed().await;
    let tool = json!({"name": "codereview", "reference": "https://example.org/7", "remaining": 17});
    let body = json!({"decision": "approved", "comment": "fine", "tool": tool});
    let answer = ask(&team.manager, "POST", SIGN_OFFS, &[], &body).await;
    let given = answer.json(201);
    let told = ["decision", "capacity", "reviewer", "comment", "stage", "tool"].map(|name| &given[name]);
    assert_eq!(json!(told), json!(["approved", "tool", "token:of grace", "fine", "1%", tool]));
    assert_eq!(given["report"]["verdict"], "passed");
    assert_eq!(given["report"]["evidence_digest"], given["evidence_digest"]);
    let seen = team.app.get(answer.header("location")).await.json(200);
    team.failed(300).await;
    assert_eq!(team.app.get(answer.header("location")).await.json(200)["report"], seen["report"]);
    assert_eq!(seen["report"], given["report"]);
    team.app.get("/api/v1/sign-offs/none").await.problem(404);
}

#[tokio::test]
async fn nobody_signs_off_a_stage_that_they_entered() {
    let team = passed().await;
    // The admin let it into its stage; the admin's token is the admin.
    let before = team.untouched().await;
    let refused = team.sign_off(&team.admin().await, "approved").await;
    let own = "user:admin entered this stage, and no one signs off a stage that they entered";
    assert_eq!(refusals(&refused), [own]);
    assert_eq!(team.untouched().await, before);
    team.sign_off(&team.admin().await, "rejected").await.json(201);
    // Their own rejection they cannot lift, another admin can.
    assert_eq!(refusals(&team.sign_off(&team.admin().await, "approved").await), [own]);
    team.sign_off(&team.manager, "approved").await.json(201);
    assert_eq!(refusals(&team.advance().await).len(), 1);
    let root = program_of(&team.app, "root", Role::Admin, "read,sign_off").await;
    team.sign_off(&root, "approved").await.json(201);
    team.app.create_user("eve", Role::Admin).await;
    let eve = team.app.signed_in("eve").await;
    team.sign_off(&eve, "approved").await.json(201);
    team.advance().await.json(200);
}

#[tokio::test]
async fn a_tools_approval_is_no_managers() {
    let team = passed().await;
    let body = json!({"decision": "approved", "tool": {"name": "codereview"}});
    for by in [&team.manager, &team.admin().await] {
        ask(by, "POST", SIGN_OFFS, &[], &body).await.json(201);
    }
    assert_eq!(refusals(&team.advance().await), [NONE]);
}

#[tokio::test]
async fn a_rejection_blocks_until_its_reviewer_approves() {
    let team = passed().await;
    let joan = program_of(&team.app, "joan", Role::Manager, "read,sign_off").await;
    team.sign_off(&joan, "approved").await.json(201);
    team.sign_off(&team.manager, "rejected").await.json(201);
    let lifts = "rejected by token:of grace; a newer approval by the same reviewer or by an admin lifts it";
    assert_eq!(refusals(&team.advance().await), [lifts]);
    team.sign_off(&joan, "approved").await.json(201);
    assert_eq!(refusals(&team.advance().await), [lifts]);
    team.sign_off(&team.manager, "approved").await.json(201);
    assert_eq!(standings(&team).await, json!(["superseded", "superseded", "counts", "counts"]));
    team.advance().await.json(200);
    // In the next stage all of them are of the past.
    assert_eq!(standings(&team).await, json!([]));
    let rows = team.app.get(SIGN_OFFS).await.json(200);
    assert!(rows.as_array().unwrap().iter().all(|row| row["standing"].is_null()), "{rows}");
    assert_eq!(rows.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn an_approval_falls_with_the_evidence_and_comes_back_with_it() {
    let team = passed().await;
    team.sign_off(&team.manager, "approved").await.json(201);
    team.failed(3).await;
    let refused = refusals(&team.advance().await);
    assert!(refused[0].starts_with("error rate inconclusive: "), "{refused:?}");
    assert_eq!(refused[1..], [NONE]);
    let why = team.gate().await["sign_offs"]["given"][0]["standing"].take();
    assert_eq!(why, json!({"state": "void", "because": "error rate had passed and is inconclusive now"}));
    team.served(0, 4_000).await;
    assert_eq!(standings(&team).await, json!(["counts"]));
    team.advance().await.json(200);
}

#[tokio::test]
async fn a_stage_entered_anew_asks_for_everything_anew() {
    let team = passed().await;
    team.sign_off(&team.manager, "approved").await.json(201);
    let body = json!({"reason": "a new build"});
    team.engineer.post("/api/v1/features/kimi/restart-stage", &body).await.json(200);
    let refused = refusals(&team.advance().await);
    assert_eq!((refused.len(), refused.last().unwrap().as_str()), (5, NONE), "{refused:?}");
    assert_eq!(standings(&team).await, json!([]));
}

#[tokio::test]
async fn a_complete_feature_has_nothing_to_sign_off() {
    let team = Team::advanced(5).await;
    assert_eq!(refusals(&team.sign_off(&team.manager, "approved").await), ["the feature is complete"]);
}

#[tokio::test]
async fn a_rejection_given_as_an_advance_is_made_stops_it_or_comes_too_late() {
    for _ in 0..5 {
        let team = passed().await;
        let joan = program_of(&team.app, "joan", Role::Manager, "read,sign_off").await;
        team.sign_off(&team.manager, "approved").await.json(201);
        let (rejected, advanced) = tokio::join!(team.sign_off(&joan, "rejected"), team.advance());
        let told: Vec<String> = team.told(2).await;
        match (rejected.status.as_u16(), advanced.status.as_u16()) {
            // The rejection was there first.
            (201, 409 | 412) => assert_eq!(told[0], "sign_off.rejected"),
            // The stage that it was of had been left.
            (412, 200) => assert_eq!(told[0], "feature.advanced"),
            // It was told only after, of the next stage.
            (201, 200) => assert_eq!(told, ["sign_off.rejected", "feature.advanced"]),
            other => panic!("{other:?}"),
        }
    }
}
