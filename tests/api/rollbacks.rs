//! Rollbacks: what they do, that nothing stands in their way, and the proof that they took effect.

use crossfade::server::store::StoreError;
use crossfade::server::workers::rollbacks;
use serde_json::{Value, json};

use crate::deciding::{Team, ask, refusals};
use crate::stores::{Obstacle, Obstructed};

fn gradual(target: u8) -> Value {
    json!({"kind": "gradual", "feature": "kimi", "target": target, "reason": "errors"})
}

fn of_feature() -> Value {
    json!({"kind": "feature", "feature": "kimi"})
}

fn id(rollback: &Value) -> String {
    rollback["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_feature_rollback_is_off_and_at_0_and_made_once() {
    let team = Team::advanced(2).await;
    let made = team.roll_back(of_feature()).await;
    let rollback = made.json(201);
    assert_eq!(made.header("location"), format!("/api/v1/rollbacks/{}", id(&rollback)));
    let told = ["kind", "feature", "target", "progress", "actor", "reason"].map(|name| &rollback[name]);
    assert_eq!(json!(told), json!(["feature", "kimi", 0, "in_effect", "token:of mary", "rolled back"]));
    assert_eq!(rollback["covered"], json!([{"feature": "kimi", "from": 10}]));
    let kimi = team.kimi().await;
    assert_eq!([&kimi["enabled"], &kimi["stage"], &kimi["configured"]], [&json!(false), &json!("shadow"), &json!(0)]);
    assert_eq!(team.told(1).await, ["rollback.feature"]);

    let before = team.untouched().await;
    assert_eq!(team.roll_back(of_feature()).await.json(200), rollback);
    assert_eq!(team.untouched().await, before);
    // Somebody switches it on: then it is something to roll back again.
    ask(&team.engineer, "PATCH", "/api/v1/features/kimi", &[], &json!({"enabled": true})).await.json(200);
    assert_ne!(id(&team.roll_back(of_feature()).await.json(201)), id(&rollback));
}

#[tokio::test]
async fn an_unknown_feature_migration_or_rollback_is_an_error_and_never_silence() {
    let team = Team::new().await;
    let before = team.untouched().await;
    for body in [
        json!({"kind": "feature", "feature": "kim"}),
        json!({"kind": "feature", "feature": "Not A Key"}),
        json!({"kind": "gradual", "feature": "kim", "target": 0}),
        json!({"kind": "emergency", "migration": "file"}),
    ] {
        team.roll_back(body).await.problem(404);
    }
    ask(&team.engineer, "DELETE", "/api/v1/rollbacks/none", &[], &json!({})).await.problem(404);
    team.app.get("/api/v1/rollbacks/none").await.problem(404);
    assert_eq!(team.untouched().await, before);
}

#[tokio::test]
async fn a_gradual_rollback_steps_down_by_plan_and_clock() {
    let team = Team::advanced(3).await;
    let rollback = team.roll_back(gradual(15)).await.json(201);
    assert_eq!([&rollback["progress"], &rollback["proof"]], [&json!("stepping"), &Value::Null]);
    let steps: Vec<&Value> = rollback["steps"].as_array().unwrap().iter().map(|step| &step["percentage"]).collect();
    assert_eq!(json!(steps), json!([40, 30, 20, 15]));
    assert_eq!(team.state().await, json!(["50%", 40, 40]));
    for (refused, expected) in [
        (team.roll_back(gradual(5)).await, "a gradual rollback to 15 % is under way; cancel it first"),
        (team.set(41.0).await, "a gradual rollback to 15 % is under way; cancel it first"),
        (team.advance().await, "a gradual rollback to 15 % is under way; cancel it first"),
    ] {
        assert_eq!(refusals(&refused), [expected]);
    }

    team.wait(300);
    // Decisions follow the plan before the worker has written the step down.
    assert_eq!(team.state().await, json!(["50%", 40, 30]));
    team.tick().await;
    assert_eq!(team.state().await, json!(["50%", 30, 30]));
    let before = team.untouched().await;
    team.tick().await;
    assert_eq!(team.untouched().await, before, "a step is made once");
    let next = team.rollback(&id(&rollback)).await["next_step"].take();
    assert_eq!(next, json!({"at": "2026-01-05T10:40:30Z", "percentage": 20}));

    team.wait(3_600);
    team.tick().await;
    assert_eq!(team.state().await, json!(["50%", 15, 15]));
    let rollback = team.rollback(&id(&rollback)).await;
    assert_eq!([&rollback["progress"], &rollback["next_step"]], [&json!("in_effect"), &Value::Null]);
    assert_eq!(team.told(3).await, ["rollback.step", "rollback.step", "rollback.gradual"]);
    // The steps are the program's; who asked for them may not sign off what they entered.
    assert_eq!(team.events().await.last().unwrap().actor.as_str(), "system");
    assert_eq!(
        refusals(&team.roll_back(gradual(15)).await),
        ["a rollback leads down: 15 % is not below the present 15 %"]
    );
}

#[tokio::test]
async fn what_is_lowered_by_hand_is_not_raised_by_the_plan() {
    let team = Team::advanced(3).await;
    let rollback = team.roll_back(gradual(10)).await.json(201);
    team.set(5.0).await.json(200);
    for _ in 0..3 {
        team.wait(300);
        team.tick().await;
        assert_eq!(team.state().await, json!(["50%", 5, 5]));
    }
    assert_eq!(team.rollback(&id(&rollback)).await["progress"], "in_effect");
    assert_eq!(team.told(1).await, ["rollback.in_effect"]);
    team.events().await;
}

#[tokio::test]
async fn a_rollback_of_one_step_is_in_effect_at_once() {
    let team = Team::advanced(2).await;
    let body = json!({"kind": "gradual", "feature": "kimi", "target": 2, "step": 50.5, "interval_seconds": 1});
    assert_eq!(team.roll_back(body).await.json(201)["progress"], "in_effect");
    assert_eq!(team.state().await, json!(["10%", 2, 2]));
}

#[tokio::test]
async fn a_complete_feature_is_rolled_back_into_its_last_stage() {
    let team = Team::advanced(5).await;
    assert_eq!(team.state().await, json!(["complete", 100, 100]));
    team.roll_back(gradual(0)).await.json(201);
    assert_eq!(team.state().await, json!(["100%", 90, 90]));
}

#[tokio::test]
async fn a_rollback_is_verified_by_a_minute_in_which_the_candidate_served_nothing() {
    let team = Team::advanced(2).await;
    let rollback = team.roll_back(of_feature()).await.json(201);
    let proof = async || {
        team.tick().await;
        team.rollback(&id(&rollback)).await["proof"]["state"].take()
    };
    team.wait(600);
    assert_eq!(proof().await, "no_traffic");
    team.served(10, 2).await;
    team.wait(60);
    assert_eq!(proof().await, "not_yet_seen");
    team.served(10, 0).await;
    assert_eq!(proof().await, "not_yet_seen", "the minute has not passed");
    let told = team.events().await.len();
    team.wait(60);
    assert_eq!(proof().await, "verified");
    // The rollback was at 10:30:30, and the clean minute began eleven minutes later, at 10:41.
    let found = team.rollback(&id(&rollback)).await;
    assert_eq!(found["proof"], json!({"state": "verified", "at": "2026-01-05T10:42:00Z", "after_seconds": 690}));
    assert_eq!(found["progress"], "verified");
    assert_eq!(team.events().await.len(), told + 1);
    let event = team.events().await.pop().unwrap();
    assert_eq!((event.action.as_str(), &event.after["after_seconds"]), ("rollback.verified", &json!(690)));
    assert_eq!(event.reason, "the candidate served nothing more in the minute before 10:42 UTC");
    // What comes later does not take the proof away.
    team.served(0, 10).await;
    team.wait(120);
    assert_eq!(proof().await, "verified");
}

#[tokio::test]
async fn a_rollback_that_goes_further_pre_empts_a_gradual_one() {
    for body in [of_feature(), json!({"kind": "emergency"})] {
        let team = Team::advanced(3).await;
        let first = team.roll_back(gradual(10)).await.json(201);
        let second = team.roll_back(body).await.json(201);
        assert_eq!(team.rollback(&id(&first)).await["progress"], "pre_empted");
        assert_eq!(team.rollback(&id(&second)).await["progress"], "in_effect");
        team.wait(3_600);
        let before = team.untouched().await;
        team.tick().await;
        assert_eq!(team.untouched().await, before, "a pre-empted rollback makes no steps");
        assert_eq!(team.state().await, json!(["shadow", 0, 0]));
        let cancelled =
            ask(&team.engineer, "DELETE", &format!("/api/v1/rollbacks/{}", id(&first)), &[], &json!({})).await;
        assert_eq!(refusals(&cancelled), ["this rollback has no steps left to cancel"]);
    }
}

#[tokio::test]
async fn a_gradual_rollback_is_cancelled_between_two_steps_and_only_there() {
    let team = Team::advanced(3).await;
    let rollback = team.roll_back(gradual(10)).await.json(201);
    let uri = format!("/api/v1/rollbacks/{}", id(&rollback));
    let cancel = async || ask(&team.engineer, "DELETE", &uri, &[], &json!({})).await;
    // The worker has not written the second step down: it counts all the same.
    team.wait(300);
    let cancelled = cancel().await.json(200);
    assert_eq!([&cancelled["progress"], &cancelled["ended_by"]], [&json!("cancelled"), &json!("token:of mary")]);
    assert_eq!(team.state().await, json!(["50%", 30, 30]));
    assert_eq!(refusals(&cancel().await), ["this rollback has no steps left to cancel"]);
    team.wait(3_600);
    let before = team.untouched().await;
    team.tick().await;
    assert_eq!(team.untouched().await, before);
    assert_eq!(team.told(1).await, ["rollback.cancelled"]);

    // One that has reached its target by the clock is over, written down or not.
    let rollback = team.roll_back(gradual(10)).await.json(201);
    team.wait(3_600);
    let uri = format!("/api/v1/rollbacks/{}", id(&rollback));
    let late = ask(&team.engineer, "DELETE", &uri, &[], &json!({})).await;
    assert_eq!(refusals(&late), ["this rollback has no steps left to cancel"]);
    team.tick().await;
    assert_eq!(team.state().await, json!(["10%", 10, 10]));
    let done = team.roll_back(of_feature()).await.json(201);
    let uri = format!("/api/v1/rollbacks/{}", id(&done));
    assert_eq!(refusals(&ask(&team.engineer, "DELETE", &uri, &[], &json!({})).await).len(), 1);
}

#[tokio::test]
async fn a_restart_in_the_middle_catches_up_in_one_move() {
    let team = Team::advanced(3).await;
    let rollback = team.roll_back(gradual(0)).await.json(201);
    let Team { app, engineer, manager } = team;
    // Whoever could still ask would keep it from stopping.
    drop((engineer, manager));
    let app = app.restarted().await;
    app.advance(chrono::TimeDelta::seconds(12 * 60));
    let kimi = app.get("/api/v1/features/kimi").await.json(200);
    assert_eq!([&kimi["configured"], &kimi["effective"]], [&json!(40), &json!(20)]);
    rollbacks::tick(&app.application.state).await.unwrap();
    let history = app.get("/api/v1/features/kimi/history?limit=2").await.json(200);
    let told: Vec<_> = history["changes"].as_array().unwrap().iter().map(|it| [&it["from"], &it["to"]]).collect();
    assert_eq!(json!(told), json!([[40, 20], [50, 40]]), "one move");
    app.advance(chrono::TimeDelta::hours(1));
    rollbacks::tick(&app.application.state).await.unwrap();
    let found = app.get(&format!("/api/v1/rollbacks/{}", id(&rollback))).await.json(200);
    assert_eq!(found["progress"], "in_effect");
    assert_eq!(app.get("/api/v1/features/kimi").await.json(200)["configured"], 0);
}

#[tokio::test]
async fn an_emergency_takes_everything_back_at_once_and_once() {
    let team = Team::advanced(3).await;
    team.app.post("/api/v1/migrations", &json!({"slug": "more", "name": "More"})).await.json(201);
    team.app.post("/api/v1/features", &json!({"migration": "more", "key": "far"})).await.json(201);
    let fallback = json!({"fallback_to_legacy": false});
    ask(&team.engineer, "PATCH", "/api/v1/migrations/files", &[], &fallback).await.json(200);

    let one = json!({"kind": "emergency", "migration": "files", "reason": "all is on fire"});
    let made = team.roll_back(one.clone()).await.json(201);
    assert_eq!(made["covered"], json!([{"feature": "kimi", "from": 50}, {"feature": "smart_handler", "from": 0}]));
    let switches = async |slug: &str| {
        let migration = team.app.get(&format!("/api/v1/migrations/{slug}")).await.json(200);
        json!([migration["candidate_enabled"], migration["fallback_to_legacy"]])
    };
    assert_eq!((switches("files").await, switches("more").await), (json!([false, true]), json!([true, true])));
    assert_eq!(team.state().await, json!(["shadow", 0, 0]));
    assert_eq!(team.roll_back(one.clone()).await.json(200), made, "made once");

    // Of everything: what is down already is covered and not changed again.
    let everything = json!({"kind": "emergency"});
    let before = team.kimi().await["version"].take();
    let of_all = team.roll_back(everything.clone()).await.json(201);
    assert_eq!(of_all["covered"].as_array().unwrap().len(), 3);
    assert_eq!(team.kimi().await["version"], before);
    assert_eq!(switches("more").await, json!([false, true]));
    assert_eq!(id(&team.roll_back(everything).await.json(200)), id(&of_all));
    assert_eq!(id(&team.roll_back(one.clone()).await.json(200)), id(&made));
    // An advance past the gate raises it again, and the cord works again.
    team.overrides().await;
    assert_eq!(team.state().await, json!(["1%", 1, 0]));
    assert_ne!(id(&team.roll_back(one).await.json(201)), id(&made));
    assert_eq!(team.state().await, json!(["shadow", 0, 0]));
    team.events().await;
}

#[tokio::test]
async fn an_emergency_without_anything_to_take_back_says_so() {
    let team = Team::of(crate::app::TestApp::empty().await).await;
    let refused = team.roll_back(json!({"kind": "emergency"})).await;
    assert_eq!(refusals(&refused), ["there is no migration that could be rolled back"]);
}

#[tokio::test]
async fn nothing_that_cannot_be_read_of_the_traffic_stands_in_the_way_of_a_rollback() {
    for body in [of_feature(), gradual(0), json!({"kind": "emergency"})] {
        let (app, store) = Obstructed::app().await;
        let team = Team::of(app).await;
        for _ in 0..3 {
            team.overrides().await;
        }
        store.put_up(Obstacle::Rollups(|| StoreError::Corrupt {
            table: "observation_minutes",
            column: "latency",
            detail: "spoilt".to_owned(),
        }));
        let steps = team.roll_back(body.clone()).await.json(201)["progress"] == "stepping";
        if steps {
            // Neither does it keep the steps of a gradual one from being made.
            team.wait(3_600);
            rollbacks::tick(&team.app.application.state).await.unwrap();
        }
        assert!(rollbacks::tick(&team.app.application.state).await.is_err(), "the proof cannot be looked for");
        store.take_down();
        assert_eq!(team.state().await, json!(["shadow", 0, 0]), "{body}");
    }
}

#[tokio::test]
async fn two_who_roll_back_at_once_roll_back_once() {
    let team = Team::advanced(3).await;
    let (one, other) = tokio::join!(team.roll_back(of_feature()), team.roll_back(of_feature()));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    let ids = [one, other].map(|answer| serde_json::from_slice::<Value>(&answer.body).unwrap()["id"].take());
    assert_eq!(ids[0], ids[1]);
}
