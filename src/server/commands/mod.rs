//! What changes what was set: load → domain → commit. Handlers and server functions call one of these each.

pub mod accounts;
pub mod catalog;
pub mod comparison_rules;
pub mod consistency;
pub mod error;
pub mod files;
pub(super) mod ids;
mod insist;
pub mod notifications;
pub mod policy;
pub mod record;
pub mod rollback;
pub mod rollout;
pub mod runbook;
pub mod settings;
pub mod sign_in;
pub mod sign_off;
pub mod silence;
pub mod tokens;

pub use error::CommandError;
