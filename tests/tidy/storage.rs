//! The schema's migrations are numbered, and the store's contract leaves nothing out.

use std::collections::BTreeMap;

use crate::source::{File, has_extension, in_brackets, line_of, repository, words};
use crate::{Finding, hold, report};

/// What is wrong with the names of migrations, given as `migrations/{backend}/{name}`.
fn migrations_out_of_order(paths: &[&str]) -> Vec<String> {
    let mut backends: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut found = Vec::new();
    for path in paths {
        match path.split('/').collect::<Vec<_>>()[..] {
            ["migrations", backend, name] => backends.entry(backend).or_default().push(name),
            _ => found.push(format!("{path}: is not in the folder of a backend")),
        }
    }
    for (backend, names) in &mut backends {
        names.sort_unstable();
        for (index, name) in names.iter().enumerate() {
            let number = format!("{:04}_", index + 1);
            if !(name.starts_with(&number) && has_extension(name, "sql") && name.len() > number.len() + 4) {
                found.push(format!("migrations/{backend}/{name}:1: should be called {number}….sql"));
            }
        }
    }
    if let Some((first, expected)) = backends.first_key_value() {
        let differ = backends.iter().filter(|(_, names)| *names != expected);
        found.extend(
            differ.map(|(backend, _)| format!("migrations/{backend}: has other files than migrations/{first}")),
        );
    }
    found
}

/// The methods of the first trait in `source` that no contract calls.
fn methods_without_contract(source: &File, contracts: &[&File]) -> Vec<String> {
    let code = &source.code;
    let Some(start) = code.find("pub trait ") else { return vec![format!("{}: there is no trait", source.path)] };
    let body = in_brackets(code, start + code[start..].find('{').unwrap_or_default());
    let methods = words(body, "fn").filter_map(|offset| body[offset + 3..].split('(').next());
    let is_called = |method: &str| contracts.iter().any(|file| file.code.contains(&format!(".{method}(")));
    let uncalled = methods.filter(|method| !is_called(method));
    uncalled.map(|method| format!("{}: {method} has no contract", source.path)).collect()
}

/// A change that goes past the state is in effect only at the next look.
fn changes_go_through_the_state(file: &File) -> Vec<Finding> {
    if !file.is_under("src") || file.is_under("src/server/store") || file.is_under("src/server/state.rs") {
        return Vec::new();
    }
    let found = file.code.match_indices("store.commit(");
    let what = "commits past the state: call `state.commit`";
    found.map(|(offset, _)| Finding { line: line_of(&file.code, offset), what: what.to_owned() }).collect()
}

#[test]
fn every_change_goes_through_the_state() {
    hold(
        changes_go_through_the_state,
        &[
            ("src/server/commands/a.rs", "fn f() {\n    state.store.commit(&change).await?;\n}", &[2]),
            ("src/server/commands/a.rs", "state.commit(&change).await?; // store.commit(", &[]),
            ("src/server/store/sqlite/a.rs", "self.store.commit(&change)", &[]),
        ],
    );
}

#[test]
fn migrations_are_numbered_without_gaps_and_alike_for_every_backend() {
    let check = |paths: &[&str], expected: usize| {
        assert_eq!(migrations_out_of_order(paths).len(), expected, "{paths:?}");
    };
    check(&["migrations/sqlite/0001_a.sql", "migrations/sqlite/0002_b.sql"], 0);
    check(&["migrations/sqlite/0001_a.sql", "migrations/sqlite/0003_b.sql"], 1);
    check(&["migrations/sqlite/0001_a.sql", "migrations/sqlite/0001_b.sql"], 1);
    check(&["migrations/sqlite/1_a.sql", "migrations/0002_b.sql"], 2);
    check(&["migrations/sqlite/0001_.sql"], 1);
    check(&["migrations/sqlite/0001_a.sql", "migrations/postgres/0001_a.sql"], 0);
    check(&["migrations/sqlite/0001_a.sql", "migrations/postgres/0001_b.sql"], 1);
    let paths: Vec<&str> =
        repository().iter().filter(|file| file.is_under("migrations")).map(|file| file.path.as_str()).collect();
    assert!(!paths.is_empty(), "there are no migrations");
    report(&migrations_out_of_order(&paths));
}

#[test]
fn every_method_of_the_store_has_a_contract() {
    let source =
        File::new("src/server/store/mod.rs", "pub trait Store {\n async fn check(&self);\n fn size(&self);\n}");
    let contract = File::new("tests/store_contract/a.rs", "fn f() { store.check().await; } // store.size()");
    assert_eq!(methods_without_contract(&source, &[&contract]), ["src/server/store/mod.rs: size has no contract"]);

    let files = repository();
    let contracts: Vec<&File> = files.iter().filter(|file| file.is_under("tests/store_contract")).collect();
    for traits in [
        "src/server/store/mod.rs",
        "src/server/store/files.rs",
        "src/server/store/notifications.rs",
        "src/server/store/runbooks.rs",
        "src/server/store/schema_store.rs",
    ] {
        let source = files.iter().find(|file| file.path == traits).unwrap();
        report(&methods_without_contract(source, &contracts));
    }
}
