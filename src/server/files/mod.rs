//! The file service: the migration that Crossfade itself runs. Files go to a legacy and a unified storage side, and what
//! is known of them is in the store.
//!
//! [`manager`] is what a side has to be able to do; [`legacy`] and [`unified`] do it; [`faulty`] fails on purpose.
//! [`service`] moves files between callers and sides, and [`check`] looks whether records and sides agree; pages and routes
//! are elsewhere.

pub mod check;
pub mod faulty;
pub mod legacy;
mod locks;
pub mod manager;
mod place;
pub mod reports;
pub mod service;
pub mod sides;
pub mod spool;
pub mod standing;
pub mod unified;
pub mod verified;
