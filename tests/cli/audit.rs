//! `crossfade audit`: the chain checked to its end, and written down.

use std::fmt::Write as _;

use crossfade::domain::audit::{Line, Verifier};

use crate::run::{Desk, line};

/// A desk with a chain of some events.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.take_in(line(&serde_json::json!({})), &[]);
    for name in ["one", "two", "three"] {
        let said = desk.crossfade(&["token", "create", "--name", name, "--scope", "read"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    desk
}

/// What was changed behind the program's back must be named so.
fn check(sql: &'static str, expected: &str) {
    let desk = desk();
    desk.execute("DROP TRIGGER audit_events_are_never_altered; DROP TRIGGER audit_events_are_never_removed;");
    desk.execute(sql);
    let said = desk.crossfade(&["audit", "verify"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""), "{sql}: {said:?}");
    assert!(said.out.starts_with(&format!("contradicted: {expected}")), "{sql}: {said:?}");
}

#[test]
fn a_chain_that_is_whole_is_confirmed_with_its_head() {
    let desk = desk();
    let said = desk.crossfade(&["audit", "export"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{said:?}");
    let lines: Vec<Line> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut verifier = Verifier::default();
    for line in &lines {
        verifier.step(&line.body, &line.hash).unwrap();
    }
    let head = verifier.head();
    assert!(head.seq > 3, "{head:?}");
    let checked = desk.crossfade(&["audit", "verify"]);
    let expected = format!("confirmed: {} events, head {}\n", head.seq, head.hash);
    assert_eq!((checked.code, checked.out, checked.err), (0, expected, String::new()));

    let file = desk.data_dir().with_file_name("audit.ndjson");
    let said_too = desk.crossfade(&["audit", "export", "--out", file.to_str().unwrap()]);
    assert_eq!((said_too.code, said_too.out.as_str()), (0, ""));
    assert_eq!(std::fs::read_to_string(file).unwrap(), said.out);
}

#[test]
fn the_first_event_that_is_not_as_it_was_recorded_is_named() {
    check("UPDATE audit_events SET body = replace(body, 'token', 'taken') WHERE seq = 3", "event 3: its text does not");
    check("UPDATE audit_events SET actor = 'user:eve' WHERE seq = 3", "event 3: its column actor does not say");
    check("UPDATE audit_events SET at = at + 1 WHERE seq = 1", "event 1: its column at does not say");
    check("UPDATE audit_events SET action = 'x' WHERE seq = 2", "event 2: its column action does not say");
    check("UPDATE audit_events SET feature = 'kimi' WHERE seq = 1", "event 1: its column feature does not say");
    check("DELETE FROM audit_events WHERE seq = 2", "event 2: its place in the chain is taken by event 3");
    check("DELETE FROM audit_events WHERE seq > 2", "event 3: it is missing; the chain is recorded to end with event");
    check("UPDATE audit_head SET seq = 2", "event 3: it comes after the recorded end");
    check("UPDATE audit_head SET hash = 'sha256:0'", "event");
    check("DELETE FROM audit_events", "event 1: it is missing");
}

#[test]
fn a_chain_longer_than_is_read_at_once_is_walked_to_its_end() {
    let desk = desk();
    let said = desk.crossfade(&["audit", "export"]);
    let mut lines: Vec<Line> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut sql = String::new();
    for _ in 0..1_200 {
        let last = lines.last().unwrap();
        let mut event: crossfade::domain::audit::AuditEvent = serde_json::from_str(&last.body).unwrap();
        (event.seq, event.previous) = (last.seq + 1, last.hash.clone());
        let body = serde_json_canonicalizer::to_string(&event).unwrap();
        let hash = crossfade::domain::digest::sha256(body.as_bytes());
        write!(
            sql,
            "INSERT INTO audit_events SELECT {}, at, actor, action, migration, feature, '{}', '{hash}' FROM audit_events
             WHERE seq = {};",
            event.seq,
            body.replace('\'', "''"),
            last.seq,
        )
        .unwrap();
        lines.push(Line { seq: event.seq, hash, body });
    }
    let last = lines.last().unwrap();
    write!(sql, "UPDATE audit_head SET seq = {}, hash = '{}';", last.seq, last.hash).unwrap();
    desk.execute(Box::leak(format!("BEGIN; {sql} COMMIT;").into_boxed_str()));
    let checked = desk.crossfade(&["audit", "verify"]);
    assert_eq!((checked.code, checked.out), (0, format!("confirmed: {} events, head {}\n", last.seq, last.hash)));
    assert_eq!(desk.crossfade(&["audit", "export"]).out.lines().count(), lines.len());
}
