//! Checklists of migrations: read, ticked by several at once, read again without losing a tick, and shown.

use crossfade::domain::access::Role;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::app::{TestApp, Visitor};
use crate::deciding::{ask, raw};

const RUNBOOK: &str = "/api/v1/migrations/files/runbook";

const FILE: &str = "# Move the files

Text with <b>HTML</b> and [a link](javascript:alert(1)).

## ðŸš€ Before

- [ ] Read the **plan**
- [x] Say so
  - [ ] to the `team`

## After
- [ ] Clean up
";

async fn import(by: &Visitor, headers: &[(&str, &str)], file: impl Into<Vec<u8>>) -> Answer {
    let mut all = vec![("content-type", "text/markdown")];
    all.extend(headers);
    raw(by, "PUT", RUNBOOK, &all, file.into()).await
}

/// Every item as text, done, by whom, version.
fn items(runbook: &Value) -> Vec<Value> {
    let groups = runbook["groups"].as_array().unwrap().iter();
    let blocks = groups.flat_map(|group| group["blocks"].as_array().unwrap());
    let items = blocks.filter(|block| block["kind"] == "item");
    items.map(|it| json!([it["markdown"], it["done"], it["by"], it["version"]])).collect()
}

fn id_of(runbook: &Value, text: &str) -> String {
    let groups = runbook["groups"].as_array().unwrap().iter();
    let mut blocks = groups.flat_map(|group| group["blocks"].as_array().unwrap());
    blocks.find(|block| block["markdown"] == text).unwrap()["id"].as_str().unwrap().to_owned()
}

async fn tick(by: &Visitor, id: &str, body: Value) -> Answer {
    by.post(&format!("{RUNBOOK}/items/{id}"), &body).await
}

