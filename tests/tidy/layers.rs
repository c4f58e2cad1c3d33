//! Which part of the crate may know which other: the arrows of the architecture.

use crate::source::{File, in_brackets, line_of, words};
use crate::{Finding, hold};

/// What the parts may not know of each other, from the inside out.
const LAYERS: [(&str, &[&str]); 6] = [
    ("src/domain", &["facade", "views", "server", "server_fns", "ui", "app", "plain"]),
    ("src/facade", &["views", "server", "server_fns", "ui", "app", "plain"]),
    ("src/views", &["facade", "server", "server_fns", "ui", "app", "plain"]),
    ("src/server", &["server_fns", "ui", "app", "plain"]),
    ("src/server_fns", &["ui", "app", "plain"]),
    ("src/ui", &["app", "plain"]),
];

/// The places inside that hand out what is outside: each serves pages, those with a client and those without.
const SERVE_THE_PAGES: [(&str, &str); 4] = [
    ("src/server/http/panel.rs", "app"),
    ("src/server/http/plain_pages.rs", "plain"),
    ("src/server/http/page_routes.rs", "app"),
    ("src/server/http/page_routes.rs", "plain"),
];

/// Parts that are shared by server and browser and do nothing but compute.
const PURE: [&str; 2] = ["src/domain", "src/views"];

/// What does I/O, waits or draws.
const IMPURE_CRATES: [&str; 22] = [
    "axum",
    "clap",
    "flate2",
    "futures",
    "hyper",
    "hyper_util",
    "indicatif",
    "leptos",
    "leptos_axum",
    "leptos_meta",
    "leptos_router",
    "plotters",
    "reqwest",
    "rustix",
    "sqlx",
    "sysinfo",
    "tokio",
    "tokio_util",
    "tower",
    "tower_http",
    "wasm_bindgen",
    "web_sys",
];

const IMPURE_MODULES: [&str; 5] = ["std::env", "std::fs", "std::net", "std::process", "std::thread"];

const CLOCKS: [&str; 4] = ["Utc::now", "Local::now", "SystemTime", "Instant"];

fn arrows_point_inwards(file: &File) -> Vec<Finding> {
    let Some((layer, unknown)) = LAYERS.into_iter().find(|(layer, _)| file.is_rust() && file.is_under(layer)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for module in unknown.iter().filter(|module| !SERVE_THE_PAGES.contains(&(file.path.as_str(), module))) {
        found.extend(uses_of(&file.code, module).map(|line| Finding { line, what: format!("{layer} knows {module}") }));
    }
    found
}

fn pure_parts_only_compute(file: &File) -> Vec<Finding> {
    let Some(part) = PURE.into_iter().find(|part| file.is_rust() && file.is_under(part)) else { return Vec::new() };
    let mut found = Vec::new();
    for name in IMPURE_CRATES {
        found.extend(uses_of(&file.code, name).map(|line| Finding { line, what: format!("{part} uses {name}") }));
    }
    for (names, does) in [(&IMPURE_MODULES[..], "does"), (&CLOCKS, "reads"), (&["async", "await"], "waits with")] {
        for name in names {
            let lines = words(&file.code, name).map(|offset| line_of(&file.code, offset));
            found.extend(lines.map(|line| Finding { line, what: format!("{part} {does} {name}") }));
        }
    }
    found
}

fn features_are_asked_for_in_three_places(file: &File) -> Vec<Finding> {
    const PLACES: [&str; 3] = ["src/lib.rs", "src/main.rs", "src/ui/live.rs"];
    if !file.is_rust() || !file.is_under("src") || PLACES.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for asking in ["cfg(", "cfg_attr(", "cfg!("] {
        for (offset, _) in file.code.match_indices(asking) {
            let asked = in_brackets(&file.code, offset + asking.len() - 1);
            if words(asked, "feature").next().is_some() {
                let line = line_of(&file.code, offset);
                found.push(Finding { line, what: format!("a feature is asked for outside {}", PLACES.join(", ")) });
            }
        }
    }
    found
}

fn sql_is_spoken_in_the_store_only(file: &File) -> Vec<Finding> {
    if !file.is_rust() || !file.is_under("src") || file.is_under("src/server/store") {
        return Vec::new();
    }
    let lines = words(&file.code, "sqlx").map(|offset| line_of(&file.code, offset));
    lines.map(|line| Finding { line, what: "sqlx outside src/server/store".to_owned() }).collect()
}

fn backends_are_known_where_they_are_opened_only(file: &File) -> Vec<Finding> {
    let opens = ["src/server/store", "src/server/startup.rs", "src/server/cli"].iter().any(|part| file.is_under(part));
    if !file.is_rust() || !file.is_under("src") || opens {
        return Vec::new();
    }
    let code = file.code_before_tests();
    let mut found = Vec::new();
    for backend in ["sqlite", "SqliteStore", "postgres", "PostgresStore"] {
        let as_a_path = |offset: &usize| {
            backend.starts_with(char::is_uppercase)
                || code[offset + backend.len()..].starts_with("::")
                || code[..*offset].ends_with("::")
        };
        let lines = words(code, backend).filter(as_a_path).map(|offset| line_of(code, offset));
        found.extend(lines.map(|line| Finding { line, what: format!("{backend} is known above the trait") }));
    }
    found
}

/// The lines in which `name` is the start of a path or the end of a `use`.
fn uses_of<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let used = move |offset: &usize| {
        let (before, after) = (&code[..*offset], &code[offset + name.len()..]);
        let ours = ["crate::", "crossfade::", "use "].iter().any(|start| before.ends_with(start));
        let starts_a_path = after.starts_with("::") && !before.ends_with("::");
        ours || starts_a_path || (after.starts_with("::") && before.ends_with("super::"))
    };
    words(code, name).filter(used).map(|offset| line_of(code, offset))
}

