//! Making, changing, trying and removing targets, over REST and with forms.

use crossfade::domain::access::Role;
use serde_json::json;

use super::{KEY, Receiver, Reply, TARGETS, Told};
use crate::app::TestApp;
use crate::deciding::ask;

#[tokio::test]
async fn addresses_that_are_not_public_are_refused_at_once() {
    let app = TestApp::with_features().await;
    let admin = app.as_role(Role::Admin).await;
    for (url, expected) in [
        ("http://127.0.0.1:9093/", "127.0.0.1 is of this machine"),
        ("http://localhost:8080/", "is of this machine"),
        ("http://2130706433/", "127.0.0.1 is of this machine"),
        ("http://10.0.0.1/", "10.0.0.1 is private"),
        ("http://100.64.1.1/", "of a provider's own network"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("http://192.0.2.1/", "for documentation"),
        ("http://224.0.0.1/", "multicast"),
        ("http://[::1]/", "::1 is of this machine"),
        ("http://[::ffff:10.0.0.1]/", "is private"),
        ("http://[64:ff9b::10.0.0.1]/", "is private"),
        ("http://[fd00::1]/", "is private"),
        ("http://[fe80::1]/", "is link-local"),
        ("ftp://example.com/", "must begin with http:// or https://"),
        ("http://example.com:22/", "must have the port 80, 443 or one above 1023"),
        ("http://user:secret@example.com/", "must have no user and no password in it"),
        ("http://999.1.1.1/", "is no address"),
    ] {
        let body = json!({"name": "inside", "kind": "webhook", "url": url, "reason": "to see"});
        let problem = admin.post(TARGETS, &body).await.problem(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], "/url", "{url}: {problem}");
        assert!(error["detail"].as_str().unwrap().contains(expected), "{url}: {problem}");
    }
    assert_eq!(app.get(TARGETS).await.json(200), json!([]));
}

#[tokio::test]
async fn a_target_is_changed_on_the_version_that_was_seen_and_what_is_empty_stays() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let at = format!("{TARGETS}/{}", told.webhook("on call", &receiver).await);
    let body = json!({"name": "on call", "kind": "slack", "url": receiver.url("/a"), "reason": "again"});
    told.admin.post(TARGETS, &body).await.problem(409);
    let changes = json!({"least_severity": "critical", "migration": "files", "reason": "less of it"});
    let changed = ask(&told.admin, "PATCH", &at, &[("if-match", "\"1\"")], &changes).await;
    assert_eq!(changed.header("etag"), "\"2\"");
    let view = changed.json(200);
    let seen = ["name", "kind", "known_by", "least_severity", "migration", "version"].map(|name| &view[name]);
    assert_eq!(json!(seen), json!(["on call", "webhook", "signed", "critical", "files", 2]));
    ask(&told.admin, "PATCH", &at, &[("if-match", "\"1\"")], &changes).await.problem(412);
    ask(&told.admin, "PATCH", &at, &[], &changes).await.problem(409);
    ask(&told.admin, "PATCH", &at, &[], &json!({"migration": "nowhere", "reason": "a"})).await.problem(404);
    ask(&told.admin, "PATCH", &at, &[], &json!({"enabled": false})).await.problem(422);
    let everywhere = json!({"migration": null, "reason": "all of it"});
    assert_eq!(ask(&told.admin, "PATCH", &at, &[], &everywhere).await.json(200)["migration"], json!(null));
    // The key stayed what it was.
    told.alert(told.firing("a")).await;
    told.tick().await;
    let letter = &receiver.letters()[0];
    let expected = super::receiver::signature(KEY, letter.header("crossfade-timestamp"), &letter.body);
    assert_eq!(letter.header("crossfade-signature"), expected);
}

#[tokio::test]
async fn what_a_target_is_shown_goes_to_no_other_host_unknown() {
    let (told, receiver, other) = (Told::new().await, Receiver::start().await, Receiver::start().await);
    let id =
        told.target(json!({"name": "am", "kind": "alertmanager", "url": receiver.url(""), "secret": "token"})).await;
    let at = format!("{TARGETS}/{id}");
    let elsewhere = json!({"url": other.url(""), "reason": "it moved"});
    let refused = ask(&told.admin, "PATCH", &at, &[], &elsewhere).await.problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/secret");
    let known = json!({"url": other.url(""), "secret": "another", "reason": "it moved"});
    ask(&told.admin, "PATCH", &at, &[], &known).await.json(200);
    let same_host = json!({"url": other.url("/am"), "reason": "it moved again"});
    ask(&told.admin, "PATCH", &at, &[], &same_host).await.json(200);
}

