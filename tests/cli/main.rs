//! The program on the command line: what it says, what it ends with, and what it left in the store.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod accounts;
mod audit;
mod db;
mod drive;
mod evidence;
mod file_checks;
mod files;
mod import;
#[path = "../support/postgres.rs"]
mod postgres;
mod quantiles;
mod rollback;
mod run;
mod runbook;
mod serve;
#[path = "../support/mod.rs"]
mod support;
