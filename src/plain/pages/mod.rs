//! One file per route.

pub mod account;
pub mod audit;
pub mod change;
pub mod comparison_rules;
pub mod consistency;
pub mod discrepancies;
pub mod emergency;
pub mod file;
pub mod files;
pub mod frozen_gate;
pub mod gate;
pub mod log_in;
pub mod migration;
pub mod new_feature;
pub mod new_migration;
pub mod notifications;
pub mod policy;
pub mod queue;
pub mod roll_back;
pub mod rollbacks;
pub mod runbook;
pub mod set_up;
pub mod tokens;
pub mod users;
