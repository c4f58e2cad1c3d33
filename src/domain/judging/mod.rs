//! The statistics that criteria are judged by. One primitive: a bet against "the rate is p" that can be looked at after
//! every request without ever being wrong more often than one time in twenty. Not verdicts, which are the gate's.

mod degradation;
mod e_process;
mod quantile_ranks;
mod rate_interval;
#[cfg(test)]
mod simulation;

pub use degradation::{DegradationInterval, degradation, requests_needed};
pub use e_process::{Level, ln_e};
pub use quantile_ranks::{QuantileCounts, quantile_counts, quantile_ranks};
pub use rate_interval::{
    ExcessInterval, RateInterval, clean_candidate_requests_needed, clean_requests_needed, excess, rate_interval,
};
#[cfg(test)]
pub(crate) use simulation::SplitMix64;
