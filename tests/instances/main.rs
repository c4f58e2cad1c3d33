//! Several instances on one PostgreSQL: what is changed on one is so on the others, timed work is done by one of them, and
//! neither `kill -9` of any nor a database that is away, hangs or is cut off loses or doubles anything.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod agreement;
mod away;
mod client;
mod files;
mod fleet;
mod losses;
#[path = "../support/postgres.rs"]
mod postgres;
mod proxy;
mod receiver;
mod starting;
#[path = "../support/mod.rs"]
mod support;
