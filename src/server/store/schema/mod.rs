//! The database as a whole: which migrations it has, where it has drifted from them, and copies of it (branches, backups,
//! and the move to another kind of database). All of it past the store, on connections of its own, and of either kind.
//!
//! Nothing here knows what the rows mean.

pub mod apply;
pub mod audit;
pub mod backup;
pub mod base;
pub mod branch;
mod copy;
mod error;
mod incoming;
mod ledger;
mod live;
mod rows;
mod scratch;
pub mod transfer;
mod turn;

pub use self::base::{Base, Missing};
pub use self::copy::Copied;
pub use self::error::SchemaError;
pub use self::incoming::Present;
pub use self::rows::TableSum;
