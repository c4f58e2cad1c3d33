//! Files over HTTP: in, out and gone, and what cannot be taken.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crossfade::server::store::FileQuery;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::place::{MOST, Place};

fn hex(content: &[u8]) -> String {
    crossfade::domain::file::Checksum::of_digest(Sha256::digest(content).into()).as_str().to_owned()
}

/// Nothing was kept, on neither side and in no record.
async fn is_empty(place: &Place) {
    let query = FileQuery { with_deleted: true, limit: 10, ..FileQuery::default() };
    assert_eq!(place.application.state.store.files(&query).await.unwrap(), []);
    for folder in ["legacy", "unified", "incoming"] {
        let mut left = vec![place.folder.path().join(folder)];
        while let Some(folder) = left.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                assert!(entry.file_type().unwrap().is_dir(), "{} was left", entry.path().display());
                left.push(entry.path());
            }
        }
    }
}

#[tokio::test]
async fn a_file_goes_in_is_there_on_both_sides_comes_out_and_is_gone() {
    let place = Place::new().await;
    let content = "Grüße ".repeat(10_000);
    let uri = "/api/v1/files?feature=kimi&unit=user123&name=gr%C3%BC%C3%9Fe.txt&metadata=%7B%22a%22:1%7D";
    let digest = format!("sha-512=:AA==:, sha-256=:{}:", STANDARD.encode(Sha256::digest(&content)));
    let request = Request::post(uri).header("content-digest", digest);
    let answer = place.send(request, content.clone()).await;
    let result = answer.json(201);
    let reference = &result["file_reference"];
    let id = reference["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/files/{id}"));
    assert_eq!((&result["success"], &result["error"]), (&json!(true), &json!(null)));
    assert!(result["duration_ms"].as_f64().unwrap() >= 0.0 && result["operation_id"].is_string());
    assert_eq!(reference["original_name"], "grüße.txt");
    assert_eq!((&reference["mime_type"], &reference["provider"]), (&json!("text/plain"), &json!("folder")));
    assert_eq!((&reference["size"], &reference["metadata"]), (&json!(content.len()), &json!({"a": 1})));
    assert_eq!(reference["sha256"], hex(content.as_bytes()));

    place.drain().await;
    let known = place.get(&format!("/api/v1/files/{id}")).await.json(200);
    assert_eq!((&known["legacy"]["state"], &known["candidate"]["state"]), (&json!("present"), &json!("present")));
    assert_eq!(known["feature"], "kimi");
    let listed = place.get("/api/v1/files?feature=kimi").await.json(200);
    assert_eq!(listed, json!({"files": [known], "next": null}));
    assert_eq!(place.get("/api/v1/files/tasks").await.json(200), json!([]));

    let uri = format!("/api/v1/files/{id}/content");
    for (percentage, path) in [(0, "legacy"), (100, "candidate")] {
        place.set_percentage(percentage).await;
        let answer = place.send(Request::get(&uri).header("accept-encoding", "gzip, br"), Body::empty()).await;
        assert_eq!((answer.status, answer.header("x-crossfade-path")), (200, path));
        assert_eq!(answer.body.as_deref(), Some(content.as_bytes()));
        assert_eq!(answer.header("content-length"), content.len().to_string());
        assert_eq!(answer.header("content-type"), "text/plain");
        let disposition = "inline; filename=\"gr__e.txt\"; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt";
        assert_eq!(answer.header("content-disposition"), disposition);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-checksum-sha256"), hex(content.as_bytes()));
    }

    let deleted = place.send(Request::delete(format!("/api/v1/files/{id}")), Body::empty()).await.json(200);
    assert_eq!(deleted["success"], true);
    for uri in [uri, format!("/api/v1/files/{id}")] {
        place.get(&uri).await.problem(404);
    }
    place.send(Request::delete(format!("/api/v1/files/{id}")), Body::empty()).await.problem(404);
    place.drain().await;
    let store = &place.application.state.store;
    let query = FileQuery { with_deleted: true, limit: 10, ..FileQuery::default() };
    assert!(store.files(&query).await.unwrap()[0].deleted_at.is_some());
    for side in ["legacy", "unified"] {
        let left = walk(&place.folder.path().join(side));
        assert_eq!(left, [""; 0], "{side}");
    }
}

/// The names of all files below `folder`.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.file_name().into_string().unwrap());
        }
    }
    found
}

#[tokio::test]
async fn files_with_the_same_content_are_one_object_until_the_last_is_deleted() {
    let place = Place::new().await;
    place.set_percentage(100).await;
    let ids = [place.upload("same").await.unwrap(), place.upload("same").await.unwrap()];
    place.drain().await;
    assert_eq!(walk(&place.folder.path().join("unified")).len(), 1);
    assert_eq!(walk(&place.folder.path().join("legacy")).len(), 2);
    place.files().delete(&ids[0], None).await.unwrap();
    place.drain().await;
    let answer = place.get(&format!("/api/v1/files/{}/content", ids[1])).await;
    assert_eq!((answer.body.as_deref(), answer.header("x-crossfade-path")), (Some(&b"same"[..]), "candidate"));
    place.files().delete(&ids[1], None).await.unwrap();
    place.drain().await;
    assert_eq!(walk(&place.folder.path().join("unified")).len(), 0);
}

