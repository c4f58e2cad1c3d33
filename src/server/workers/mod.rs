//! What runs beside the requests.

pub mod files;
pub mod rollbacks;
pub mod system;
