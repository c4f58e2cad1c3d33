//! What can be set of a facade, and what it counts of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::clock::{Clock, SystemClock};
use super::sampler::{Even, Sampler};

/// How a facade goes about it.
#[derive(Clone)]
pub struct Settings {
    pub shadow: ShadowSettings,
    /// A call whose caller gave up counts as the implementation's error when it had lasted this long, and as the
    /// caller's own otherwise.
    pub patience: Duration,
    /// Tells when a call was made; how long it took is measured with a monotonic clock.
    pub clock: Arc<dyn Clock>,
    /// Draws which calls are run in shadow.
    pub sampler: Arc<dyn Sampler>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shadow: ShadowSettings::default(),
            patience: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
            sampler: Arc::new(Even::default()),
        }
    }
}

/// How the other side is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShadowSettings {
    /// The most that run or wait to run; more are dropped and counted.
    pub queue: u32,
    /// The most that run at once.
    pub concurrency: u32,
    /// The longest that one runs; then it has failed with the kind `timeout`.
    pub timeout: Duration,
    /// The most that begin in a minute; more are dropped and counted.
    pub per_minute: u32,
    /// The share of comparisons, 0 to 1, for which legacy runs once more, to tell noise from differences.
    pub again: f64,
    pub comparing: Comparing,
}

impl ShadowSettings {
    /// Ten a second at the most, eight at once, no longer than half a minute each.
    pub const DEFAULT: Self = Self {
        queue: 256,
        concurrency: 8,
        timeout: Duration::from_secs(30),
        per_minute: 600,
        again: 0.0,
        comparing: Comparing::AtServer,
    };
}

impl Default for ShadowSettings {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where results are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparing {
    /// Both are sent, and compared by the migration's rules.
    AtServer,
    /// Here, field by field without rules: for results that must not leave the program.
    Here,
}

/// What a facade counts of itself since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that took legacy since nothing could be decided.
    pub undecided: u64,
    /// Calls that legacy answered in the candidate's place.
    pub fallbacks: u64,
    /// Calls whose caller gave up.
    pub abandoned: u64,
    /// Shadow runs that came to an end, whichever.
    pub shadows: u64,
    /// Shadow runs that did not begin, since the queue was full.
    pub dropped_queue: u64,
    /// Shadow runs that did not begin, since as many had begun in this minute.
    pub dropped_minute: u64,
}

/// The counts while they go on.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub undecided: Counter,
    pub fallbacks: Counter,
    pub abandoned: Counter,
    pub shadows: Counter,
    pub dropped_queue: Counter,
    pub dropped_minute: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    /// Counts one, and says how many there were before.
    pub fn add(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub fn read(&self) -> Counts {
        Counts {
            undecided: self.undecided.get(),
            fallbacks: self.fallbacks.get(),
            abandoned: self.abandoned.get(),
            shadows: self.shadows.get(),
            dropped_queue: self.dropped_queue.get(),
            dropped_minute: self.dropped_minute.get(),
        }
    }
}
