//! Checks of files: things are broken behind the service's back, found, and mended.

use std::fs::{self, File};
use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::server::files::check::{CheckSettings, tick};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::app::{TestApp, Visitor};

const CONSISTENCY: &str = "/api/v1/files/consistency";

/// An application with files, half an hour after the last of them was written.
struct Files {
    app: TestApp,
    engineer: Visitor,
}

impl Files {
    async fn with(names: &[&str]) -> (Self, Vec<Value>) {
        let app = TestApp::with_files().await;
        let engineer = app.as_role(Role::Engineer).await;
        let files = Self { app, engineer };
        let mut uploaded = Vec::new();
        for name in names {
            uploaded.push(files.upload(name).await);
        }
        files.app.advance(TimeDelta::minutes(30));
        (files, uploaded)
    }

    async fn upload(&self, name: &str) -> Value {
        let uri = format!("/api/v1/files?feature=kimi&name={name}");
        let request =
            Request::post(uri).header("content-type", "text/plain").body(Body::from(name.to_owned())).unwrap();
        let kept = self.app.send(request).await.json(201);
        self.app.application.state.files.as_ref().unwrap().finish().await;
        let id = kept["file_reference"]["id"].as_str().unwrap();
        self.record(id).await
    }

    async fn record(&self, id: &str) -> Value {
        self.app.get(&format!("/api/v1/files/{id}")).await.json(200)
    }

    /// Where `side` keeps a file.
    fn path(&self, side: &str, file: &Value) -> PathBuf {
        self.app.side(side).join(file[side]["provider_id"].as_str().unwrap())
    }

    /// Writes a file past the service, so long ago that nobody can be at it.
    fn write(&self, path: PathBuf, content: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let long_ago = self.app.ago(3_600);
        File::options().append(true).open(path).unwrap().set_modified(long_ago.into()).unwrap();
    }

    async fn check(&self, mode: &str) -> Value {
        let asked = self.engineer.post(&format!("{CONSISTENCY}/checks"), &json!({"mode": mode})).await.json(202);
        self.tick().await;
        let checks = self.view("all").await["checks"].clone();
        assert_eq!(checks[0]["id"], asked["id"]);
        checks[0].clone()
    }

    async fn tick(&self) {
        let settings = CheckSettings { bytes_per_second: None, ..CheckSettings::default() };
        let state = &self.app.application.state;
        tick(state, state.files.as_ref().unwrap(), settings, &CancellationToken::new()).await.unwrap();
    }

    async fn view(&self, state: &str) -> Value {
        self.app.get(&format!("{CONSISTENCY}?state={state}")).await.json(200)
    }

