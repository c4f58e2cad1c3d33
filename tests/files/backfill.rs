//! Taking over what only legacy has.

use axum::body::Body;
use axum::http::Request;
use crossfade::domain::backfill::BackfillState;
use crossfade::domain::feature::Switch;
use crossfade::server::files::faulty::Odds;
use crossfade::server::workers::files::tick;
use serde_json::json;

use crate::place::{Place, kimi};

async fn begin(place: &Place) -> serde_json::Value {
    let request = Request::post("/api/v1/files/backfill").header("content-type", "application/json");
    place.send(request, json!({"feature": "kimi"}).to_string()).await.json(202)
}

/// With files in the legacy folder that nobody has a record of.
async fn with_old_files() -> Place {
    let place = Place::new().await;
    for number in 0..45 {
        let folder = place.folder.path().join(format!("legacy/2019/{}", number % 3));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("report {number}.pdf")), format!("content {number}")).unwrap();
    }
    place
}

#[tokio::test]
async fn files_that_lay_there_before_get_a_record_and_a_checked_copy() {
    let place = with_old_files().await;
    let known = place.upload("content 1").await.unwrap();
    assert_eq!(place.get("/api/v1/files/backfill").await.json(200), json!([]));
    assert_eq!(begin(&place).await["state"], "adopting");
    while tick(place.files()).await.is_ok() {
        if place.get("/api/v1/files/backfill").await.json(200)[0]["state"] == "complete" {
            break;
        }
    }
    let progress = place.get("/api/v1/files/backfill").await.json(200)[0].clone();
    assert_eq!((&progress["adopted"], &progress["failed"]), (&json!(45), &json!(0)), "{progress}");
    place.drain().await;
    let listed = place.get("/api/v1/files?limit=100").await.json(200);
    assert_eq!(listed["files"].as_array().unwrap().len(), 46);
    place.set_percentage(100).await;
    for file in listed["files"].as_array().unwrap() {
        assert_eq!(file["candidate"]["state"], "present");
        if file["id"] == known.as_str() {
            continue;
        }
        assert_eq!(file["mime_type"], "application/pdf");
        let number = file["original_name"].as_str().unwrap().replace("report ", "").replace(".pdf", "");
        let answer = place.get(&format!("/api/v1/files/{}/content", file["id"].as_str().unwrap())).await;
        assert_eq!(answer.header("x-crossfade-path"), "candidate");
        assert_eq!(answer.body.as_deref(), Some(format!("content {number}").as_bytes()));
    }
    // Once more there is nothing to do.
    begin(&place).await;
    tick(place.files()).await.unwrap();
    assert_eq!(place.get("/api/v1/files/backfill").await.json(200)[0]["adopted"], 0);
}

#[tokio::test]
async fn a_backfill_waits_while_the_candidate_is_off_and_goes_on_where_it_was() {
    let place = with_old_files().await;
    begin(&place).await;
    let step = async || place.files().step_backfill(&kimi()).await.unwrap().unwrap();
    assert_eq!(step().await.state, BackfillState::Copying);
    assert_eq!(step().await.copied, 20);
    place.switch_candidate(Switch::Off).await;
    for _ in 0..2 {
        let waiting = step().await;
        assert_eq!((waiting.state, waiting.copied), (BackfillState::Waiting, 20));
    }
    place.switch_candidate(Switch::On).await;
    assert_eq!(step().await.copied, 40);
    assert_eq!(step().await.copied, 45);
    assert_eq!(step().await.state, BackfillState::Complete);
    assert_eq!(place.files().step_backfill(&kimi()).await.unwrap(), None);
}

#[tokio::test]
async fn what_could_not_be_copied_is_counted_and_left_to_the_queue() {
    let place = with_old_files().await;
    begin(&place).await;
    place.faults[1].set(Odds { error: 1.0, ..Odds::default() });
    let mut last = None;
    while let Some(progress) = place.files().step_backfill(&kimi()).await.unwrap() {
        last = Some(progress);
    }
    let last = last.unwrap();
    assert_eq!((last.state, last.copied, last.failed), (BackfillState::Complete, 0, 45));
    assert!(last.last_error.unwrap().contains("injected"));
    place.faults[1].set(Odds::default());
    place.drain().await;
    let listed = place.get("/api/v1/files?limit=100").await.json(200);
    assert!(listed["files"].as_array().unwrap().iter().all(|file| file["candidate"]["state"] == "present"));
}

#[tokio::test]
async fn a_backfill_of_no_feature_is_refused() {
    let place = Place::new().await;
    let post = || Request::post("/api/v1/files/backfill").header("content-type", "application/json");
    for body in [r#"{"feature":"none"}"#, r#"{"feature":"No Key"}"#] {
        place.send(post(), body).await.problem(422);
    }
    place.send(post(), Body::from("{}")).await.problem(400);
}
