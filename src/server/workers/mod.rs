//! What runs beside the requests.

pub mod alerts;
pub mod consistency;
pub mod files;
pub mod notifications;
pub mod retention;
pub mod rollbacks;
pub mod system;