#[tokio::test]
async fn a_file_becomes_a_checklist_with_what_it_says_is_done() {
    let app = TestApp::with_features().await;
    let engineer = app.with_token("operate,read").await;
    assert_eq!(app.get(RUNBOOK).await.json(200)["version"], 0);
    let answer = import(&engineer, &[("if-match", "\"0\"")], FILE).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    let runbook = answer.json(200);
    let by = "token:with operate,read";
    assert_eq!(
        json!(items(&runbook)),
        json!([
            ["Read the **plan**", false, null, 0],
            ["Say so", true, by, 1],
            ["to the `team`", false, null, 0],
            ["Clean up", false, null, 0]
        ])
    );
    assert_eq!(runbook["progress"], json!({"done": 1, "items": 4}));
    let groups: Vec<Value> = runbook["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| json!([it["heading"], it["level"], it["progress"]["done"], it["progress"]["items"]]))
        .collect();
    assert_eq!(json!(groups), json!([["Move the files", 1, 1, 4], ["🚀 Before", 2, 1, 3], ["After", 2, 0, 1]]));

    import(&engineer, &[("if-match", "\"0\"")], FILE).await.problem(412);
    for (file, expected) in [
        (b"- [ ] a\n- [ ] \xff".to_vec(), "is not UTF-8: byte 15 cannot be read (line 2)"),
        (b"no items".to_vec(), "has no items: lines that begin with - [ ]"),
    ] {
        assert_eq!(import(&engineer, &[], file).await.problem(422)["errors"][0]["detail"], expected);
    }
    app.get("/api/v1/migrations/nobody/runbook").await.problem(404);
}

#[tokio::test]
async fn of_two_people_the_second_is_told_and_nothing_is_lost() {
    let app = TestApp::with_features().await;
    let engineer = app.with_token("operate,read").await;
    let runbook = import(&engineer, &[], FILE).await.json(200);
    let plan = id_of(&runbook, "Read the **plan**");
    let done = json!({"done": true, "note": "it is long", "version": 0});
    let now = tick(&engineer, &plan, done.clone()).await.json(200);
    assert_eq!(now["progress"], json!({"done": 2, "items": 4}));
    let stale = tick(&engineer, &plan, done).await.problem(412);
    assert_eq!(stale["changes"][0]["what"], "ticked");
    assert_eq!(stale["changes"][0]["reason"], "it is long");
    tick(&engineer, &plan, json!({"done": true})).await.problem(409);
    // Another item is not concerned.
    tick(&engineer, &id_of(&runbook, "Clean up"), json!({"done": true, "version": 0})).await.json(200);
    let now = tick(&engineer, &plan, json!({"done": false, "version": 1})).await.json(200);
    assert_eq!(items(&now)[0], json!(["Read the **plan**", false, "token:with operate,read", 2]));
    tick(&engineer, "nothing", json!({"done": true})).await.problem(404);
    let events = app.get("/api/v1/audit?action=runbook.ticked").await.json(200);
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
    assert_eq!(events["events"][1]["after"]["note"], "it is long");
}

#[tokio::test]
async fn a_changed_file_keeps_ticks_and_shows_what_is_gone() {
    let app = TestApp::with_features().await;
    let engineer = app.with_token("operate,read").await;
    let runbook = import(&engineer, &[], FILE).await.json(200);
    tick(&engineer, &id_of(&runbook, "Clean up"), json!({"done": true})).await.json(200);
    // Unticked by hand, it is not ticked again by a file that still says so.
    tick(&engineer, &id_of(&runbook, "Say so"), json!({"done": false})).await.json(200);
    let changed = FILE.replace("- [ ] Clean up", "- [ ] Tidy up").replace("- [ ] Read", "- [ ] New\n- [ ] Read");
    let now = import(&engineer, &[], changed).await.json(200);
    let done: Vec<Value> = items(&now).into_iter().map(|item| json!([item[0], item[1]])).collect();
    assert_eq!(
        json!(done),
        json!([
            ["New", false],
            ["Read the **plan**", false],
            ["Say so", false],
            ["to the `team`", false],
            ["Tidy up", false]
        ])
    );
    let gone = &now["vanished"][0];
    assert_eq!((&gone["markdown"], &gone["headings"]), (&json!("Clean up"), &json!(["Move the files", "After"])));
    // Back again, it is ticked as it was.
    let back = import(&engineer, &[], FILE).await.json(200);
    assert_eq!(items(&back)[3][1], true);
    assert_eq!(back["vanished"], json!([]));
}

#[tokio::test]
async fn the_page_shows_it_and_works_with_forms() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    let page = "/migrations/files/runbook";
    let text = engineer.get(page).await.page(200).to_owned();
    assert!(text.contains("There is no checklist"), "{text}");
    let save = |version, markdown| {
        [
            ("__call", "/panel/import-runbook"),
            ("__form", "Import"),
            ("migration", "files"),
            ("version", version),
            ("markdown", markdown),
        ]
    };
    let refused = engineer.submit_form(page, page, &save("0", "nothing")).await;
    assert!(refused.page(422).contains("has no items"), "{}", refused.text());
    assert_eq!(engineer.submit_form(page, page, &save("0", FILE)).await.status, 303);
    let stale = engineer.submit_form(page, page, &save("0", "- [ ] mine")).await;
    assert!(stale.page(412).contains("- [ ] mine"), "what was typed is kept");

    let text = engineer.get(page).await.page(200).to_owned();
    for part in [
        "1 of 4",
        "1 of 3",
        "🚀 Before",
        "<strong>plan</strong>",
        "<code>team</code>",
        "&lt;b&gt;HTML",
        "runbook-depth-1",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("javascript:") && !text.contains("<b>HTML"), "{text}");
    let runbook = app.get(RUNBOOK).await.json(200);
    let id = id_of(&runbook, "Clean up");
    let form = format!("Tick-{id}");
    let fields = |note| {
        [
            ("__call", "/panel/tick"),
            ("__form", form.as_str()),
            ("migration", "files"),
            ("item", id.as_str()),
            ("version", "0"),
            ("done", "true"),
            ("note", note),
        ]
    };
    assert_eq!(engineer.submit_form(page, page, &fields("all <clean>")).await.status, 303);
    let second = engineer.submit_form(page, page, &fields("me too")).await;
    let text = second.page(412);
    assert!(
        text.contains("somebody changed the item") && text.contains("by user:engineer") && text.contains("me too"),
        "{text}"
    );
    let text = app.as_role(Role::Viewer).await.get(page).await.page(200).to_owned();
    assert!(text.contains("all &lt;clean&gt;") && text.contains("2 of 4") && !text.contains("<button>Tick"), "{text}");
    let migration = engineer.get("/migrations/files").await.page(200).to_owned();
    assert!(migration.contains("href=\"/migrations/files/runbook\""), "{migration}");
    ask(&engineer, "GET", "/migrations/nobody/runbook", &[], &json!({})).await.page(404);
}

