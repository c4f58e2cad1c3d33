//! `/system` and what the status document says of the machine.

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
