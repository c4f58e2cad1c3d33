//! `GET /monitoring/hybrid-status`.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::wire::{COMPARISONS, OBSERVATIONS, comparison, observation};

const STATUS: &str = "/monitoring/hybrid-status";

/// The document in the contract (section 7 of the design), and one alert's shape with it.
const CONTRACT: &str = r#"
{"migration":"file-management","at":"…","candidate_enabled":true,"fallback_to_legacy":true,
 "rollout":{"kimi":1,"smart_handler":0},
 "features":{"kimi":{"stage":"1%","configured":1,"effective":1,"observed":0.97,"blocked_by":[],"gate":"inconclusive"},
             "smart_handler":{"stage":"1%","configured":1,"effective":1,"observed":0.97,"blocked_by":[],"gate":"inconclusive"}},
 "shadow_mode":{"enabled":true,"sample_rate":0.05,"comparisons":1234,"errors":12,"discrepancies":5,"error_rate":0.0097,"discrepancy_rate":0.0041},
 "performance":{"window_seconds":3600,"active_units":{"legacy":812,"unified":9},"unified_avg_latency":0.93,"legacy_avg_latency":0.91,"unified_success_rate":0.999,"legacy_success_rate":0.998,
   "unified_p95_latency":1.2,"legacy_p95_latency":1.1,"degradation":0.02,"requests":{"legacy":9000,"unified":91},"fallbacks":1},
 "alerts":[],
 "system":{"cpu":0.12,"memory":0.31,"disk":0.4,"disk_free_bytes":5000000,"file_tasks":0,"notification_queue":0,"store_pool":{"in_use":1,"size":8},"ingest_queue":0}}"#;

/// Every member's path, those of objects within included.
fn members(value: &Value, path: &str, found: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        members(value, &path, found);
        found.push(path);
    }
}

fn all_members(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    members(value, "", &mut found);
    found.sort();
    found
}

/// The document with its fractions rounded, and without what depends on the moment.
fn steady(mut document: Value) -> Value {
    fn round(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => {
                *value = json!((number.as_f64().unwrap() * 1e6).round() / 1e6);
            }
            Value::Array(items) => items.iter_mut().for_each(round),
            Value::Object(members) => members.values_mut().for_each(round),
            _ => {}
        }
    }
    round(&mut document);
    // How many there are is the database's.
    let pool = &mut document["system"]["store_pool"];
    let [in_use, size] = ["in_use", "size"].map(|name| pool[name].as_u64().unwrap());
    assert!(in_use <= size && size > 1, "{pool}");
    *pool = json!({"in_use": "…", "size": "…"});
    document
}

#[tokio::test]
async fn the_status_has_the_fields_of_the_contract_and_no_others() {
    let app = TestApp::with_features().await;
    let expected = all_members(&serde_json::from_str(CONTRACT).unwrap());
    assert_eq!(all_members(&app.get(STATUS).await.json(200)), expected, "without data");
    app.post(OBSERVATIONS, &observation(&json!({"unit": "a"}))).await.json(202);
    assert_eq!(all_members(&app.get(STATUS).await.json(200)), expected, "with data");
}

