//! What changes what was set: load → domain → commit. Handlers and server functions call one of these each.

pub mod catalog;

pub use super::store::CommitError as CommandError;