    /// Open findings as `kind side: repairs`, the oldest first.
    async fn open(&self) -> Vec<String> {
        let view = self.view("open").await;
        let told = |it: &Value| {
            let repairs: Vec<&str> = it["repairs"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            let side = it["side"].as_str().unwrap_or("both");
            format!("{} {side}: {}", it["kind"].as_str().unwrap(), repairs.join(" "))
        };
        view["findings"].as_array().unwrap().iter().rev().map(told).collect()
    }

    /// Repairs the only open finding.
    async fn repair(&self, repair: &str, feature: Option<&str>) -> Answer {
        let view = self.view("open").await;
        let [finding] = &view["findings"].as_array().unwrap()[..] else { panic!("one finding: {view}") };
        let body = json!({"repair": repair, "feature": feature, "reason": "it was broken"});
        self.engineer.post(&format!("{CONSISTENCY}/findings/{}/repair", finding["id"]), &body).await
    }

    async fn content(&self, file: &Value) -> String {
        let id = file["id"].as_str().unwrap();
        let answer = self.app.get(&format!("/api/v1/files/{id}/content")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text().to_owned()
    }

    async fn page(&self, uri: &str) -> String {
        let answer = self.engineer.get(uri).await;
        assert_eq!(answer.status, 200, "{uri}: {answer:?}");
        answer.text().to_owned()
    }

    /// What the gate says of consistency.
    async fn gate(&self) -> (String, String) {
        let gate = self.app.get("/api/v1/features/kimi/gate").await.json(200);
        let criteria = gate["criteria"].as_array().unwrap();
        let criterion = criteria.iter().find(|it| it["kind"] == "consistency").unwrap();
        (criterion["verdict"].as_str().unwrap().to_owned(), criterion["reason"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn files_as_they_were_left_are_as_they_should_be() {
    let (files, _) = Files::with(&["a.txt", "b.txt"]).await;
    assert_eq!(files.view("all").await["checks"], json!([]));
    let check = files.check("full").await;
    assert_eq!(
        json!([check["state"], check["records"], check["objects"], check["bytes"], check["found"], check["asked_by"]]),
        json!(["complete", 2, 4, 20, 0, "user:engineer"])
    );
    assert_eq!(files.open().await, [""; 0]);
    assert_eq!(files.check("quick").await["bytes"], 0);
    assert_eq!(files.view("all").await["last_full"]["id"], check["id"]);
}

#[tokio::test]
async fn spoilt_content_is_found_on_either_side_and_copied_from_the_other() {
    for side in ["legacy", "candidate"] {
        let (files, uploaded) = Files::with(&["a.txt"]).await;
        files.write(files.path(side, &uploaded[0]), "b.txt");
        files.check("quick").await;
        assert_eq!(files.open().await, [""; 0], "a byte of {side} is not seen without reading");
        files.check("full").await;
        assert_eq!(files.open().await, [format!("checksum_mismatch {side}: copy")]);

        let repaired = files.repair("copy", None).await.json(200);
        assert_eq!(json!([repaired["closed_by"], repaired["repair"]]), json!(["user:engineer", "copy"]));
        assert_eq!(fs::read_to_string(files.path(side, &uploaded[0])).unwrap(), "a.txt");
        assert_eq!(files.open().await, [""; 0]);
        assert_eq!(files.check("full").await["found"], 0);
    }
}

#[tokio::test]
async fn a_missing_object_is_found_on_either_side_and_copied_from_the_other() {
    for side in ["legacy", "candidate"] {
        let (files, uploaded) = Files::with(&["a.txt"]).await;
        fs::remove_file(files.path(side, &uploaded[0])).unwrap();
        files.check("quick").await;
        assert_eq!(files.open().await, [format!("no_object {side}: copy")]);
        files.repair("copy", None).await.json(200);
        assert_eq!(fs::read_to_string(files.path(side, &uploaded[0])).unwrap(), "a.txt");
        assert_eq!(files.check("full").await["found"], 0);
    }
}

#[tokio::test]
async fn a_file_that_no_side_has_is_deleted_only_by_a_person_who_says_why() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    for side in ["legacy", "candidate"] {
        fs::remove_file(files.path(side, &uploaded[0])).unwrap();
    }
    files.check("full").await;
    assert_eq!(files.open().await, ["no_object legacy: delete_file", "no_object candidate: delete_file"]);
    let id = files.view("open").await["findings"][0]["id"].clone();
    let uri = format!("{CONSISTENCY}/findings/{id}/repair");
    let order = json!({"repair": "delete_file", "reason": "it is lost"});
    let by_program = files.app.post(&uri, &order).await.problem(409);
    assert!(by_program["detail"].as_str().unwrap().contains("a person who is signed in"), "{by_program}");
    let without = files.engineer.post(&uri, &json!({"repair": "delete_file", "reason": " "})).await;
    assert_eq!(without.pointers(), ["/reason"]);
    let other = files.engineer.post(&uri, &json!({"repair": "copy", "reason": "it is lost"})).await.problem(409);
    assert!(other["detail"].as_str().unwrap().contains("what does: delete_file"), "{other}");

    files.engineer.post(&uri, &order).await.json(200);
    files.app.get(&format!("/api/v1/files/{}", uploaded[0]["id"].as_str().unwrap())).await.problem(404);
    let again = files.engineer.post(&uri, &order).await.problem(409);
    assert_eq!(again["detail"], "this finding is closed already");
    // The other finding of the same file went with it.
    files.check("full").await;
    assert_eq!(files.open().await, [""; 0]);
}

#[tokio::test]
async fn a_file_without_a_checksum_gets_the_one_that_its_content_has() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    files.app.execute("UPDATE files SET sha256 = NULL").await;
    files.check("quick").await;
    assert_eq!(files.open().await, ["no_checksum both: record_checksum"]);
    files.repair("record_checksum", None).await.json(200);
    let id = uploaded[0]["id"].as_str().unwrap();
    assert_eq!(files.record(id).await["sha256"], uploaded[0]["sha256"]);
    assert_eq!(files.check("full").await["found"], 0);
}

#[tokio::test]
async fn sides_that_differ_without_a_record_of_which_is_right_are_a_persons_choice() {
    for (repair, kept) in [("keep_legacy", "b.txt"), ("keep_candidate", "a.txt")] {
        let (files, uploaded) = Files::with(&["a.txt"]).await;
        files.app.execute("UPDATE files SET sha256 = NULL").await;
        files.write(files.path("legacy", &uploaded[0]), "b.txt");
        files.check("full").await;
        assert_eq!(files.open().await, ["sides_differ both: keep_legacy keep_candidate", "no_checksum both: "]);
        let id = files.view("open").await["findings"][1]["id"].clone();
        let order = json!({"repair": repair, "reason": "that one is right"});
        files.engineer.post(&format!("{CONSISTENCY}/findings/{id}/repair"), &order).await.json(200);
        // The queue writes the other.
        files.app.application.state.files.as_ref().unwrap().settle_due().await.unwrap();
        assert_eq!(files.content(&uploaded[0]).await, kept);
        let record = files.record(uploaded[0]["id"].as_str().unwrap()).await;
        for side in ["legacy", "candidate"] {
            assert_eq!(fs::read_to_string(files.path(side, &record)).unwrap(), kept, "{repair}: {side}");
        }
    }
}

#[tokio::test]
async fn a_side_that_lacks_a_file_while_nothing_is_queued_is_queued_again() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    fs::remove_file(files.path("candidate", &uploaded[0])).unwrap();
    files.app.execute("UPDATE file_sides SET state = 'failed' WHERE side = 'candidate'").await;
    files.app.execute("INSERT INTO file_tasks SELECT id, 'candidate', 'put', 3, 0, 'no' FROM files").await;
    files.check("full").await;
    assert_eq!(files.open().await, [""; 0], "what is queued is not a finding");
    files.app.execute("DELETE FROM file_tasks").await;
    files.check("full").await;
    assert_eq!(files.open().await, ["not_queued candidate: write_again"]);
    files.repair("write_again", None).await.json(200);
    files.check("full").await;
    assert_eq!(files.open().await, [""; 0]);
    files.app.application.state.files.as_ref().unwrap().settle_due().await.unwrap();
    assert_eq!(fs::read_to_string(files.path("candidate", &uploaded[0])).unwrap(), "a.txt");
}

#[tokio::test]
async fn an_object_without_a_record_becomes_a_file_or_is_removed() {
    let (files, _) = Files::with(&[]).await;
    files.write(files.app.side("legacy").join("old/report.txt"), "report");
    files.check("full").await;
    assert_eq!(files.open().await, ["no_record legacy: adopt"]);
    assert_eq!(files.repair("adopt", None).await.pointers(), ["/feature"]);
    assert_eq!(files.repair("adopt", Some("none")).await.pointers(), ["/feature"]);
    files.repair("adopt", Some("kimi")).await.json(200);
    let adopted = files.app.get("/api/v1/files").await.json(200)["files"][0].clone();
    assert_eq!(json!([adopted["original_name"], adopted["size"]]), json!(["report.txt", 6]));
    files.app.application.state.files.as_ref().unwrap().settle_due().await.unwrap();
    files.check("full").await;
    assert_eq!(files.open().await, [""; 0]);
    assert_eq!(files.content(&adopted).await, "report");

    let orphan = files.app.side("candidate").join("sha256/00").join("0".repeat(62));
    files.write(orphan.clone(), "nobody's");
    files.check("quick").await;
    assert_eq!(files.open().await, ["no_record candidate: adopt remove_object"]);
    // What its name says is not what it is, so it cannot become a file.
    let failed = files.repair("adopt", Some("kimi")).await.problem(409);
    assert!(failed["detail"].as_str().unwrap().starts_with("it could not be repaired"), "{failed}");
    assert!(files.view("open").await["findings"][0]["last_error"].as_str().unwrap().contains("checksum"));
    files.repair("remove_object", None).await.json(200);
    assert!(!orphan.exists());
    let audit = files.app.get("/api/v1/audit?action=finding.repaired").await.text().to_owned();
    assert!(audit.contains("it was broken") && audit.contains("remove_object"), "{audit}");
}

#[tokio::test]
async fn what_was_mended_otherwise_is_told_and_left_alone() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    let path = files.path("candidate", &uploaded[0]);
    files.write(path.clone(), "b.txt");
    files.check("full").await;
    files.write(path, "a.txt");
    let refused = files.repair("copy", None).await.problem(409);
    assert!(refused["detail"].as_str().unwrap().contains("is not so any more"), "{refused}");
    assert_eq!(files.open().await, [""; 0]);
    let closed = files.view("closed").await["findings"][0].clone();
    assert!(closed["closed_at"].is_string() && closed["closed_by"].is_null(), "{closed}");
}

#[tokio::test]
async fn a_finding_seen_again_stays_as_old_as_it_is_and_is_closed_when_it_is_gone() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    let path = files.path("legacy", &uploaded[0]);
    files.write(path.clone(), "b.txt");
    files.check("full").await;
    let found = files.view("open").await["findings"][0].clone();
    files.app.advance(TimeDelta::hours(1));
    files.check("full").await;
    let again = files.view("open").await["findings"][0].clone();
    assert_eq!([&again["id"], &again["found_at"]], [&found["id"], &found["found_at"]]);
    assert_ne!(again["last_check"], found["last_check"]);
    files.write(path, "a.txt");
    files.check("quick").await;
    assert_eq!(files.open().await.len(), 1, "a quick look does not see whether it is right now");
    files.check("full").await;
    assert_eq!(files.open().await, [""; 0]);
}

#[tokio::test]
async fn one_check_runs_at_a_time_and_one_that_was_cut_off_begins_anew() {
    let (files, _) = Files::with(&["a.txt"]).await;
    let uri = format!("{CONSISTENCY}/checks");
    let asked = files.engineer.post(&uri, &json!({})).await.json(202);
    assert_eq!(files.engineer.post(&uri, &json!({"mode": "quick"})).await.json(200), asked);
    let state = &files.app.application.state;
    let running = state.store.begin_check(files.app.now()).await.unwrap().unwrap();
    assert_eq!(files.engineer.post(&uri, &json!({})).await.json(200)["state"], "running");
    files.tick().await;
    assert_eq!(files.view("all").await["checks"].as_array().unwrap().len(), 1, "it may be run elsewhere");
    // Nothing was heard of it for so long that nobody runs it.
    files.app.advance(TimeDelta::hours(2));
    files.tick().await;
    let checks = files.view("all").await["checks"].clone();
    assert_eq!(checks[1]["state"], "interrupted");
    assert_eq!(json!([checks[0]["state"], checks[0]["asked_by"]]), json!(["complete", "system"]));
    assert_ne!(checks[0]["id"], running.id.0);
}

#[tokio::test]
async fn files_are_checked_by_schedule() {
    let (files, _) = Files::with(&[]).await;
    for (hours, expected) in [(0, 1), (23, 1), (1, 2), (0, 2)] {
        files.app.advance(TimeDelta::hours(hours));
        files.tick().await;
        assert_eq!(files.view("all").await["checks"].as_array().unwrap().len(), expected);
    }
}

#[tokio::test]
async fn a_side_that_does_not_answer_fails_the_check_and_closes_nothing() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    files.write(files.path("legacy", &uploaded[0]), "b.txt");
    files.check("full").await;
    fs::rename(files.app.side("legacy"), files.app.side("elsewhere")).unwrap();
    fs::write(files.app.side("legacy"), "this is no folder").unwrap();
    let failed = files.check("full").await;
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(failed["error"].as_str().unwrap().starts_with("legacy: "), "{failed}");
    assert_eq!(files.open().await.len(), 1);
}

