//! In front of one's own two implementations: asks which path to take, runs it, falls back, runs the other side in
//! shadow, and reports what came of it. Not the server, and not the file service, which is built upon this.
//!
//! - [`Operation`]: what is done, on either side; [`Closures`] makes one of two closures.
//! - [`DecisionSource`]: who says which path a call takes; [`remote::OfrepDecisions`] asks a Crossfade somewhere else.
//! - [`Reporter`]: who is told what came of it; [`batch::BatchReporter`] sends it in batches, over
//!   [`remote::HttpTransport`] or any other [`batch::Transport`].
//! - [`Facade`]: puts them together. [`Facade::call`] tells what happens to a call, step by step.
//!
//! A program that is no server takes this part of the crate alone:
//!
//! ```toml
//! crossfade = { version = "0.1", default-features = false, features = ["facade"] }
//! ```
//!
//! # What a caller may rely on
//!
//! - It waits for the path attempted, and for legacy where that has to answer in the candidate's place; for nothing else.
//!   Decisions come from memory, reports go to memory, and shadow runs are tasks of their own: bounded in number, in
//!   time and by the minute ([`ShadowSettings`]), with their panics caught.
//! - Latency and outcome count for the path attempted. A candidate that failed is the candidate's failure, although
//!   legacy answered.
//! - When Crossfade cannot be asked, what it said last counts for a while; after that, legacy answers.
//!
//! What it cannot do: a shadow run that never reaches an `await` cannot be ended, and takes a thread of the runtime.
//!
//! # Example
//!
//! `examples/facade.rs` is the same against a Crossfade that runs. Here everything is in one place:
//!
//! ```
//! use std::sync::Arc;
//!
//! use crossfade::domain::decision::{Decision, Reason};
//! use crossfade::domain::feature::Switch;
//! use crossfade::domain::observation::Operation as Name;
//! use crossfade::domain::path::Path;
//! use crossfade::domain::percentage::Percentage;
//! use crossfade::domain::unit::Unit;
//! use crossfade::facade::{Closures, Facade, Fixed, Settings, Unreported};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let thumbnail = Arc::new(Closures::new(
//!     Name::parse("thumbnail")?,
//!     |pixels: u32| async move { Ok::<_, String>(pixels / 10) },
//!     |_pixels: u32| async move { Err("not yet".to_owned()) },
//! ));
//! // In life this is `OfrepDecisions`, and `Unreported` is a `BatchReporter`.
//! let decisions = Fixed(Ok(Decision {
//!     path: Path::Candidate,
//!     reason: Reason::Static,
//!     stage: "100%".to_owned(),
//!     percentage: Percentage::FULL,
//!     bucket: None,
//!     shadow: None,
//!     fallback: Switch::On,
//! }));
//! let facade = Facade::new(decisions, Unreported, Settings::default());
//!
//! let user = Unit::parse("user123")?;
//! let answered = facade.call(&thumbnail, &"images".parse()?, Some(&user), 640).await;
//! assert_eq!(answered.result, Ok(64));
//! assert_eq!(answered.path, Path::Legacy, "the candidate failed, and legacy answered in its place");
//! # Ok(())
//! # }
//! ```

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
pub use self::source::{AnyDecisions, DecisionSource, Fixed, Undecided};

#[cfg(test)]
mod tests;
