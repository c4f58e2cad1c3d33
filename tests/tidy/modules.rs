//! How a module looks from the outside: its first line, its length, its name.

use crate::source::{File, line_of};
use crate::{Finding, hold};

/// The most lines of a module, its tests aside.
const MOST_LINES: usize = 300;

/// Names that say nothing of what is inside.
const SAY_NOTHING: [&str; 8] = ["utils", "util", "helpers", "helper", "common", "misc", "shared", "stuff"];

fn modules_open_with_what_they_are(file: &File) -> Vec<Finding> {
    let says = |text: &str| text.strip_prefix("//! ").is_some_and(|line| line.len() > 10);
    if file.is_rust() && !says(&file.text) {
        return vec![Finding { line: 1, what: "does not open with `//!` and what it is".to_owned() }];
    }
    Vec::new()
}

fn modules_are_short(file: &File) -> Vec<Finding> {
    let lines = file.code_before_tests().lines().count();
    if file.is_rust() && file.is_under("src") && lines > MOST_LINES {
        return vec![Finding { line: MOST_LINES + 1, what: format!("has {lines} lines before its tests: split it") }];
    }
    Vec::new()
}

fn modules_have_names_that_say_something(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for name in SAY_NOTHING {
        if file.path.split(['/', '.']).any(|part| part == name) {
            found.push(Finding { line: 1, what: format!("is called {name}") });
        }
        let declared = [format!("mod {name};"), format!("mod {name} {{")];
        for (offset, _) in declared.iter().flat_map(|text| file.code.match_indices(text)) {
            found.push(Finding { line: line_of(&file.code, offset), what: format!("has a module called {name}") });
        }
    }
    found
}

#[test]
fn every_module_opens_with_what_it_is() {
    hold(
        modules_open_with_what_they_are,
        &[
            ("src/a.rs", "use std::fmt;\n//! Late.", &[1]),
            ("src/a.rs", "\n//! After a blank line.", &[1]),
            ("src/a.rs", "//!\n", &[1]),
            ("tests/a.rs", "/// Of the next item only.", &[1]),
            ("src/a.rs", "//! What it is.\n\nuse std::fmt;", &[]),
            ("style/a.css", "a {}", &[]),
        ],
    );
}

#[test]
fn no_module_is_longer_than_a_few_screens() {
    let long: &'static str = Box::leak("a();\n".repeat(301).into_boxed_str());
    let fitting: &'static str = Box::leak("a();\n".repeat(300).into_boxed_str());
    let tested: &'static str = Box::leak(format!("{fitting}#[cfg(test)]\nmod tests {{}}\n{long}").into_boxed_str());
    hold(
        modules_are_short,
        &[("src/a.rs", long, &[301]), ("src/a.rs", fitting, &[]), ("src/a.rs", tested, &[]), ("tests/a.rs", long, &[])],
    );
}

#[test]
fn every_module_has_a_name_that_says_something() {
    hold(
        modules_have_names_that_say_something,
        &[
            ("src/server/utils.rs", "//! A.", &[1]),
            ("tests/common/mod.rs", "//! A.", &[1]),
            ("src/server/a.rs", "\nmod helpers {\n}\npub mod misc;", &[2, 4]),
            ("src/server/common_cause.rs", "mod util_linux;\n// mod utils;\nuse common::A;", &[]),
        ],
    );
}
