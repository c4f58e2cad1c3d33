//! What the statements behind every page and document cost, with much in the database: none reads more than it gives, beyond
//! what a few are named for. On PostgreSQL that is read off the plans that `auto_explain` logs with what was really read, on
//! SQLite off `EXPLAIN QUERY PLAN`.
//!
//! Usually there are two months of data, which tell the same as a year and are made in seconds. `make plans` fills a whole
//! year and prints what each page costs.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod addresses;
mod app;
#[path = "../support/database.rs"]
mod database;
mod explained;
mod filling;
mod on_postgres;
mod on_sqlite;
mod rows;
mod seeds;

// What the contracts of the store put in, of which each row is made many times.
#[path = "../store_contract/alerts.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod alerts;
#[path = "../store_contract/backend.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod backend;
#[path = "../store_contract/decided.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod decided;
#[path = "../store_contract/files.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod files;
#[path = "../store_contract/notifications.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod notifications;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../store_contract/runbooks.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod runbooks;
#[path = "../store_contract/sample.rs"]
#[expect(dead_code, reason = "the contracts themselves are tried elsewhere")]
mod sample;

/// Held by whoever has statements noted: those of others are not to be among them.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