#[tokio::test]
async fn what_cannot_be_taken_is_told_and_leaves_nothing() {
    let place = Place::new().await;
    let long = "a".repeat(256);
    for (query, header, pointer) in [
        ("feature=kimi&name=..%2Fetc%2Fpasswd", None, "/name"),
        ("feature=kimi&name=a%5Cb", None, "/name"),
        ("feature=kimi&name=..", None, "/name"),
        ("feature=kimi&name=a%00b", None, "/name"),
        ("feature=kimi&name=a%0Ab", None, "/name"),
        ("feature=kimi&name=", None, "/name"),
        (&format!("feature=kimi&name={long}"), None, "/name"),
        ("feature=none&name=a", None, "/feature"),
        ("feature=No%20Key&name=a", None, "/feature"),
        ("feature=kimi&name=a&unit=", None, "/unit"),
        ("feature=kimi&name=a&metadata=[]", None, "/metadata"),
        (&format!("feature=kimi&name=a&metadata=%7B%22a%22:%22{}%22%7D", "x".repeat(4_096)), None, "/metadata"),
        ("feature=kimi&name=a", Some(("content-type", "not a type")), "/headers/content-type"),
        ("feature=kimi&name=a", Some(("x-checksum-sha256", "abc")), "/headers/x-checksum-sha256"),
        ("feature=kimi&name=a", Some(("content-digest", "sha-256=abc")), "/headers/content-digest"),
        ("feature=kimi&name=a", Some(("content-digest", "sha-256=:YWJj:")), "/headers/content-digest"),
    ] {
        let mut request = Request::post(format!("/api/v1/files?{query}"));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let problem = place.send(request, "content").await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem}");
    }
    for query in ["", "feature=kimi", "name=a"] {
        place.send(Request::post(format!("/api/v1/files?{query}")), "content").await.problem(400);
    }
    let post = || Request::post("/api/v1/files?feature=kimi&name=a");
    place.send(post().header("content-encoding", "gzip"), "content").await.problem(415);
    let wrong = post().header("x-checksum-sha256", hex(b"other"));
    assert_eq!(place.send(wrong, "content").await.problem(422)["type"], "/problems/checksum-mismatch");
    let large = usize::try_from(MOST).unwrap() + 1;
    place.send(post(), vec![0; large]).await.problem(413);
    place.send(post().header("content-length", large), "content").await.problem(413);
    let broken = Body::from_stream(futures::stream::iter([
        Ok(Bytes::from_static(b"the first half")),
        Err(std::io::Error::other("the line broke")),
    ]));
    let detail = place.send(post(), broken).await.problem(400)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("cut off"), "{detail}");
    is_empty(&place).await;
    for id in ["none", "..%2F..%2Fetc%2Fpasswd", "0199a1b2-0000-7000-8000-000000000000"] {
        place.get(&format!("/api/v1/files/{id}")).await.problem(404);
        place.get(&format!("/api/v1/files/{id}/content")).await.problem(404);
        place.send(Request::delete(format!("/api/v1/files/{id}")), Body::empty()).await.problem(404);
    }
    place.get("/api/v1/files?limit=0").await.problem(422);
    place.get("/api/v1/files?feature=none").await.problem(422);
}

#[tokio::test]
async fn files_are_listed_page_by_page() {
    let place = Place::new().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(place.upload(format!("{number}")).await.unwrap().0);
    }
    let (mut listed, mut after) = (Vec::new(), String::new());
    loop {
        let page = place.get(&format!("/api/v1/files?limit=3{after}")).await.json(200);
        listed.extend(page["files"].as_array().unwrap().iter().map(|file| file["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(listed, ids);
}

#[tokio::test]
async fn what_is_spoilt_on_one_side_is_answered_by_the_other_and_mended() {
    let place = Place::new().await;
    place.set_percentage(100).await;
    let small = place.upload("small").await.unwrap();
    let large: Vec<u8> = vec![7; 2 << 20];
    let id = place.upload(large.clone()).await.unwrap();
    place.drain().await;
    for file in [&small, &id] {
        let record = place.files().record(file).await.unwrap();
        let path = place.folder.path().join("unified").join(&record.candidate.provider_id);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let answer = place.get(&format!("/api/v1/files/{small}/content")).await;
    assert_eq!((answer.body.as_deref(), answer.header("x-crossfade-path")), (Some(&b"small"[..]), "legacy"));
    // A large one is found out on its way, and never comes whole.
    assert_eq!(place.get(&format!("/api/v1/files/{id}/content")).await.body, None);
    tokio::task::yield_now().await;
    place.drain().await;
    for (file, content) in [(&small, b"small".to_vec()), (&id, large)] {
        let answer = place.get(&format!("/api/v1/files/{file}/content")).await;
        assert_eq!((answer.body.as_deref(), answer.header("x-crossfade-path")), (Some(&content[..]), "candidate"));
    }
}
