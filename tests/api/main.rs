//! The API as a program sees it: requests into the router, answers out of it, on a store of its own and a clock that
//! stands still. What needs a real process (signals, memory, a full disk) is in the other files of `tests/`.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod access;
mod addresses;
mod alerts;
mod answer;
mod app;
mod audit;
mod backpressure;
mod bad_input;
mod bodies;
mod charts;
mod comparison_rules;
mod comparisons;
mod consistency;
mod counting;
mod deciding;
mod discrepancies;
mod event_stream;
mod evidence;
mod failures;
mod features;
mod formats;
mod fuzz;
mod gate;
mod hand_over;
mod health;
mod idempotency;
mod ids;
mod metrics;
mod migrations;
mod notifications;
mod ofrep;
mod openapi;
mod otlp;
mod pages;
mod plan;
mod policies;
#[path = "../support/postgres.rs"]
mod postgres;
mod prometheus;
mod rejections;
mod retention;
mod rollbacks;
mod runbooks;
mod safeguards;
mod set_up;
mod settings;
mod shutdown;
mod sign_in;
mod sign_offs;
mod sizes;
mod stale;
mod status;
mod stores;
mod story;
mod streams;
mod system;
mod tampering;
mod tokens;
mod users;
mod wire;
