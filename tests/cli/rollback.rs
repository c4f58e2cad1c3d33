//! `crossfade rollback emergency`, beside a server and without one.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::run::{Desk, evaluate, get, line};

#[test]
fn everything_is_taken_back_while_a_server_runs() {
    let desk = Desk::new();
    let server = desk.server();
    desk.execute("UPDATE features SET basis_points = 1000, stage = '10%' WHERE key = 'kimi'");
    let said =
        desk.crossfade(&["rollback", "emergency", "--migration", "file-management", "--reason", "it burns", "--yes"]);
    assert_eq!((said.code, said.err.contains("Error")), (0, false), "{said:?}");
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].starts_with("took back everything in file-management: rollback "), "{said:?}");
    assert_eq!(
        lines[1..],
        ["candidate off, fallback to legacy on", "kimi: 10 % → 0 %", "smart_handler: 0 % → 0 %", "supabase: 0 % → 0 %"]
    );
    let migration = get(server.address, "/api/v1/migrations/file-management");
    assert_eq!((&migration["candidate_enabled"], &migration["fallback_to_legacy"]), (&json!(false), &json!(true)));
    let event = &get(server.address, "/api/v1/audit?action=migration.emergency_rollback")["events"][0];
    assert_eq!((&event["actor"], &event["reason"]), (&json!("cli:ada"), &json!("it burns")));

    let again = desk.crossfade(&["rollback", "emergency", "--migration", "file-management", "--yes"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.starts_with("nothing to take back: everything in file-management is so since"), "{again:?}");
    let everything = desk.crossfade(&["rollback", "emergency", "--yes"]);
    assert!(everything.out.starts_with("took back everything: rollback "), "{everything:?}");
}

#[test]
fn a_server_that_runs_decides_by_it_within_half_a_second() {
    let desk = Desk::new();
    let server = desk.server();
    let reason = || evaluate(server.address, "kimi", "user456");
    assert_eq!(reason(), (200, "STATIC".to_owned()));
    let began = Instant::now();
    let said = desk.crossfade(&["rollback", "emergency", "--migration", "file-management", "--yes"]);
    let made = Instant::now();
    assert_eq!(said.code, 0, "{said:?}");
    while reason().1 != "DISABLED" {
        assert!(made.elapsed() < Duration::from_millis(500), "since {:?}", began.elapsed());
    }
}

#[test]
fn a_token_that_is_revoked_on_the_command_line_evaluates_no_more_within_half_a_second() {
    let desk = Desk::new();
    let server = desk.server();
    assert_eq!(evaluate(server.address, "kimi", "u").0, 200);
    let said = desk.crossfade(&["token", "revoke", "--name", "tests"]);
    let made = Instant::now();
    assert_eq!(said.code, 0, "{said:?}");
    while evaluate(server.address, "kimi", "u").0 != 401 {
        assert!(made.elapsed() < Duration::from_millis(500));
    }
}

#[test]
fn it_asks_first_and_says_what_stands_in_the_way() {
    let desk = Desk::new();
    desk.take_in(line(&json!({})), &[]);
    let long = "x".repeat(1_001);
    for (arguments, part) in [
        (&["rollback", "emergency"][..], "say --yes"),
        (&["rollback", "emergency", "--yes", "--migration", "nothing"], "migration nothing does not exist"),
        (&["rollback", "emergency", "--yes", "--reason", &long], "reason must have at most 1000 characters"),
    ] {
        let said = desk.crossfade(arguments);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
        assert!(said.err.contains(part), "{said:?}");
    }
    let empty = Desk::new();
    let said = empty.crossfade(&["rollback", "emergency", "--yes"]);
    assert!(said.code == 1 && said.err.contains("there is no migration"), "{said:?}");
}
