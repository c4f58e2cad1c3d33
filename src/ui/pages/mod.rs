//! One file per route.

pub mod feature;
pub mod not_found;
pub mod overview;