#[tokio::test]
async fn a_number_without_data_behind_it_is_null() {
    let app = TestApp::with_features().await;
    insta::assert_json_snapshot!(steady(app.get(STATUS).await.json(200)), @r#"
    {
      "alerts": [],
      "at": "2026-01-05T10:30:30Z",
      "candidate_enabled": true,
      "fallback_to_legacy": true,
      "features": {
        "kimi": {
          "blocked_by": [],
          "configured": 0,
          "effective": 0,
          "gate": "inconclusive",
          "observed": null,
          "stage": "shadow"
        },
        "smart_handler": {
          "blocked_by": [],
          "configured": 0,
          "effective": 0,
          "gate": "inconclusive",
          "observed": null,
          "stage": "shadow"
        }
      },
      "migration": "files",
      "performance": {
        "active_units": {
          "legacy": null,
          "unified": null
        },
        "degradation": null,
        "fallbacks": 0,
        "legacy_avg_latency": null,
        "legacy_p95_latency": null,
        "legacy_success_rate": null,
        "requests": {
          "legacy": 0,
          "unified": 0
        },
        "unified_avg_latency": null,
        "unified_p95_latency": null,
        "unified_success_rate": null,
        "window_seconds": 3600
      },
      "rollout": {
        "kimi": 0,
        "smart_handler": 0
      },
      "shadow_mode": {
        "comparisons": 0,
        "discrepancies": 0,
        "discrepancy_rate": null,
        "enabled": true,
        "error_rate": null,
        "errors": 0,
        "sample_rate": 0.05
      },
      "system": {
        "cpu": null,
        "disk": null,
        "disk_free_bytes": null,
        "file_tasks": 0,
        "ingest_queue": 0,
        "memory": null,
        "notification_queue": 0,
        "store_pool": {
          "in_use": "…",
          "size": "…"
        }
      }
    }
    "#);
}

/// An application with something of everything in its last hour, and something that lies before it or belongs to others.
async fn worked_scenario() -> TestApp {
    let app = TestApp::with_features().await;
    let (now, half_an_hour, out) = (app.ago(0), app.ago(1_800), app.ago(3_600));
    let legacy = |ms: u32, unit: &str| observation(&json!({"at": now, "latency_ms": ms, "unit": unit}));
    let candidate = |changes: Value| {
        let mut item = observation(&json!({"path": "candidate", "at": now}));
        item.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        item
    };
    let observations = json!([
        legacy(100, "user1"),
        legacy(200, "user2"),
        legacy(300, "user2"),
        observation(&json!({"at": half_an_hour, "latency_ms": 400, "outcome": "error", "error_kind": "timeout"})),
        observation(&json!({"at": half_an_hour, "latency_ms": 1, "outcome": "caller_error"})),
        observation(&json!({"at": out, "latency_ms": 90_000, "outcome": "error"})),
        candidate(json!({"latency_ms": 50, "unit": "user3"})),
        candidate(json!({"latency_ms": 70, "fallback": true, "outcome": "error"})),
        candidate(json!({"latency_ms": 90, "feature": "smart_handler"})),
    ]);
    assert_eq!(app.post(OBSERVATIONS, &observations).await.json(202)["accepted"], 9);
    let failed = json!({"outcome": "error"});
    let comparisons = json!([
        comparison(&json!({})),
        comparison(&json!({})),
        comparison(&json!({"candidate": {"outcome": "ok", "result": {"size": 11}}})),
        comparison(&json!({"candidate": failed, "at": half_an_hour})),
        comparison(&json!({"legacy": failed})),
        comparison(&json!({"legacy": failed, "candidate": failed, "feature": "smart_handler"})),
        comparison(&json!({"verdict": "comparator_error"})),
        comparison(&json!({"candidate": failed, "at": out})),
    ]);
    assert_eq!(app.post(COMPARISONS, &comparisons).await.json(202)["accepted"], 8);
    app.post("/api/v1/migrations", &json!({"slug": "others", "name": "Others"})).await.json(201);
    app.post("/api/v1/features", &json!({"migration": "others", "key": "other"})).await.json(201);
    app.post(OBSERVATIONS, &observation(&json!({"feature": "other", "unit": "user4"}))).await.json(202);
    app.post(COMPARISONS, &comparison(&json!({"feature": "other"}))).await.json(202);
    app
}

#[tokio::test]
async fn the_status_sums_up_the_last_hour_of_one_migration() {
    let app = worked_scenario().await;
    insta::assert_json_snapshot!(steady(app.get(STATUS).await.json(200)), @r#"
    {
      "alerts": [],
      "at": "2026-01-05T10:30:30Z",
      "candidate_enabled": true,
      "fallback_to_legacy": true,
      "features": {
        "kimi": {
          "blocked_by": [],
          "configured": 0,
          "effective": 0,
          "gate": "inconclusive",
          "observed": 25.0,
          "stage": "shadow"
        },
        "smart_handler": {
          "blocked_by": [],
          "configured": 0,
          "effective": 0,
          "gate": "inconclusive",
          "observed": 100.0,
          "stage": "shadow"
        }
      },
      "migration": "files",
      "performance": {
        "active_units": {
          "legacy": 2,
          "unified": 1
        },
        "degradation": -0.775,
        "fallbacks": 1,
        "legacy_avg_latency": 0.2002,
        "legacy_p95_latency": 0.4,
        "legacy_success_rate": 0.75,
        "requests": {
          "legacy": 5,
          "unified": 3
        },
        "unified_avg_latency": 0.07,
        "unified_p95_latency": 0.09,
        "unified_success_rate": 0.666667,
        "window_seconds": 3600
      },
      "rollout": {
        "kimi": 0,
        "smart_handler": 0
      },
      "shadow_mode": {
        "comparisons": 7,
        "discrepancies": 1,
        "discrepancy_rate": 0.142857,
        "enabled": true,
        "error_rate": 0.285714,
        "errors": 2,
        "sample_rate": 0.05
      },
      "system": {
        "cpu": null,
        "disk": null,
        "disk_free_bytes": null,
        "file_tasks": 0,
        "ingest_queue": 0,
        "memory": null,
        "notification_queue": 0,
        "store_pool": {
          "in_use": "…",
          "size": "…"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn the_window_is_the_present_minute_and_the_fifty_nine_before_it() {
    let app = TestApp::with_features().await;
    let requests = async || app.get(STATUS).await.json(200)["performance"]["requests"]["legacy"].clone();
    app.post(OBSERVATIONS, &observation(&json!({"at": "2026-01-05T09:30:59.999Z"}))).await.json(202);
    assert_eq!(requests().await, 0);
    app.post(OBSERVATIONS, &observation(&json!({"at": "2026-01-05T09:31:00Z"}))).await.json(202);
    assert_eq!(requests().await, 1);
    app.advance(TimeDelta::seconds(30));
    assert_eq!(requests().await, 0);
}

#[tokio::test]
async fn the_status_is_of_the_migration_asked_for_or_of_the_oldest() {
    let app = TestApp::empty().await;
    insta::assert_json_snapshot!(app.get(STATUS).await.problem(404), @r#"
    {
      "detail": "there are no migrations yet",
      "status": 404,
      "title": "not found",
      "type": "/problems/not-found"
    }
    "#);
    for slug in ["zebra", "ant"] {
        app.post("/api/v1/migrations", &json!({"slug": slug, "name": slug})).await.json(201);
        app.advance(TimeDelta::seconds(1));
    }
    for (uri, expected) in [(STATUS, "zebra"), ("/monitoring/hybrid-status?migration=ant", "ant")] {
        assert_eq!(app.get(uri).await.json(200)["migration"], expected);
    }
    for slug in ["nothing", "", "Not+a+slug", "%22"] {
        app.get(&format!("{STATUS}?migration={slug}")).await.problem(404);
    }
    app.get("/monitoring/hybrid-status?migration=ant&migration=zebra").await.problem(400);
}