const BOUNDARY: &str = "----boundary";

/// The form of the page as browsers send it: the text that was typed, and the file that was chosen.
async fn send_form(by: &Visitor, version: &str, markdown: &str, file: (&str, &[u8])) -> Answer {
    let page = "/migrations/files/runbook";
    let mut body = Vec::new();
    for (name, value) in [
        ("__call", "/panel/import-runbook"),
        ("__form", "Import"),
        ("migration", "files"),
        ("version", version),
        ("markdown", markdown),
    ] {
        let part = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         content-type: application/octet-stream\r\n\r\n",
        file.0
    );
    body.extend(head.into_bytes());
    body.extend(file.1);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", content_type.as_str()), ("accept", "text/html"), ("sec-fetch-site", "same-origin")];
    raw(by, "POST", page, &headers, body).await
}

#[tokio::test]
async fn a_file_is_chosen_on_the_page_in_place_of_pasting_it() {
    let app = TestApp::with_features().await;
    let engineer = app.as_role(Role::Engineer).await;
    let no_file = ("", &b""[..]);
    let page = engineer.get("/migrations/files/runbook").await.page(200).to_owned();
    assert!(page.contains("enctype=\"multipart/form-data\"") && page.contains("type=\"file\""), "{page}");

    // With a byte order mark, Windows' line ends, and characters that were wrongly encoded on their way.
    let file = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    let done = send_form(&engineer, "0", "", ("checklist.md", file.as_bytes())).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/migrations/files/runbook"), "{done:?}");
    let runbook = app.get(RUNBOOK).await.json(200);
    assert_eq!((items(&runbook).len(), &runbook["groups"][1]["heading"]), (4, &json!("🚀 Before")));
    // Text alone, from a form that could have had a file.
    assert_eq!(send_form(&engineer, "1", "- [ ] Über & über = 1 + 1 %41", no_file).await.status, 303);
    assert_eq!(items(&app.get(RUNBOOK).await.json(200))[0][0], "Über & über = 1 + 1 %41");

    for (version, text, file, status, expected) in [
        ("2", "", ("a.md", &b"- [ ] a\n- [ ] \xff"[..]), 422, "Is not UTF-8: byte 15 cannot be read (line 2)"),
        ("2", "", ("a.md", &b"no items"[..]), 422, "Has no items: lines that begin with - [ ]"),
        ("2", "- [ ] typed", ("a.md", &b"- [ ] a"[..]), 422, "Must be left out where the text is given"),
        ("2", "", no_file, 422, "Has no items"),
        ("1", "", ("a.md", &b"- [ ] a"[..]), 412, "somebody changed the runbook"),
    ] {
        let answer = send_form(&engineer, version, text, file).await;
        assert!(answer.page(status).contains(expected), "{expected}: {}", answer.text());
        assert!(answer.text().contains(text), "what was typed is kept");
    }
    let large = vec![b'x'; 1 << 20];
    send_form(&engineer, "2", "", ("a.md", &large)).await.problem(413);
    let cut_off = [("content-type", "multipart/form-data; boundary=b"), ("accept", "text/html")];
    raw(&engineer, "POST", "/migrations/files/runbook", &cut_off, "--b\r\ncontent-").await.problem(400);
    let viewer = app.as_role(Role::Viewer).await;
    assert_eq!(send_form(&viewer, "2", "", ("a.md", b"- [ ] a")).await.status, 403);
    assert_eq!(app.get(RUNBOOK).await.json(200)["version"], 2);
}
