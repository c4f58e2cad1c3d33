//! What changes what was set: load → domain → commit. Handlers and server functions call one of these each.

pub mod accounts;
pub mod catalog;
pub mod sign_in;
pub mod tokens;

pub use super::store::CommitError as CommandError;