#[tokio::test]
async fn a_test_says_what_came_of_it() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let webhook = told.webhook("on call", &receiver).await;
    let am = told.target(json!({"name": "am", "kind": "alertmanager", "url": receiver.url("")})).await;
    let test = async |id: i64| told.admin.post(&format!("{TARGETS}/{id}/test"), &json!({})).await.json(200);
    let tested = test(webhook).await;
    assert_eq!(tested["delivered"], true);
    assert!(tested["detail"].as_str().unwrap().starts_with("answered 200 after "), "{tested}");
    let letter = receiver.letters()[0].json();
    assert_eq!((&letter["kind"], &letter["notice"]["rule"]), (&json!("test"), &json!("test")));
    receiver.answer([Reply::Text(401, "who are you")]);
    let tested = test(am).await;
    assert_eq!(
        (&tested["delivered"], &tested["detail"]),
        (&json!(false), &json!("answered 401 Unauthorized: who are you"))
    );
    // It is over by itself.
    assert!(receiver.letters()[1].json()[0]["endsAt"].is_string());
    assert_eq!(told.states().await, [], "a test is not queued");
}

#[tokio::test]
async fn targets_are_managed_with_forms() {
    let (told, receiver) = (Told::new().await, Receiver::start().await);
    let page = "/notifications";
    let url = receiver.url("/hook/very-secret");
    let new = |url| {
        [
            ("__call", "/panel/create-target"),
            ("__form", "CreateTarget"),
            ("name", "on call"),
            ("kind", "webhook"),
            ("url", url),
            ("least_severity", "warning"),
            ("reason", "we want to know"),
        ]
    };
    let refused = told.admin.submit_form(page, page, &new("http://10.0.0.1/")).await;
    assert!(refused.page(422).contains("10.0.0.1 is private"), "{}", refused.text());
    let created = told.admin.submit_form(page, page, &new(&url)).await;
    let text = created.page(200);
    assert!(text.contains("It is shown this once") && !text.contains("very-secret"), "{text}");
    let test = [("__call", "/panel/test-target"), ("__form", "Test-1"), ("id", "1")];
    let text = told.admin.submit_form(page, page, &test).await.page(200).to_owned();
    assert!(text.contains("The test arrived"), "{text}");
    receiver.answer([Reply::Status(400)]);
    told.alert(told.firing("a")).await;
    told.tick().await;
    let engineer = told.app.as_role(Role::Engineer).await;
    let text = engineer.get(page).await.page(200).to_owned();
    for part in ["not told", "answered 400 Bad Request", "Send again", "candidate error rate 6 %", "fails"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("New target") && !text.contains("Send a test"), "{text}");
    let id = told.newest().await["id"].as_str().unwrap().to_owned();
    let form = format!("Again-{id}");
    let again = [("__call", "/panel/send-again"), ("__form", form.as_str()), ("id", id.as_str())];
    assert_eq!(engineer.submit_form(page, page, &again).await.status, 303);
    let form = format!("Drop-{id}");
    let drop = |reason| {
        [("__call", "/panel/drop-notification"), ("__form", form.as_str()), ("id", id.as_str()), ("reason", reason)]
    };
    assert_eq!(engineer.submit_form(page, page, &drop("")).await.status, 422);
    assert_eq!(engineer.submit_form(page, page, &drop("it is known")).await.status, 303);
    let change = |version, name| {
        [
            ("__call", "/panel/change-target"),
            ("__form", "Change-1"),
            ("id", "1"),
            ("version", version),
            ("name", name),
            ("migration", "files"),
            ("enabled", "false"),
            ("reason", "another name"),
        ]
    };
    assert_eq!(told.admin.submit_form(page, page, &change("1", "nights")).await.status, 303);
    assert_eq!(told.admin.submit_form(page, page, &change("1", "days")).await.status, 412);
    let text = told.app.as_role(Role::Viewer).await.get(page).await.page(200).to_owned();
    assert!(text.contains("nights") && text.contains("disabled") && text.contains("migration files"), "{text}");
    let remove = [
        ("__call", "/panel/remove-target"),
        ("__form", "Remove-1"),
        ("id", "1"),
        ("version", "2"),
        ("reason", "nobody reads it"),
    ];
    assert_eq!(told.admin.submit_form(page, page, &remove).await.status, 303);
    let text = told.admin.get(page).await.page(200).to_owned();
    assert!(text.contains("Nobody is told of alerts"), "{text}");
}
