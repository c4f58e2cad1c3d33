//! The server: everything that does I/O. `lib.rs` compiles it with the feature `ssr` only.
//!
//! One way for data to flow: a handler or server function calls a command or a query; a command loads, lets the domain
//! decide and commits; a query fills a view. `ARCHITECTURE.md` has the picture.

pub mod access;
pub mod audit_chain;
pub mod audit_filter;
pub mod charts;
pub mod cli;
pub mod commands;
pub mod config;
pub mod counters;
pub mod decisions;
pub mod drive;
pub mod ending;
pub mod events;
pub mod evidence_pack;
pub mod example;
pub mod exposition;
pub mod fault;
pub mod files;
pub mod http;
pub mod ingest;
pub mod leadership;
pub mod notify;
pub mod orders;
pub mod queries;
pub mod reply;
pub mod seal;
pub mod startup;
pub mod state;
pub mod store;
pub mod telemetry;
pub mod workers;

pub use crate::facade::clock;
