//! Words that must not be left in the sources, and words that must be there.

use crate::source::{File, in_brackets, line_of, words};
use crate::{Finding, hold};

fn lints_are_expected_and_never_allowed(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (offset, _) in file.code.match_indices("#[").chain(file.code.match_indices("#![")) {
        let bracket = offset + file.code[offset..].find('[').unwrap();
        let attribute = in_brackets(&file.code, bracket);
        for start in words(attribute, "allow") {
            if attribute[start..].starts_with("allow(") {
                let line = line_of(&file.code, bracket + start);
                found.push(Finding { line, what: "allows a lint: `expect` it, with a reason".to_owned() });
            }
        }
        for start in words(attribute, "expect") {
            if attribute[start..].starts_with("expect(") && words(attribute, "reason").next().is_none() {
                found.push(Finding { line: line_of(&file.code, bracket + start), what: "gives no reason".to_owned() });
            }
        }
    }
    found
}

fn nothing_is_left_to_do(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for word in ["TODO", "FIXME", "XXX", "HACK"] {
        let lines = words(&file.unquoted, word).map(|offset| line_of(&file.unquoted, offset));
        found.extend(lines.map(|line| Finding { line, what: format!("{word}: do it, or write an issue") }));
    }
    for word in ["todo", "unimplemented", "dbg"].into_iter().filter(|_| file.is_rust()) {
        let is_macro = |offset: &usize| file.code[offset + word.len()..].starts_with('!');
        let lines = words(&file.code, word).filter(is_macro).map(|offset| line_of(&file.code, offset));
        found.extend(lines.map(|line| Finding { line, what: format!("{word}! is left") }));
    }
    found
}

fn test_names_are_sentences(file: &File) -> Vec<Finding> {
    if !file.is_rust() {
        return Vec::new();
    }
    let attributes = ["#[test]", "#[tokio::test"].into_iter().flat_map(|mark| file.code.match_indices(mark));
    let contracts = file.code.match_indices(": Backend>").filter(|_| file.is_under("tests/store_contract"));
    let names = attributes
        .filter_map(|(offset, _)| Some(offset + file.code[offset..].find("fn ")?))
        .chain(contracts.filter_map(|(offset, _)| file.code[..offset].rfind("fn ")));
    names
        .map(|offset| (offset, file.code[offset + 3..].split(['(', '<']).next().unwrap_or_default().trim()))
        .filter(|(_, name)| !name.starts_with('$') && !is_a_sentence(name))
        .map(|(offset, name)| Finding {
            line: line_of(&file.code, offset),
            what: format!("{name} is not a sentence: say what holds"),
        })
        .collect()
}

/// Three words or more, joined by underscores.
fn is_a_sentence(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    words.len() >= 3 && words.iter().all(|word| !word.is_empty()) && words[0] != "test"
}

/// Tests that run the program as a process of its own, whose clock they cannot advance.
const RUN_THE_PROGRAM: [&str; 8] = [
    "tests/crash.rs",
    "tests/crash_files.rs",
    "tests/crash_rollback.rs",
    "tests/deploying",
    "tests/instances",
    "tests/limits/soak.rs",
    "tests/prometheus",
    "tests/support",
];

fn tests_do_not_sleep(file: &File) -> Vec<Finding> {
    if !file.is_rust() || !file.is_tests() || RUN_THE_PROGRAM.iter().any(|path| file.is_under(path)) {
        return Vec::new();
    }
    let called = |offset: &usize| file.code[offset + "sleep".len()..].starts_with('(');
    let lines = words(&file.code, "sleep").filter(called).map(|offset| line_of(&file.code, offset));
    lines
        .map(|line| Finding { line, what: "sleeps: advance the clock, or wait for what is to happen".into() })
        .collect()
}

fn error_messages_are_half_sentences(file: &File) -> Vec<Finding> {
    const MARK: &str = "#[error(\"";
    if !file.is_rust() || !file.is_under("src") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (offset, _) in file.uncommented.match_indices(MARK) {
        let message = file.uncommented[offset + MARK.len()..].split('"').next().unwrap_or_default();
        // An abbreviation or a name may stand first; a sentence may not.
        let capital = message.starts_with(char::is_uppercase) && message.chars().nth(1).is_some_and(char::is_lowercase);
        if capital || message.ends_with('.') {
            let line = line_of(&file.uncommented, offset);
            found.push(Finding { line, what: format!("“{message}” is not in lower case without a full stop") });
        }
    }
    found
}

