//! One file per route.

pub mod feature;
pub mod new_feature;
pub mod new_migration;
pub mod not_found;
pub mod overview;