#[tokio::test]
async fn the_gate_goes_by_the_last_check_that_read_everything() {
    let (mut files, uploaded) = Files::with(&["a.txt"]).await;
    let policy = "/api/v1/migrations/files/policy";
    let mut document = files.app.get(policy).await.json(200)["policy"].take();
    let criteria = document["stages"][0]["criteria"].as_array_mut().unwrap();
    criteria.push(json!({"kind": "consistency", "hours": 24}));
    let order = json!({"policy": document, "reason": "files have to be right"}).to_string();
    let request = Request::put(policy).header("content-type", "application/json").body(Body::from(order)).unwrap();
    files.app.send(request).await.json(200);

    assert_eq!(files.gate().await.0, "inconclusive");
    files.check("quick").await;
    assert_eq!(files.gate().await.0, "inconclusive", "nothing was read yet");
    files.check("full").await;
    assert_eq!(files.gate().await.0, "passed");
    files.write(files.path("candidate", &uploaded[0]), "b.txt");
    files.check("full").await;
    let (verdict, reason) = files.gate().await;
    assert_eq!(verdict, "failed");
    assert!(reason.starts_with("1 finding is open"), "{reason}");
    files.repair("copy", None).await.json(200);
    assert_eq!(files.gate().await.0, "passed");
    files.app.advance(TimeDelta::hours(25));
    assert_eq!(files.gate().await.0, "inconclusive", "it was long ago");
    // And so was the signing in.
    files.engineer = files.app.signed_in("engineer").await;
    // Nobody knows whose an object without a record is: it counts for every feature.
    files.write(files.app.side("legacy").join("stray"), "stray");
    files.tick().await;
    assert_eq!(files.gate().await.0, "failed");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let (files, _) = Files::with(&[]).await;
    for (query, pointer) in
        [("state=wrong", "/state"), ("kind=wrong", "/kind"), ("feature=none", "/feature"), ("before=x", "/before")]
    {
        assert_eq!(files.app.get(&format!("{CONSISTENCY}?{query}")).await.pointers(), [pointer]);
    }
    for finding in ["1", "x"] {
        let uri = format!("{CONSISTENCY}/findings/{finding}/repair");
        files.engineer.post(&uri, &json!({"repair": "copy", "reason": "why"})).await.problem(404);
    }
    let without = TestApp::with_features().await;
    without.post(&format!("{CONSISTENCY}/checks"), &json!({})).await.problem(409);
}

