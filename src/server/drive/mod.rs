//! A driver: real file operations through the facade and the file service, at a gentle rate. `crossfade serve --example` has
//! one inside, on the server's own folders; `crossfade drive` is one of its own, on folders that are thrown away. Not a
//! benchmark.

pub mod fault;
pub mod inside;
mod reports;
mod traffic;
mod works;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::bail;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use self::traffic::Traffic;
pub use self::works::Works;
use super::files::service::FileService;
use crate::domain::feature_key::FeatureKey;
use crate::facade::{DecisionSource, Undecided};

/// The features that are driven, and the most bytes of the usual files of each.
const FEATURES: [(&str, u64); 3] = [("kimi", 64 << 10), ("smart_handler", 4 << 10), ("supabase", 24 << 10)];

/// The most operations under way; when they take longer than that, fewer begin.
const UNDER_WAY: usize = 32;

/// Operations a second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

/// Why a rate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of operations a second, from 0 to 200")]
pub struct RateError;

impl Rate {
    /// Whether anything is done at all.
    pub fn is_nothing(self) -> bool {
        self.0 <= 0.0
    }

    /// The time from one operation to the next; `None` when nothing is done.
    fn every(self) -> Option<Duration> {
        (!self.is_nothing()).then(|| Duration::from_secs_f64(1.0 / self.0))
    }
}

impl std::str::FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A slower one than an operation in a thousand seconds is none.
        let rate = text.parse::<f64>().ok().filter(|rate| *rate == 0.0 || (0.001..=200.0).contains(rate));
        rate.map(Self).ok_or(RateError)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a driver did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Driven {
    pub operations: u64,
    /// Of these, those that their caller was told to have failed.
    pub failed: u64,
    /// Faults that were put in, shadow runs included.
    pub injected: u64,
}

/// Whether there are decisions on all features that are driven; whoever starts a driver would rather know at once.
pub async fn check(decisions: &impl DecisionSource) -> anyhow::Result<()> {
    for key in keys() {
        match decisions.decide(&key, None).await {
            Ok(_) | Err(Undecided::TargetingKeyMissing) => {}
            Err(Undecided::UnknownFeature) => {
                bail!("there is no feature {key}; `crossfade serve --example` creates those that are driven")
            }
            Err(error @ Undecided::Unavailable(_)) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Drives `service` at `rate` until `stop`, with `traffic` that comes to its end before this returns.
async fn drive(service: &FileService, traffic: Traffic, rate: Rate, stop: CancellationToken) -> Driven {
    let traffic = Arc::new(traffic);
    let (operations, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let Some(every) = rate.every() else { return Driven::default() };
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let (traffic, service) = (Arc::clone(&traffic), service.clone());
        let (operations, failed) = (Arc::clone(&operations), Arc::clone(&failed));
        tokio::spawn(async move {
            operations.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = traffic.step(&service).await {
                failed.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "an operation failed");
            }
            drop(place);
        });
    }
    // Whoever is under way comes to its end.
    let _ = places.acquire_many(u32::try_from(UNDER_WAY).unwrap_or(u32::MAX)).await;
    service.finish().await;
    Driven { operations: operations.load(Ordering::Relaxed), failed: failed.load(Ordering::Relaxed), injected: 0 }
}

fn keys() -> impl Iterator<Item = FeatureKey> {
    FEATURES.iter().filter_map(|(key, _)| FeatureKey::parse(key).ok())
}

#[cfg(test)]
mod tests;