#[test]
fn every_part_knows_only_what_is_inside_it() {
    hold(
        arrows_point_inwards,
        &[
            ("src/domain/a.rs", "use crate::server::store;\nuse crate::{views::status, domain::path};", &[1, 2]),
            ("src/domain/a.rs", "use super::super::ui::page;\nuse crate::app;", &[1, 2]),
            ("src/domain/a.rs", "//! crate::server\nuse super::path::Path;\nconst A: &str = \"crate::ui\";", &[]),
            ("src/domain/a.rs", "struct App { server: u8 }\nfn app(ui: u8) -> u8 { ui }", &[]),
            ("src/views/a.rs", "use crate::domain::path;\nuse crate::server_fns::overview;", &[2]),
            ("src/facade/a.rs", "use crate::domain::path;\nuse crate::server::clock;", &[2]),
            ("src/server/a.rs", "use crate::views::status;\nuse crate::ui::pages;", &[2]),
            (
                "src/server/http/panel.rs",
                "use crate::app::App;\nuse crate::ui::pages;\nuse crate::plain::shell;",
                &[2, 3],
            ),
            ("src/server/http/plain_pages.rs", "use crate::app::App;\nuse crate::plain::shell;", &[1]),
            ("src/ui/a.rs", "use crate::plain::outcome;", &[1]),
            ("src/server_fns/a.rs", "use crate::server::state;\nuse crate::app::App;", &[2]),
            ("src/ui/a.rs", "use crate::server_fns::overview;\nuse crate::app::App;", &[2]),
        ],
    );
}

#[test]
fn domain_and_views_do_nothing_but_compute() {
    hold(
        pure_parts_only_compute,
        &[
            ("src/domain/a.rs", "use leptos::prelude::*;\nuse sqlx;\nfn f() { tokio::spawn(g()) }", &[1, 2, 3]),
            ("src/domain/a.rs", "fn f() {\n  chrono::Utc::now();\n  std::time::Instant::now();\n}", &[2, 3]),
            ("src/views/a.rs", "async fn f() {}\nuse std::fs;\nuse std::fmt;", &[1, 2]),
            ("src/domain/a.rs", "//! tokio::spawn\nuse chrono::Utc;\nfn now(at: DateTime<Utc>) {}", &[]),
            ("src/server/a.rs", "use axum::Router;\nasync fn f() {}", &[]),
        ],
    );
}

#[test]
fn only_three_files_ask_for_features() {
    hold(
        features_are_asked_for_in_three_places,
        &[
            ("src/server/a.rs", "#[cfg(feature = \"ssr\")]\nfn f() {}\n#[cfg(any(test, feature = \"a\"))]", &[1, 3]),
            ("src/ui/a.rs", "fn f() { if cfg!(not(feature = \"ssr\")) {} }\n#[cfg_attr(feature = \"a\", b)]", &[1, 2]),
            ("src/ui/live.rs", "#[cfg(feature = \"ssr\")]", &[]),
            ("src/domain/a.rs", "#[cfg(test)]\nmod tests { fn feature() {} }\n// cfg(feature)", &[]),
        ],
    );
}

#[test]
fn nothing_above_the_trait_knows_sql() {
    hold(
        sql_is_spoken_in_the_store_only,
        &[
            ("src/server/commands/a.rs", "use sqlx::SqlitePool;\nfn f(e: sqlx::Error) {}", &[1, 2]),
            ("src/server/store/sqlite/mod.rs", "use sqlx::SqlitePool;", &[]),
            ("src/server/commands/a.rs", "// sqlx\nfn sqlx_free() {}", &[]),
        ],
    );
}

#[test]
fn nothing_above_the_trait_knows_its_backends() {
    hold(
        backends_are_known_where_they_are_opened_only,
        &[
            (
                "src/server/queries/a.rs",
                "use crate::server::store::sqlite::SqliteStore;\nfn f(s: SqliteStore) {}",
                &[1, 2],
            ),
            ("src/server/queries/a.rs", "use super::store::postgres;", &[1]),
            ("src/server/startup.rs", "use super::store::sqlite::SqliteStore;", &[]),
            ("src/server/cli/db.rs", "use super::store::sqlite::SqliteStore;", &[]),
            (
                "src/server/config.rs",
                "enum Database { Sqlite }\nfn f(sqlite: &str) {}\nconst A: &str = \"sqlite:\";",
                &[],
            ),
            (
                "src/server/ingest/a.rs",
                "fn f() {}\n#[cfg(test)]\nmod tests { use super::store::sqlite::SqliteStore; }",
                &[],
            ),
        ],
    );
}