#[tokio::test]
async fn the_pages_show_what_was_found_and_offer_what_mends_it() {
    let (files, uploaded) = Files::with(&["a.txt"]).await;
    assert!(files.page("/files/consistency").await.contains("Nothing was ever checked"));
    files.write(files.path("legacy", &uploaded[0]), "b.txt");
    files.write(files.app.side("candidate").join("sha256/00").join("0".repeat(62)), "nobody's");
    files.check("full").await;
    let page = files.page("/files/consistency").await;
    for words in ["2 findings are open", "Copy from the other side", "Adopt as a file", "Removes the object sha256/00"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = files.page("/files").await;
    for words in ["a.txt", "legacy present", "candidate present", "nothing waits", "content is not what was recorded"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = files.page(&format!("/files/{}", uploaded[0]["id"].as_str().unwrap())).await;
    for words in ["Nothing brings it back", "What checks found", "Copy from the other side", "/content"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let id = files.view("open").await["findings"][1]["id"].to_string();
    let form = [("id", id.as_str()), ("repair", "copy"), ("reason", "it was spoilt")];
    assert_eq!(files.engineer.post_form("/panel/repair-finding", &form).await.status, 200);
    assert_eq!(files.open().await, ["no_record candidate: adopt remove_object"]);
    let form = [("id", uploaded[0]["id"].as_str().unwrap()), ("reason", "nobody needs it")];
    assert_eq!(files.engineer.post_form("/panel/delete-file", &form).await.status, 200);
    assert!(files.page("/files").await.contains("No files yet"));
}
