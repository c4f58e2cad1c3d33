//! Alerts: what a rule reads in the present numbers, how that becomes an alert that fires and is over again, and who is
//! told. Pure: the worker gathers, and writes what is decided here.

mod action;
mod episode;
mod evidence;
mod reading;
mod silence;
mod step;
#[cfg(test)]
mod tests;
mod watching;

pub use action::{Hold, hold};
pub use episode::{Acted, AlertState, Episode, StateWord};
pub use evidence::{AlertEvidence, FrozenAlert};
pub use reading::{Condition, Reading, read_decisions_age, read_load, read_measured, read_no_traffic};
pub use silence::{Ended, NewSilence, Silence, SilenceId};
pub use step::{LONGEST_GAP, Seen, Step, Subject, step};
pub use watching::{nothing_to_watch, serving_since};
