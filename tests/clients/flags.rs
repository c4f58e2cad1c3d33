//! What each client makes of each kind of answer. All are asked the same.

use std::process::Command;

use serde_json::{Value, json};

use crate::started::{Started, file, is_on_candidate, node, python};

/// Flag, unit, and what a client is to make of it: value and reason or error. A default is true, so that it shows.
fn questions() -> Value {
    json!([
        ["kimi", "user456"],
        ["kimi", "user123"],
        ["kimi.shadow", "user123"],
        ["smart_handler", null],
        ["kimi", null],
        ["nothing", "user1"],
        ["a/b%?c", "user1"],
        ["kimi", "x".repeat(257)],
    ])
}

/// `[value, variant, reason, bucket, error]` of each.
fn check(answers: &Value, expected: &Value) {
    let (answers, expected) = (answers.as_array().unwrap(), expected.as_array().unwrap());
    assert_eq!(answers.len(), expected.len(), "{answers:?}");
    for (answer, expected) in answers.iter().zip(expected) {
        assert_eq!(answer, expected, "{answers:?}");
    }
}

fn expected() -> Value {
    assert!(is_on_candidate("user456") && !is_on_candidate("user123"));
    json!([
        [true, "candidate", "SPLIT", 2267, null],
        [false, "legacy", "SPLIT", 6532, null],
        [true, "on", "STATIC", 4445, null],
        [false, "legacy", "STATIC", null, null],
        [true, null, "ERROR", null, "TARGETING_KEY_MISSING"],
        [true, null, "ERROR", null, "FLAG_NOT_FOUND"],
        [true, null, "ERROR", null, "FLAG_NOT_FOUND"],
        [true, null, "ERROR", null, "INVALID_CONTEXT"],
    ])
}

#[test]
fn the_python_client_reads_every_answer() {
    let started = Started::at_half();
    let answers = started.run(python("tests/clients/flags.py").arg(questions().to_string()));
    check(&answers, &expected());
}

#[test]
fn the_node_client_reads_every_answer() {
    let folder = tempfile::tempdir().unwrap();
    let started = Started::at_half();
    let answers = started.run(node("tests/clients/flags.mjs", folder.path()).arg(questions().to_string()));
    check(&answers, &expected());
}

#[test]
fn the_rust_client_reads_every_answer() {
    let started = Started::at_half();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--manifest-path"]).arg(file("tests/clients/rust/Cargo.toml"));
    cargo.arg("--target-dir").arg(file("target/rust-client")).arg("--").arg(questions().to_string());
    // It tells no metadata, takes every reason for STATIC and every 400 for a context that is wrong.
    let mut expected = expected();
    for row in expected.as_array_mut().unwrap() {
        row[3] = Value::Null;
        match row[4].as_str() {
            None => row[2] = json!("STATIC"),
            Some("TARGETING_KEY_MISSING") => row[4] = json!("INVALID_CONTEXT"),
            Some(_) => {}
        }
    }
    check(&started.run(&mut cargo), &expected);
}
