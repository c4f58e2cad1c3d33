//! The words and rules of Crossfade: pure functions of state, input and `now`, shared by server and browser.
//!
//! Nothing here does I/O, waits, reads a clock or knows of leptos; `tests/tidy.rs` checks it. Each file holds one noun
//! of the design's word list.

pub mod access;
pub mod account;
pub mod alert;
pub mod alert_notice;
pub mod audit;
pub mod author;
pub mod backfill;
pub mod bucket;
pub mod comparison;
pub mod comparison_rules;
pub mod consistency;
pub mod data_state;
pub mod decision;
pub mod difference;
pub mod digest;
pub mod distinct_units;
pub mod effective;
pub mod evidence;
pub mod evidence_pack;
pub mod example;
pub mod feature;
pub mod feature_key;
pub mod field_error;
pub mod field_path;
pub mod field_pattern;
pub mod fields;
pub mod file;
pub mod file_name;
pub mod gate;
pub mod gradual;
pub mod judging;
pub mod latency;
pub mod login_limit;
pub mod migration;
pub mod mime_type;
pub mod minute;
pub mod multiset;
pub mod noise;
pub mod observation;
pub mod observed;
pub mod origin;
pub mod path;
pub mod percentage;
pub mod policy;
pub mod reason;
pub mod redaction;
pub mod refusal;
pub mod rollback;
pub mod rollout;
pub mod rollup;
#[cfg(test)]
mod sample;
pub mod scope;
pub mod series;
pub mod session;
pub mod sign_off;
pub mod snapshot;
pub mod stage_clock;
pub mod text;
pub mod time_range;
pub mod token;
pub mod transition;
pub mod unit;
