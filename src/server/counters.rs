//! What was counted since the program began, for `/metrics`: in memory, from the moment that a batch is committed, and never
//! less than before. What is kept of the same is in the store; another process on the same database counts for itself.
//!
//! By feature and path, never by what a sender names freely: what is held does not grow with what is sent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::comparison::ComparisonCounts;
use crate::domain::duration_counts::DurationCounts;
use crate::domain::feature::FeatureId;
use crate::domain::latency::LatencyHistogram;
use crate::domain::path::Path;
use crate::domain::rollup::Rollups;

/// The counters; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Mutex<Counted>>);

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub paths: BTreeMap<(FeatureId, Path), PathCounts>,
    pub comparisons: BTreeMap<FeatureId, ComparisonCounts>,
    /// Batches that were written.
    pub batches: u64,
}

/// Observations of one path of a feature.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathCounts {
    pub ok: u64,
    pub errors: u64,
    pub caller_errors: u64,
    pub fallbacks: u64,
    pub latencies: DurationCounts,
}

impl Counters {
    /// Counts what `batches` batches added.
    pub fn count(&self, batches: usize, added: &Rollups) {
        let mut latencies: BTreeMap<(FeatureId, Path), LatencyHistogram> = BTreeMap::new();
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rollup) in &added.observations {
            let path = counted.paths.entry((key.feature, key.path)).or_default();
            path.ok += rollup.ok;
            path.errors += rollup.errors;
            path.caller_errors += rollup.caller_errors;
            path.fallbacks += rollup.fallbacks;
            latencies.entry((key.feature, key.path)).or_default().merge(&rollup.latency);
        }
        for (key, latencies) in latencies {
            counted.paths.entry(key).or_default().latencies.add(&latencies);
        }
        for (key, comparisons) in &added.comparisons {
            counted.comparisons.entry(key.feature).or_default().merge(comparisons);
        }
        counted.batches += batches as u64;
    }

    /// What was counted so far, as of one moment.
    pub fn now(&self) -> Counted {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