fn server_functions_name_their_endpoint(file: &File) -> Vec<Finding> {
    if !file.is_rust() || !file.is_under("src") {
        return Vec::new();
    }
    // On an argument it says that it may be left out, and is not about a function.
    let is_named = |offset: usize| {
        let inside = in_brackets(&file.code, offset + 1);
        inside.contains("server(default)") || words(inside, "endpoint").next().is_some()
    };
    file.code
        .match_indices("#[server")
        .filter(|(offset, mark)| {
            !file.code[offset + mark.len()..].starts_with(|it: char| it.is_alphanumeric() || it == '_')
        })
        .filter(|(offset, _)| !is_named(*offset))
        .map(|(offset, _)| Finding { line: line_of(&file.code, offset), what: "sets no `endpoint`".to_owned() })
        .collect()
}

#[test]
fn no_lint_is_allowed_and_each_expected_one_has_a_reason() {
    hold(
        lints_are_expected_and_never_allowed,
        &[
            ("src/a.rs", "#[allow(dead_code)]\nfn f() {}\n#![allow(unused)]", &[1, 3]),
            ("src/a.rs", "#[cfg_attr(test, allow(dead_code))]\n#[expect(dead_code)]", &[1, 2]),
            ("src/a.rs", "#[expect(dead_code, reason = \"soon\")]\nfn allow(a: u8) {}\n// #[allow(b)]", &[]),
            ("src/a.rs", "fn f() { g(\"#[allow(a)]\").expect(\"b\"); allow(1); }", &[]),
        ],
    );
}

#[test]
fn nothing_is_left_to_be_done() {
    hold(
        nothing_is_left_to_do,
        &[
            ("src/a.rs", "// TODO: later\nfn f() { todo!() }\n/* FIXME */ fn g() { dbg!(1); }", &[1, 2, 3]),
            ("style/a.css", "a {}\n/* HACK */", &[2]),
            ("end2end/a.ts", "// XXX", &[1]),
            ("src/a.rs", "fn f() { g(\"TODO\", todo) }\n// TODOS and dbg! in words", &[]),
        ],
    );
}

#[test]
fn every_name_of_a_test_is_a_sentence() {
    hold(
        test_names_are_sentences,
        &[
            ("src/a.rs", "#[test]\nfn works() {}\n#[tokio::test]\nasync fn it_works() {}", &[2, 4]),
            (
                "src/a.rs",
                "#[test]\nfn test_that_works() {}\n#[tokio::test(flavor = \"a\")]\n#[b]\nasync fn c() {}",
                &[2, 5],
            ),
            ("src/a.rs", "proptest! {\n    #[test]\n    fn merging(a in 0..9) {}\n}", &[3]),
            ("tests/store_contract/a.rs", "pub async fn ids<B: Backend>(backend: B) {}", &[1]),
            ("tests/store_contract/a.rs", "pub async fn ids_count_once<B: Backend>(backend: B) {}", &[]),
            ("src/a.rs", "#[test]\nfn it_works_well() {}\nfn works() {}\n// #[test] fn a() {}", &[]),
        ],
    );
}

#[test]
fn no_test_waits_for_time_to_pass() {
    hold(
        tests_do_not_sleep,
        &[
            ("tests/a.rs", "fn f() {\n    std::thread::sleep(A);\n}", &[2]),
            ("src/a/tests.rs", "async fn f() { tokio::time::sleep(A).await }", &[1]),
            ("src/server/workers/a.rs", "async fn f() { tokio::time::sleep(A).await }", &[]),
            ("tests/a.rs", "fn f() { no_sleep(); } // sleep(1)", &[]),
            ("tests/crash.rs", "fn f() { std::thread::sleep(A); }", &[]),
        ],
    );
}

#[test]
fn error_messages_are_in_lower_case_without_a_full_stop() {
    hold(
        error_messages_are_half_sentences,
        &[
            ("src/a.rs", "#[error(\"The store failed\")]\nA,\n#[error(\"it failed.\")]", &[1, 3]),
            (
                "src/a.rs",
                "#[error(\"it failed: {0}\")]\n#[error(\"{what} exists\")]\n#[error(\"JSON is cut off\")]",
                &[],
            ),
        ],
    );
}

#[test]
fn every_server_function_names_its_endpoint() {
    hold(
        server_functions_name_their_endpoint,
        &[
            ("src/server_fns/a.rs", "#[server]\nasync fn f() {}\n#[server(prefix = \"/b\")]", &[1, 3]),
            (
                "src/server_fns/a.rs",
                "#[server(endpoint = \"overview\")]\nasync fn f(#[server(default)] a: A) {}\n// #[server]",
                &[],
            ),
            ("src/ui/a.rs", "#[server_side]", &[]),
        ],
    );
}
