//! What runs beside the requests. What goes by the clock is done by the one instance that leads.

pub mod alerts;
pub mod consistency;
pub mod files;
pub mod instances;
pub mod notifications;
pub mod retention;
pub mod rollbacks;
pub mod system;
