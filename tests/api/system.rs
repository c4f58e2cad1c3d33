//! `/system` and what the status document says of the machine.

use chrono::TimeDelta;
use crossfade::domain::instance::{FilePlaces, Instance, InstanceId};
use crossfade::domain::lease::{Claim, Lease};
use crossfade::server::workers::retention::{Progress, tick};
use crossfade::server::workers::system::disk;

use crate::app::TestApp;

#[tokio::test]
async fn the_page_tells_what_is_in_use_and_what_is_kept() {
    let app = TestApp::with_features().await;
    let viewer = app.as_role(crossfade::domain::access::Role::Viewer).await;
    let before = viewer.get("/system").await;
    let text = before.page(200);
    for words in ["not measured", "Not cleaned up yet", "Rows and sizes were not looked at yet"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    tick(&app.application.state, &mut Progress::default()).await.unwrap();
    let after = viewer.get("/system").await;
    let text = after.page(200);
    for words in [
        "Store connections",
        "Ingest queue",
        "30 days",
        "365 days",
        "Last cleaned up",
        "settings",
        "history",
        "href=\"/system\"",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[tokio::test]
async fn the_page_tells_of_instances_and_as_of_when_they_decide() {
    let app = TestApp::with_features().await;
    let (state, now) = (&app.application.state, app.now());
    assert!(app.get("/system").await.page(200).contains("No instance has told of itself yet"));
    for (id, name, started, decided, place) in [
        ("a", "one:3000", 7_300, 0, "here"),
        ("b", "two:3000", 7_200, 35, "here"),
        ("c", "three:3000", 900, 400, "here"),
        ("d", "three:3000", 300, 1, "here"),
        ("e", "four:3000", 200, 2, "there"),
    ] {
        let ago = |seconds: i64| now - TimeDelta::seconds(seconds);
        let (decisions_at, files) = (Some(ago(decided)), Some(FilePlaces(place.to_owned())));
        let (id, name, version) = (InstanceId(id.to_owned()), name.to_owned(), "1.2.3".to_owned());
        let instance =
            Instance { id, name, version, started_at: ago(started), seen_at: ago(decided), decisions_at, files };
        state.store.note_instance(&instance).await.unwrap();
    }
    let lease = Lease { holder: Some(InstanceId("a".to_owned())), term: 1, renewal: 0 };
    let claim = Claim { expected: state.store.lease().await.unwrap(), next: lease };
    assert!(state.store.claim_lease(&claim).await.unwrap());
    let page = app.get("/system").await;
    let text = page.page(200);
    let rows: Vec<&str> = text.split("<tr>").filter(|row| row.contains(":3000")).collect();
    assert_eq!(rows.len(), 5, "{text}");
    for (row, words) in rows.iter().zip([
        ["one:3000", "in touch", "just now", "decides, and does the timed work; started 2 h ago, version 1.2.3"],
        ["two:3000", "not in touch", "35 s ago", "decides as it last knew, if it is there; started 2 h ago,"],
        ["three:3000", "restarted", "6 min ago", "ended; started 15 min ago,"],
        ["three:3000", "in touch", "1 s ago", "decides; started 5 min ago,"],
        [
            "four:3000",
            "files elsewhere",
            "2 s ago",
            "decides, and serves no files: it keeps them elsewhere than the one",
        ],
    ]) {
        assert!(words.iter().all(|word| row.contains(word)), "{words:?} in {row}");
    }
}

#[tokio::test]
async fn the_status_document_tells_of_disk_and_tasks() {
    let app = TestApp::with_features().await;
    let status = app.get("/monitoring/hybrid-status").await.json(200);
    assert_eq!(status["system"]["disk"], serde_json::Value::Null, "not measured yet");
    assert_eq!(status["system"]["file_tasks"], 0);
}

#[test]
fn a_disk_is_measured_where_the_data_is() {
    let folder = tempfile::tempdir().unwrap();
    let disk_of = disk(folder.path()).unwrap();
    assert!((0.0..=1.0).contains(&disk_of.used) && disk_of.free_bytes > 0, "{disk_of:?}");
    assert_eq!(disk(&folder.path().join("nowhere")), None);
}

#[tokio::test]
async fn the_schema_page_tells_of_migrations_and_drift() {
    let app = TestApp::with_features().await;
    let viewer = app.as_role(crossfade::domain::access::Role::Viewer).await;
    assert!(viewer.get("/system").await.page(200).contains("href=\"/system/schema\""));
    let page = viewer.get("/system/schema").await;
    let text = page.page(200);
    for words in ["Migrations of the schema", "0001 foundation", "applied", "What is there is what the migrations make"]
    {
        assert!(text.contains(words), "{words} in {text}");
    }
}
