//! What runs beside the requests.

pub mod rollbacks;
pub mod system;
