//! `crossfade import`: what is taken in, what counts once, and under which migration.

use serde_json::{Value, json};

use crate::run::{Desk, counted, get, line};
use crate::support::token;

/// A comparison in which both sides agree; one line.
fn comparison(changes: &Value) -> String {
    let side = json!({"outcome": "ok", "result": 1});
    let mut item = json!({"feature": "kimi", "operation": "upload", "legacy": side, "candidate": side});
    item.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("{item}\n")
}

#[test]
fn observations_and_comparisons_are_taken_in_and_missing_features_created() {
    let desk = Desk::new();
    let text = [
        line(&json!({})),
        line(&json!({"path": "candidate", "outcome": "error", "fallback": true})),
        comparison(&json!({})),
        comparison(&json!({"candidate": {"outcome": "error"}})),
        comparison(&json!({"legacy": null, "candidate": null, "verdict": "mismatch"})),
        line(&json!({"feature": "smart_handler"})),
    ]
    .concat();
    insta::assert_snapshot!(desk.take_in(&text, &[]), @"
    6 accepted, 0 duplicates, 0 rejected
      kimi: 5, created
      smart_handler: 1, created
    ");
    let mut server = desk.server();
    assert_eq!(counted(server.address, "kimi"), [1, 1, 3]);
    assert_eq!(counted(server.address, "smart_handler"), [1, 0, 0]);
    let feature = get(server.address, "/api/v1/features/smart_handler");
    assert_eq!(
        (&feature["migration"], &feature["stage"], &feature["configured"]),
        (&json!("imported"), &json!("shadow"), &json!(0))
    );
    assert!(server.terminate().success());
}

#[test]
fn a_file_that_is_imported_again_changes_nothing_with_or_without_ids() {
    for text in [
        (0..2_500).map(|id| line(&json!({"id": id.to_string()}))).collect::<String>(),
        (0..2_500).map(|number| line(&json!({"latency_ms": number / 2}))).collect(),
        (0..10).map(|_| comparison(&json!({}))).collect(),
    ] {
        let desk = Desk::new();
        let lines = text.lines().count();
        let lines = if lines > 1_000 { "2,500".to_owned() } else { lines.to_string() };
        let first = desk.take_in(&text, &["--shift-to-now"]);
        assert!(first.starts_with(&format!("{lines} accepted, 0 duplicates, 0 rejected\n")), "{first}");
        let counts = {
            let server = desk.server();
            counted(server.address, "kimi")
        };
        for options in [&["--shift-to-now"][..], &[]] {
            let again = desk.take_in(&text, options);
            assert!(again.starts_with(&format!("0 accepted, {lines} duplicates, 0 rejected\n")), "{again}");
        }
        let server = desk.server();
        assert_eq!(counted(server.address, "kimi"), counts);
        assert_eq!(counts.iter().sum::<u64>().to_string(), lines.replace(',', ""));
    }
}

#[test]
fn lines_that_are_alike_count_each_and_those_added_later_are_new() {
    let desk = Desk::new();
    let one = line(&json!({}));
    assert!(desk.take_in(one.repeat(2), &[]).starts_with("2 accepted, 0 duplicates, 0 rejected\n"));
    assert!(desk.take_in(one.repeat(3), &[]).starts_with("1 accepted, 2 duplicates, 0 rejected\n"));
    assert!(desk.take_in(&one, &[]).starts_with("0 accepted, 1 duplicates, 0 rejected\n"));
    let server = desk.server();
    assert_eq!(counted(server.address, "kimi"), [3, 0, 0]);
}

#[test]
fn an_id_counts_once_whether_it_is_imported_or_sent() {
    let desk = Desk::new();
    desk.take_in(line(&json!({"id": "a"})), &[]);
    let twice = line(&json!({"id": "b"})).repeat(2);
    assert!(desk.take_in(twice, &[]).starts_with("1 accepted, 1 duplicates, 0 rejected\n"));
    let server = desk.server();
    crossfade::facade::remote::provide_tls();
    let client = reqwest::Client::new();
    let sent = client.post(format!("http://{}/api/v1/observations", server.address));
    let sent = sent.bearer_auth(token(server.address)).body(line(&json!({"id": "a"})));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer: Value = runtime.block_on(async { sent.send().await.unwrap().json().await.unwrap() });
    assert_eq!(answer, json!({"accepted": 0, "duplicates": 1, "rejected": []}));
}

#[test]
fn times_are_shifted_together_so_that_the_newest_is_now() {
    let desk = Desk::new();
    let text = [
        line(&json!({"at": "2001-02-03T04:05:06Z"})),
        line(&json!({"at": "2001-02-03T03:05:06Z"})),
        comparison(&json!({"at": "2001-02-02T04:15:06Z"})),
        line(&json!({"at": "2001-02-02T03:55:06Z", "path": "candidate"})),
    ]
    .concat();
    let said = desk.import(&desk.file("old.ndjson", &text), &[]);
    assert_eq!(said.code, 1, "not shifted, they are too old: {said:?}");
    assert!(said.out.starts_with("0 accepted, 0 duplicates, 4 rejected\n"), "{said:?}");
    assert!(said.err.contains("at lies more than 30 days in the past"), "{said:?}");
    assert!(desk.take_in(&text, &["--shift-to-now"]).starts_with("4 accepted, 0 duplicates, 0 rejected\n"));
    let server = desk.server();
    // The last is ten minutes too old for the last 24 hours, and for the quarter of an hour that begins them.
    let [legacy, candidate, comparisons] = counted(server.address, "kimi");
    assert_eq!((legacy, comparisons), (2, 1));
    assert!(candidate <= 1);
    assert_eq!(get(server.address, "/api/v1/features/kimi")["data"]["state"], "fresh");
}

#[test]
fn features_are_created_under_the_migration_named_and_reused_from_any_other() {
    let desk = Desk::new();
    let options = ["--migration", "file-management"];
    insta::assert_snapshot!(desk.take_in(line(&json!({})), &options), @"
    1 accepted, 0 duplicates, 0 rejected
      kimi: 1, created
    ");
    let both = [line(&json!({"latency_ms": 1})), line(&json!({"feature": "added"}))].concat();
    insta::assert_snapshot!(desk.take_in(both, &["--migration", "others"]), @"
    2 accepted, 0 duplicates, 0 rejected
      added: 1, created
      kimi: 1
    ");
    let server = desk.server();
    for (feature, migration) in [("kimi", "file-management"), ("added", "others")] {
        assert_eq!(get(server.address, &format!("/api/v1/features/{feature}"))["migration"], migration);
    }
    assert_eq!(counted(server.address, "kimi"), [2, 0, 0]);
}

#[test]
fn an_import_beside_a_running_server_is_seen_by_it() {
    let desk = Desk::new();
    let mut server = desk.server();
    assert_eq!(counted(server.address, "kimi"), [0, 0, 0]);
    let said = desk.take_in(line(&json!({})).repeat(3_000), &[]);
    assert!(said.starts_with("3,000 accepted, 0 duplicates, 0 rejected\n"), "{said}");
    assert_eq!(counted(server.address, "kimi"), [3_000, 0, 0]);
    assert!(server.terminate().success());
}
