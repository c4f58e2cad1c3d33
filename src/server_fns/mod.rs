//! What the browser calls: thin `#[server]` functions per noun, and their one error type.
//!
//! Each is a public endpoint under `/panel`. It asks whether whoever calls it may, takes the state out of its context,
//! parses what it was given, calls one query or command and maps the answer; it decides nothing.

pub mod account;
pub mod alert;
pub mod answer;
pub mod audit;
pub mod comparison_rules;
pub mod discrepancies;
pub mod error;
pub mod feature;
pub mod file;
pub mod gate;
pub mod migration;
pub mod notification;
pub mod overview;
pub mod policy;
pub mod queue;
pub mod rollback;
pub mod rollout;
pub mod runbook;
pub mod schema;
pub mod system;
pub mod token;
pub mod user;
