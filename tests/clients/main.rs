//! Stock `OpenFeature` clients and the examples of the guide, against the program as it runs.
//!
//! What they are made of, `scripts/setup test` installs: Python in `target/venv`, Node packages in `end2end`. The
//! Rust client is a package of its own, since it brings a second way to do TLS, which must not get into the program's.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod examples;
mod flags;
mod metrics;
mod started;
#[path = "../support/mod.rs"]
mod support;
