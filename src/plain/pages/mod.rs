//! One file per route.

pub mod account;
pub mod log_in;
pub mod set_up;
pub mod tokens;
pub mod users;
