//! What runs beside the requests.

pub mod consistency;
pub mod files;
pub mod notifications;
pub mod rollbacks;
pub mod system;
