//! Changes made against a version that is not the present one: refused with what was changed, and nothing lost.

use serde_json::json;

use crate::deciding::{Team, ask};

const PERCENTAGE: &str = "/api/v1/features/kimi/percentage";

#[tokio::test]
async fn a_stale_change_is_refused_with_what_was_changed_meanwhile() {
    let team = Team::advanced(2).await;
    let tag = team.app.get("/api/v1/features/kimi").await.header("etag").to_owned();
    assert_eq!(tag, "\"3\"");
    team.set(5.0).await.json(200);
    team.sign_off(&team.manager, "rejected").await.json(201);
    let before = team.untouched().await;
    for (method, uri, body) in [
        ("PUT", PERCENTAGE, json!({"percentage": 1, "reason": "less"})),
        ("POST", "/api/v1/features/kimi/advance", json!({"reason": "on"})),
        ("PATCH", "/api/v1/features/kimi", json!({"enabled": false})),
        ("POST", "/api/v1/features/kimi/restart-stage", json!({"reason": "anew"})),
    ] {
        let problem = ask(&team.engineer, method, uri, &[("if-match", &tag)], &body).await.problem(412);
        assert_eq!(problem["version"], 4, "{uri}");
        let changes = problem["changes"].as_array().unwrap();
        let told: Vec<_> = changes.iter().map(|change| [&change["action"], &change["actor"]]).collect();
        let expected = json!([["sign_off.rejected", "token:of grace"], ["feature.percentage_set", "token:of mary"]]);
        assert_eq!(json!(told), expected);
        assert_eq!([&changes[1]["what"], &changes[1]["reason"]], [&json!("configured 10 → 5"), &json!("by hand")]);
    }
    let review = json!({"decision": "approved"});
    let uri = "/api/v1/features/kimi/sign-offs";
    ask(&team.manager, "POST", uri, &[("if-match", &tag)], &review).await.problem(412);
    assert_eq!(team.untouched().await, before);
    // With the version of now, with any, and without one it is taken.
    for (tag, percentage) in [(Some("\"4\""), 4), (Some("*"), 3), (None, 2)] {
        let headers: Vec<(&str, &str)> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        let body = json!({"percentage": percentage, "reason": "less"});
        let answer = ask(&team.engineer, "PUT", PERCENTAGE, &headers, &body).await;
        assert_eq!(answer.json(200)["configured"], percentage);
        assert_eq!(answer.header("etag"), format!("\"{}\"", 9 - percentage));
    }
    for tag in ["4", "\"four\"", "W/\"4\"", ""] {
        let body = json!({"percentage": 1, "reason": "less"});
        ask(&team.engineer, "PUT", PERCENTAGE, &[("if-match", tag)], &body).await.problem(400);
    }
}

#[tokio::test]
async fn settings_and_policies_have_versions_of_their_own() {
    let team = Team::new().await;
    let files = "/api/v1/migrations/files";
    let off = json!({"candidate_enabled": false, "reason": "hold"});
    ask(&team.engineer, "PATCH", files, &[("if-match", "\"1\"")], &off).await.json(200);
    let on = json!({"candidate_enabled": true, "reason": "go"});
    let problem = ask(&team.engineer, "PATCH", files, &[("if-match", "\"1\"")], &on).await.problem(412);
    assert_eq!(
        [&problem["version"], &problem["changes"][0]["action"]],
        [&json!(2), &json!("migration.settings_changed")]
    );

    let uri = "/api/v1/migrations/files/policy";
    let found = team.app.get(uri).await;
    assert_eq!(found.header("etag"), "\"1\"");
    let mut policy = found.json(200)["policy"].take();
    for version in 1..=3 {
        policy["stages"][0]["sign_offs"]["manager"] = json!(version + 1);
        let body = json!({"policy": policy, "reason": "more eyes"});
        let tag = format!("\"{version}\"");
        let saved = ask(&team.engineer, "PUT", uri, &[("if-match", &tag)], &body).await;
        assert_eq!(
            (saved.json(200)["version"].as_i64(), saved.header("etag")),
            (Some(version + 1), &*format!("\"{}\"", version + 1))
        );
    }
    policy["stages"][0]["sign_offs"]["manager"] = json!(9);
    let body = json!({"policy": policy, "reason": "too late"});
    let problem = ask(&team.engineer, "PUT", uri, &[("if-match", "\"2\"")], &body).await.problem(412);
    // The version is the policy's, whatever that of the migration.
    assert_eq!((&problem["version"], problem["changes"].as_array().unwrap().len()), (&json!(4), 2), "{problem}");
    assert_eq!(team.app.get(uri).await.json(200)["version"], 4);
}

#[tokio::test]
async fn of_two_who_change_the_same_version_at_once_one_is_told_what_the_other_did() {
    for _ in 0..5 {
        let team = Team::advanced(2).await;
        let set = async |percentage: u8| {
            let body = json!({"percentage": percentage, "reason": format!("to {percentage}")});
            ask(&team.engineer, "PUT", PERCENTAGE, &[("if-match", "\"3\"")], &body).await
        };
        let told = team.events().await.len();
        let (one, other) = tokio::join!(set(4), set(5));
        let (done, refused) = if one.status == 200 { (one, other) } else { (other, one) };
        let configured = done.json(200)["configured"].take();
        let problem = refused.problem(412);
        assert_eq!(
            [&problem["version"], &problem["changes"][0]["reason"]],
            [&json!(4), &json!(format!("to {configured}"))]
        );
        assert_eq!(team.kimi().await["configured"], configured);
        assert_eq!(team.events().await.len(), told + 1);
    }
}

#[tokio::test]
async fn a_switch_is_not_refused_because_a_feature_moved_at_the_same_moment() {
    let team = Team::advanced(3).await;
    for round in 0..10 {
        let body = json!({"candidate_enabled": round % 2 == 1, "reason": "hold"});
        let tag = format!("\"{}\"", round + 1);
        let headers = [("if-match", tag.as_str())];
        let (switched, set) = tokio::join!(
            ask(&team.engineer, "PATCH", "/api/v1/migrations/files", &headers, &body),
            team.set(f64::from(40 - round))
        );
        switched.json(200);
        assert!(matches!(set.status.as_u16(), 200 | 412), "{set:?}");
    }
    team.events().await;
}
