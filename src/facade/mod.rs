//! In front of one's own two implementations: asks which path to take, runs it, falls back, runs the other side in
//! shadow, and reports what came of it. Not the server, and not the file service, which is built upon this.
//!
//! - [`Operation`]: what is done, on either side.
//! - [`DecisionSource`]: who says which path a call takes.
//! - [`Reporter`]: who is told what came of it.
//! - [`Facade`]: puts them together.
//! - [`batch`] and [`remote`]: decisions and reports of a Crossfade somewhere else.

mod attempt;
pub mod batch;
mod call;
pub mod clock;
mod closures;
pub mod injected;
mod operation;
pub mod remote;
mod report;
mod sampler;
mod settings;
mod shadow;
mod source;

pub use self::call::{Answered, Facade};
pub use self::closures::Closures;
pub use self::operation::{Failure, Fault, Operation, Shadowing};
pub use self::report::{Compared, ComparisonReport, ObservationReport, Reporter, Side, Unreported};
pub use self::sampler::{Always, Even, Sampler};
pub use self::settings::{Comparing, Counts, Settings, ShadowSettings};
pub use self::source::{DecisionSource, Fixed, Undecided};

#[cfg(test)]
mod tests;
