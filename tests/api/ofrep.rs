//! OFREP as clients ask it: what they are told, in the form that each of them needs, and what they may send.

use axum::body::Body;
use axum::http::{Method, Request, header};
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::domain::feature_key::FeatureKey;
use crossfade::domain::path::Path;
use crossfade::facade::{DecisionSource as _, Undecided};
use crossfade::server::events::catch_up;
use crossfade::server::store::StoreError;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{TestApp, Visitor, bearer, post};
use crate::deciding::{Team, ask};
use crate::stores::{Obstacle, Obstructed};

const FLAGS: &str = "/ofrep/v1/evaluate/flags";

fn of(unit: &str) -> Value {
    json!({"context": {"targetingKey": unit, "plan": {"paid": [true]}}})
}

async fn flag(app: &TestApp, key: &str, body: &Value) -> Answer {
    app.post(&format!("{FLAGS}/{key}"), body).await
}

/// `kimi` at 1 %, into which `user57` falls.
async fn at_1_percent() -> Team {
    Team::advanced(1).await
}

#[tokio::test]
async fn a_flag_has_value_variant_reason_and_what_they_follow_from() {
    let team = at_1_percent().await;
    let app = &team.app;
    insta::assert_json_snapshot!(flag(app, "kimi", &of("user123")).await.json(200), @r#"
    {
      "key": "kimi",
      "metadata": {
        "bucket": 6532,
        "fallback": true,
        "percentage": 1,
        "stage": "1%"
      },
      "reason": "SPLIT",
      "value": false,
      "variant": "legacy"
    }
    "#);
    insta::assert_json_snapshot!(flag(app, "kimi.shadow", &of("user123")).await.json(200), @r#"
    {
      "key": "kimi.shadow",
      "metadata": {
        "bucket": 4445,
        "sampleRate": 0.05,
        "stage": "1%"
      },
      "reason": "SPLIT",
      "value": false,
      "variant": "off"
    }
    "#);
    insta::assert_json_snapshot!(flag(app, "smart_handler", &json!({})).await.json(200), @r#"
    {
      "key": "smart_handler",
      "metadata": {
        "fallback": true,
        "percentage": 0,
        "stage": "shadow"
      },
      "reason": "STATIC",
      "value": false,
      "variant": "legacy"
    }
    "#);
    team.overrides().await;
    team.overrides().await;
    team.overrides().await;
    let everyone = flag(app, "kimi", &json!({"context": null})).await.json(200);
    let told = ["value", "variant", "reason"].map(|name| &everyone[name]);
    assert_eq!(json!(told), json!([true, "candidate", "STATIC"]));
    assert!(everyone["metadata"].get("bucket").is_none(), "{everyone}");
}

#[tokio::test]
async fn a_switch_is_in_effect_with_the_answer_that_set_it() {
    let team = at_1_percent().await;
    let asked = async || {
        let told = flag(&team.app, "kimi", &of("user123")).await.json(200);
        json!([told["value"], told["reason"], told["metadata"]["percentage"]])
    };
    assert_eq!(asked().await, json!([false, "SPLIT", 1]));
    team.set(0.5).await.json(200);
    assert_eq!(asked().await, json!([false, "SPLIT", 0.5]));
    let off = json!({"candidate_enabled": false, "reason": "trouble"});
    ask(&team.engineer, "PATCH", "/api/v1/migrations/files", &[], &off).await.json(200);
    assert_eq!(asked().await, json!([false, "DISABLED", 0]));
}

#[tokio::test]
async fn a_gradual_rollback_goes_on_by_the_clock_and_not_by_its_worker() {
    let team = Team::advanced(3).await;
    let percentage = async || flag(&team.app, "kimi", &of("u")).await.json(200)["metadata"]["percentage"].clone();
    assert_eq!(percentage().await, 50);
    let gradual = json!({"kind": "gradual", "feature": "kimi", "target": 0, "reason": "errors"});
    team.roll_back(gradual).await.json(201);
    assert_eq!(percentage().await, 40);
    team.app.advance(TimeDelta::minutes(5));
    assert_eq!(percentage().await, 30);
}

#[tokio::test]
async fn every_error_says_what_is_wrong_with_a_code_that_clients_know() {
    let team = at_1_percent().await;
    let long = "x".repeat(257);
    for (key, body, status, code) in [
        ("kimi", "", 400, "PARSE_ERROR"),
        ("kimi", "{", 400, "PARSE_ERROR"),
        ("kimi", "[]", 400, "PARSE_ERROR"),
        ("kimi", "\"kimi\"", 400, "PARSE_ERROR"),
        ("kimi", "\u{feff}{}", 400, "PARSE_ERROR"),
        ("kimi", r#"{"context":{},"context":{}}"#, 400, "PARSE_ERROR"),
        ("kimi", r#"{"context":"user123"}"#, 400, "INVALID_CONTEXT"),
        ("kimi", r#"{"context":[1]}"#, 400, "INVALID_CONTEXT"),
        ("kimi", r#"{"context":{"targetingKey":7}}"#, 400, "INVALID_CONTEXT"),
        ("kimi", r#"{"context":{"targetingKey":{"id":7}}}"#, 400, "INVALID_CONTEXT"),
        ("kimi", &of(&long).to_string(), 400, "INVALID_CONTEXT"),
        ("kimi", "{}", 400, "TARGETING_KEY_MISSING"),
        ("kimi", r#"{"context":{}}"#, 400, "TARGETING_KEY_MISSING"),
        ("kimi", r#"{"context":{"targetingKey":""}}"#, 400, "TARGETING_KEY_MISSING"),
        ("kimi", r#"{"context":{"targetingKey":null}}"#, 400, "TARGETING_KEY_MISSING"),
        ("kimi.shadow", "{}", 400, "TARGETING_KEY_MISSING"),
        ("kimi", &format!(r#"{{"context":{{"x":"{}"}}}}"#, "x".repeat(70_000)), 413, "GENERAL"),
        ("kim", "{}", 404, "FLAG_NOT_FOUND"),
        ("KIMI", "{}", 404, "FLAG_NOT_FOUND"),
        (".shadow", "{}", 404, "FLAG_NOT_FOUND"),
        ("kimi.shadow.shadow", "{}", 404, "FLAG_NOT_FOUND"),
        ("a/b", "{}", 404, "FLAG_NOT_FOUND"),
        ("kimi/", "{}", 404, "FLAG_NOT_FOUND"),
        ("", "{}", 404, "FLAG_NOT_FOUND"),
        ("../flags/kimi", "{}", 404, "FLAG_NOT_FOUND"),
        ("a%20b%2Fc%00", "{}", 404, "FLAG_NOT_FOUND"),
        ("%", "{}", 404, "FLAG_NOT_FOUND"),
        ("%ff", "{}", 404, "FLAG_NOT_FOUND"),
        ("%F0%9F%A6%80", "{}", 404, "FLAG_NOT_FOUND"),
    ] {
        let answer = team.app.post_with(&format!("{FLAGS}/{key}"), &[], body.to_owned()).await;
        let failure = answer.json(status);
        assert_eq!(failure["errorCode"], code, "{key} {body}: {failure}");
        assert!(failure["key"].is_string() && !failure["errorDetails"].as_str().unwrap().is_empty(), "{failure}");
    }
    let told = team.app.post(&format!("{FLAGS}/a%2Fb"), &json!({})).await.json(404);
    assert_eq!((&told["key"], &told["errorDetails"]), (&json!("a/b"), &json!("there is no flag \"a/b\"")));
    for body in ["", "[]", r#"{"context":1}"#] {
        assert!(team.app.post_with(FLAGS, &[], body).await.json(400)["errorCode"].is_string());
    }
}

#[tokio::test]
async fn a_token_comes_either_way_and_a_cookie_counts_for_nothing() {
    let app = TestApp::with_features().await;
    let asked = async |visitor: &Visitor| visitor.post(&format!("{FLAGS}/kimi"), &of("u")).await;
    let key = |token: &str| app.anonymous().with("x-api-key".parse().unwrap(), token);
    asked(&key(&app.token)).await.json(200);
    asked(&app.with_token("evaluate").await).await.json(200);
    let forbidden = asked(&app.with_token("read").await).await;
    insta::assert_json_snapshot!(forbidden.json(403), @r#"
    {
      "errorCode": "GENERAL",
      "errorDetails": "this needs the permission evaluate",
      "key": "kimi"
    }
    "#);
    let admin = app.as_role(Role::Admin).await;
    for nobody in [app.anonymous(), key("cf_wrong"), key(""), admin] {
        let answer = asked(&nobody).await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.json(401)["key"], "kimi");
    }
    // As a browser sends it from another site.
    let cross_site = app.anonymous().with(header::ORIGIN, "https://shop.example.com");
    let cross_site = cross_site.with("sec-fetch-site".parse().unwrap(), "cross-site");
    asked(&cross_site.clone().with("x-api-key".parse().unwrap(), &app.token)).await.json(200);
    asked(&cross_site.with(header::AUTHORIZATION, &bearer(&app.token))).await.json(200);
}

#[tokio::test]
async fn all_flags_are_told_with_those_that_have_no_value() {
    let team = at_1_percent().await;
    let answer = team.app.post(FLAGS, &json!({})).await;
    let mut all = answer.json(200);
    let uri = all["eventStreams"][0]["endpoint"]["requestUri"].take();
    assert!(uri.as_str().unwrap().starts_with("/ofrep/v1/events?ticket="), "{uri}");
    insta::assert_json_snapshot!(all, @r#"
    {
      "eventStreams": [
        {
          "endpoint": {
            "requestUri": null
          },
          "inactivityDelaySec": 120,
          "type": "sse"
        }
      ],
      "flags": [
        {
          "errorCode": "TARGETING_KEY_MISSING",
          "errorDetails": "between 0 % and 100 % a decision sticks to a unit, and none was named",
          "key": "kimi"
        },
        {
          "errorCode": "TARGETING_KEY_MISSING",
          "errorDetails": "between 0 % and 100 % a decision sticks to a unit, and none was named",
          "key": "kimi.shadow"
        },
        {
          "key": "smart_handler",
          "metadata": {
            "fallback": true,
            "percentage": 0,
            "stage": "shadow"
          },
          "reason": "STATIC",
          "value": false,
          "variant": "legacy"
        },
        {
          "errorCode": "TARGETING_KEY_MISSING",
          "errorDetails": "between 0 % and 100 % a decision sticks to a unit, and none was named",
          "key": "smart_handler.shadow"
        }
      ],
      "metadata": {
        "provider": "crossfade"
      }
    }
    "#);
}

#[tokio::test]
async fn all_flags_are_told_anew_only_when_a_value_changed() {
    let team = at_1_percent().await;
    let asked = async |unit: &str, known: &str| {
        team.app.post_with(FLAGS, &[("if-none-match", known)], of(unit).to_string()).await
    };
    let first = team.app.post(FLAGS, &of("user123")).await;
    let etag = first.header("etag").to_owned();
    assert!(etag.len() == 66 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    for known in [&etag, &format!("W/{etag}"), &format!("\"other\", {etag}"), "*"] {
        let same = asked("user123", known).await;
        assert_eq!((same.status.as_u16(), same.body.len(), same.header("etag")), (304, 0, etag.as_str()));
    }
    assert_eq!(asked("user123", "\"other\"").await.status, 200);
    assert_eq!(asked("user456", &etag).await.status, 200);
    team.set(0.5).await.json(200);
    let changed = asked("user123", &etag).await;
    assert_ne!(changed.header("etag"), etag);
    // A client that is told to ask again must be given another ticket before its own is over.
    let etag = changed.header("etag").to_owned();
    assert_eq!(asked("user123", &etag).await.status, 304);
    team.app.advance(TimeDelta::hours(1));
    assert_eq!(asked("user123", &etag).await.status, 200);
}

#[tokio::test]
async fn evaluations_go_on_while_the_store_does_not_answer() {
    let (app, store) = Obstructed::app().await;
    flag(&app, "kimi", &of("u")).await.json(200);
    store.put_up(Obstacle::Reads(|| StoreError::Unavailable(sqlx::Error::PoolTimedOut)));
    flag(&app, "kimi", &of("u")).await.json(200);
    app.advance(TimeDelta::hours(3));
    flag(&app, "kimi", &of("u")).await.json(200);
    // Who was never seen cannot be looked up.
    let stranger = post(&format!("{FLAGS}/kimi"), &[("authorization", "Bearer cf_x")], "{}");
    let answer = app.anonymous().send(stranger).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.json(503)["errorCode"], "GENERAL");
}

#[tokio::test]
async fn a_token_that_was_revoked_or_expired_evaluates_no_more() {
    let app = TestApp::with_features().await;
    let admin = app.as_role(Role::Admin).await;
    let made = async |name: &str| {
        let fields = [("name", name), ("scopes", "evaluate"), ("expires_in_days", "1")];
        let token =
            admin.post_form("/panel/create-token", &fields).await.json(200)["token"].as_str().unwrap().to_owned();
        app.anonymous().with(header::AUTHORIZATION, &bearer(&token))
    };
    let status = async |program: &Visitor| program.post(&format!("{FLAGS}/kimi"), &of("u")).await.status.as_u16();
    let (revoked, expired) = (made("one").await, made("two").await);
    assert_eq!((status(&revoked).await, status(&expired).await), (200, 200));
    let tokens = admin.get("/panel/tokens").await.json(200);
    let one = tokens["tokens"].as_array().unwrap().iter().find(|token| token["name"] == "one").unwrap();
    let fields = [("id", &*one["id"].to_string())];
    assert_eq!(admin.post_form("/panel/revoke-token", &fields).await.status, 200);
    assert_eq!((status(&revoked).await, status(&expired).await), (401, 200));
    app.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    assert_eq!(status(&expired).await, 200);
    app.advance(TimeDelta::milliseconds(1));
    assert_eq!(status(&expired).await, 401);
}

#[tokio::test]
async fn pages_of_other_origins_may_ask_where_they_are_allowed_to() {
    let mut app = TestApp::with_features().await;
    let preflight = |origin: &str| {
        let request = Request::builder().method(Method::OPTIONS).uri(format!("{FLAGS}/kimi"));
        let request = request.header("origin", origin).header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "authorization,content-type").body(Body::empty()).unwrap()
    };
    let allowed = |answer: &Answer| answer.header("access-control-allow-origin").to_owned();
    let shop = "https://shop.example.com";
    assert_eq!(allowed(&app.anonymous().send(preflight(shop)).await), "");
    app.allow_origins(&[shop, "http://localhost:8080"]);
    for (origin, expected) in [(shop, shop), ("https://evil.example.com", ""), ("null", "")] {
        let answer = app.anonymous().send(preflight(origin)).await;
        assert_eq!(allowed(&answer), expected);
        let headers = answer.header("access-control-allow-headers").to_owned();
        assert!(["authorization", "x-api-key", "if-none-match"].iter().all(|name| headers.contains(name)), "{headers}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let answer = app.post_with(FLAGS, &[("origin", origin)], "{}").await;
        assert_eq!((answer.status.as_u16(), allowed(&answer).as_str()), (200, expected));
        assert!(answer.header("access-control-expose-headers").contains("etag"), "{answer:?}");
    }
    // Nothing else of the program is for them.
    let answer = app.send(Request::get("/api/v1/features").header("origin", shop).body(Body::empty()).unwrap()).await;
    assert_eq!(allowed(&answer), "");
}

#[tokio::test]
async fn the_same_engine_decides_for_this_program_and_says_how_old_its_knowledge_is() {
    let (app, store) = Obstructed::app().await;
    let decisions = app.application.state.decisions.clone();
    let key = |key: &str| FeatureKey::parse(key).unwrap();
    assert_eq!(decisions.known_at(), None);
    assert_eq!(decisions.decide(&key("kimi"), None).await.unwrap().path, Path::Legacy);
    assert_eq!(decisions.decide(&key("kim"), None).await, Err(Undecided::UnknownFeature));
    app.execute("UPDATE features SET basis_points = 5000, stage = '50%'").await;
    decisions.refresh().await.unwrap();
    assert_eq!(decisions.decide(&key("kimi"), None).await, Err(Undecided::TargetingKeyMissing));
    let known = app.now();
    assert_eq!(decisions.known_at(), Some(known));
    app.advance(TimeDelta::seconds(10));
    store.put_up(Obstacle::Reads(|| StoreError::Unavailable(sqlx::Error::PoolTimedOut)));
    catch_up(&app.application.state).await.unwrap_err();
    assert_eq!(decisions.known_at(), Some(known));
    store.take_down();
    catch_up(&app.application.state).await.unwrap();
    assert_eq!(decisions.known_at(), Some(app.now()));
}
