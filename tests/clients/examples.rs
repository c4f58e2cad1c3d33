//! The examples of the guide: what they do is counted by the server as they say.

use std::process::Command;

use serde_json::{Value, json};

use crate::started::{Started, is_on_candidate, node, python};

const ORDERS: usize = 100;

/// Runs `command`, which takes a hundred orders, and looks for what they left.
fn check(started: Started, command: &mut Command) {
    let said = started.run(command);
    assert_eq!(said, json!({"orders": ORDERS, "answered": 95, "refused": 5, "lost": 0}));
    let on_candidate: Vec<bool> = (0..ORDERS).map(|order| is_on_candidate(&format!("user{order}"))).collect();
    // Of those with 1,300 grams the candidate knows no tariff.
    let has_no_tariff = |order: &usize| order % 20 == 13;
    let candidate = on_candidate.iter().filter(|is_so| **is_so).count();
    let fallbacks = (0..ORDERS).filter(|order| has_no_tariff(order) && on_candidate[*order]).count();
    assert!(candidate > 30 && fallbacks > 0 && fallbacks < 5);

    let status = started.get("/monitoring/hybrid-status");
    let performance = &status["performance"];
    let served = json!({"legacy": ORDERS - candidate + fallbacks, "unified": candidate});
    assert_eq!(performance["requests"], served, "{status}");
    assert_eq!(performance["fallbacks"], fallbacks, "{status}");
    assert!(performance["active_units"]["unified"].as_u64().unwrap() > 30, "{status}");

    // Who fell back has run both sides already; all others are compared. A kilogram and more differs.
    let shadow = &status["shadow_mode"];
    assert_eq!(shadow["comparisons"], ORDERS - fallbacks, "{status}");
    assert_eq!(shadow["discrepancies"], 45, "{status}");
    assert_eq!(shadow["errors"], 5 - fallbacks, "{status}");
    let rate = |path: &str| performance[path].as_f64().unwrap();
    assert!(rate("unified_success_rate") < 1.0 && (rate("legacy_success_rate") - 1.0).abs() < f64::EPSILON, "{status}");
    started.stop();
}

#[test]
fn the_example_in_python_does_what_the_guide_says() {
    let started = Started::at_half();
    check(started, python("examples/python/main.py").args(["kimi", "100"]));
}

#[test]
fn the_example_in_typescript_does_what_the_guide_says() {
    let folder = tempfile::tempdir().unwrap();
    let started = Started::at_half();
    check(started, node("examples/typescript/main.ts", folder.path()).env("ORDERS", "100"));
}

#[test]
fn the_examples_take_legacy_and_lose_nothing_of_the_caller_when_crossfade_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = |command: &mut Command| -> Value {
        // A port on which nobody listens, once it was given back.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let output = command
            .env("CROSSFADE_URL", format!("http://{address}"))
            .env("CROSSFADE_TOKEN", "none")
            .env("CROSSFADE_ATTEMPTS", "1")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(said.lines().last().unwrap()).unwrap()
    };
    let expected = json!({"orders": 20, "answered": 19, "refused": 1, "lost": 20});
    assert_eq!(nobody(python("examples/python/main.py").args(["kimi", "20"])), expected);
    assert_eq!(nobody(node("examples/typescript/main.ts", folder.path()).env("ORDERS", "20")), expected);
}
