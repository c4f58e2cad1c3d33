//! Evidence packs: what is in one, and that it is confirmed by nothing but itself.

use chrono::TimeDelta;
use crossfade::domain::evidence_pack::{Files, Outcome, PackVerdict, file, verify};
use crossfade::server::evidence_pack::read_archive;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::story::Story;

/// The files of the pack at this address.
pub async fn pack(app: &TestApp, query: &str) -> Files {
    let answer = app.get(&format!("/api/v1/features/kimi/evidence.zip{query}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/zip"), "{answer:?}");
    read_archive(&answer.body).unwrap()
}

pub fn document(files: &Files, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap()
}

fn words(verdict: &PackVerdict) -> String {
    let lines = verdict.checks.iter();
    let lines = lines.map(|it| format!("{} {}: {}", it.outcome.in_words(), it.about, it.found));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_pack_of_the_present_gate_is_whole_and_confirmed() {
    let story = Story::told().await;
    let files = pack(&story.app, "").await;
    let mut names: Vec<&str> = files.keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = file::ALL;
    expected.sort_unstable();
    assert_eq!(names, expected);
    let verdict = verify(&files).unwrap();
    assert!(verdict.is_confirmed(), "{}", words(&verdict));
    assert!(verdict.checks.iter().all(|check| check.outcome == Outcome::Ok), "{}", words(&verdict));
    assert_eq!(verdict.subject, "the gate of kimi in stage 1% (migration files), as it was at 2026-01-06 11:33:30 UTC");
    insta::assert_snapshot!(words(&verdict).replace(char::is_numeric, "9"), @"
    ok files: all 9 have the digests that the manifest tells
    ok documents: every document can be read, and says nothing that is not checked
    ok subject: the evidence is of what the manifest tells
    ok series: 9 rows of operations and 9 row of comparisons add up to the evidence
    ok verdict: judged anew, the gate is inconclusive (not enough evidence)
    ok policy: version 9 has the stage that was judged
    ok sign-offs: 9 sign-off, each with the report that follows from what it was given on
    ok audit chain: 9 events, unbroken to the head at event 99
    ok audit events: they tell of 9 sign-off, with their digests
    ");

    let gate = story.app.get("/api/v1/features/kimi/gate").await.json(200);
    let report = document(&files, file::REPORT);
    for field in ["verdict", "evidence_digest", "criteria", "stage", "policy_version"] {
        assert_eq!(report[field], gate[field], "{field}");
    }
    let table = String::from_utf8(files[file::SERIES_TABLE].clone()).unwrap();
    assert!(table.contains("2026-01-06T11:33:00Z,60,\"'=delete, all\",candidate,40,40,0,0,0,"), "{table}");
    let readme = String::from_utf8(files[file::README].clone()).unwrap();
    assert!(readme.contains("crossfade evidence verify FILE") && readme.contains("the gate of kimi"), "{readme}");
    let seen: Vec<Value> = document(&files, file::SIGN_OFFS).as_array().unwrap().clone();
    assert_eq!(seen.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&json!(story.rejection)]);
}

#[tokio::test]
async fn a_pack_is_the_same_as_long_as_nothing_happens() {
    let story = Story::told().await;
    let uri = "/api/v1/features/kimi/evidence.zip";
    let one = story.app.get(uri).await;
    assert_eq!(one.body, story.app.get(uri).await.body);
    assert_eq!(one.header("content-disposition"), "attachment; filename=\"crossfade-evidence-kimi.zip\"");
}

#[tokio::test]
async fn frozen_gates_are_confirmed_long_after() {
    let story = Story::told().await;
    let (advance, approval) = (format!("?change={}", story.advance), format!("?sign_off={}", story.approval));
    for query in [&advance, &approval] {
        let files = pack(&story.app, query).await;
        let verdict = verify(&files).unwrap();
        assert!(verdict.is_confirmed(), "{}", words(&verdict));
        assert_eq!(document(&files, file::MANIFEST)["series"], json!({"extent": "whole"}), "{query}");
    }
    // What came late for the time before, and is not what the gate was judged on.
    story.app.advance(TimeDelta::seconds(10));
    let late = json!([{"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 1.0,
        "at": story.app.ago(600)}]);
    story.app.post("/api/v1/observations", &late).await.json(202);
    story.completed().await;
    for query in [&advance, &approval] {
        let files = pack(&story.app, query).await;
        let verdict = verify(&files).unwrap();
        assert!(verdict.is_confirmed(), "{}", words(&verdict));
        let series = verdict.checks.iter().find(|check| check.about == "series").unwrap();
        assert_eq!(series.outcome, Outcome::NotChecked);
        assert!(series.found.contains("legacy requests: 311 in the series, 310 in the evidence"), "{}", series.found);
    }
    // Those that an admin went past.
    let history = story.app.get("/api/v1/features/kimi/history").await.json(200);
    for change in history["changes"].as_array().unwrap().iter().filter(|it| it["has_evidence"] == true) {
        let verdict = verify(&pack(&story.app, &format!("?change={}", change["id"])).await).unwrap();
        assert!(verdict.is_confirmed(), "{}", words(&verdict));
    }
}

#[tokio::test]
async fn what_there_is_no_pack_of_is_told() {
    let story = Story::told().await;
    let get = async |query: &str| story.app.get(&format!("/api/v1/features/kimi/evidence.zip{query}")).await;
    for query in ["?change=999", "?sign_off=nonsense", "?sign_off="] {
        get(query).await.problem(404);
    }
    assert_eq!(get("?change=x").await.pointers(), ["/change"]);
    assert_eq!(get(&format!("?change={}&sign_off={}", story.advance, story.approval)).await.pointers(), ["/change"]);
    story.app.get("/api/v1/features/nothing/evidence.zip").await.problem(404);
    // Of another feature.
    let other = format!("/api/v1/features/smart_handler/evidence.zip?sign_off={}", story.approval);
    story.app.get(&other).await.problem(404);
    story.completed().await;
    let detail = get("").await.problem(404)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("no gate"), "{detail}");
}
