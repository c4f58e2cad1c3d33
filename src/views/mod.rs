//! Read models, one per page or API document: what the server measured, ready to be shown. Pure data and the arithmetic
//! of showing it; queries fill them, components and handlers only read them.

pub mod account;
pub mod address;
pub mod audit;
pub mod catalog;
pub mod chart;
pub mod comparison_rules;
pub mod consistency;
pub mod criterion;
pub mod discrepancies;
pub mod driver;
pub mod fault;
pub mod feature;
pub mod file;
pub mod file_pages;
pub mod format;
pub mod gate;
pub mod gate_card;
pub mod hand_over;
pub mod live_event;
pub mod markdown;
pub mod meanwhile;
pub mod metrics;
pub mod next;
pub mod overview;
pub mod policy;
pub mod probe;
pub mod queue;
pub mod rail;
pub mod range;
pub mod rollback;
pub mod session;
pub mod sparkline;
pub mod status;
pub mod summary;
pub mod timeline;
