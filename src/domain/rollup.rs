//! Counts per minute: what is kept of observations and comparisons. Folding and merging are here, keeping is the store's.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::comparison::{Comparison, ComparisonCounts};
use super::counted::CountedObservations;
use super::difference::{Difference, FieldPath};
use super::distinct_units::DistinctUnits;
use super::example::{self, Example};
use super::feature::FeatureId;
use super::latency::LatencyHistogram;
pub use super::minute::{Hour, Minute};
use super::noise::NoiseCounts;
use super::observation::{Fallback, Observation, Operation, Outcome};
use super::origin::{Origin, OriginCounts};
use super::path::Path;

/// `part` of `whole`, 0 to 1; `None` when there is no whole, since a rate of nothing is not 0.
pub fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Counts and latencies of some observations of one path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservationRollup {
    pub ok: u64,
    pub errors: u64,
    pub caller_errors: u64,
    /// Of the errors, those that legacy answered in the candidate's place.
    pub fallbacks: u64,
    /// Latencies of all of them, whatever their outcome, but for what a mere counter told.
    pub latency: LatencyHistogram,
}

impl ObservationRollup {
    /// Counts one observation. A call that fell back counts as an error, whatever outcome it claims.
    pub fn record(&mut self, observation: &Observation) {
        match (observation.fallback, observation.outcome) {
            (Fallback::ToLegacy, _) => {
                self.errors += 1;
                self.fallbacks += 1;
            }
            (Fallback::No, Outcome::Ok) => self.ok += 1,
            (Fallback::No, Outcome::Error) => self.errors += 1,
            (Fallback::No, Outcome::CallerError) => self.caller_errors += 1,
        }
        self.latency.record(observation.latency);
    }

    /// Adds the counts and latencies of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.errors += other.errors;
        self.caller_errors += other.caller_errors;
        self.fallbacks += other.fallbacks;
        self.latency.merge(&other.latency);
    }

    /// All operations, caller errors among them.
    pub const fn requests(&self) -> u64 {
        self.ok + self.errors + self.caller_errors
    }

    /// Operations that this path answered: all but those that fell back.
    pub const fn served(&self) -> u64 {
        self.requests() - self.fallbacks
    }

    /// Operations that tell something of the implementation: all but caller errors.
    pub const fn judged(&self) -> u64 {
        self.ok + self.errors
    }

    /// The share of errors in the operations judged, 0 to 1; `None` without any.
    pub fn error_rate(&self) -> Option<f64> {
        rate(self.errors, self.judged())
    }

    /// The share of successes in the operations judged, 0 to 1; `None` without any.
    pub fn success_rate(&self) -> Option<f64> {
        rate(self.ok, self.judged())
    }
}

/// What a rollup of observations is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObservationKey {
    pub feature: FeatureId,
    pub minute: Minute,
    pub operation: Operation,
    pub path: Path,
}

/// What a count of comparisons is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComparisonKey {
    pub feature: FeatureId,
    pub minute: Minute,
    pub operation: Operation,
}

/// What a sketch of distinct units is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitsKey {
    pub feature: FeatureId,
    pub hour: Hour,
    pub path: Path,
}

/// What a count of differences is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DiscrepancyKey {
    pub feature: FeatureId,
    pub hour: Hour,
    pub operation: Operation,
    pub difference: Difference,
}

/// What counts of second legacy runs are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecondRunKey {
    pub feature: FeatureId,
    pub hour: Hour,
    pub operation: Operation,
}

/// What a count of errors by kind is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ErrorKindKey {
    pub feature: FeatureId,
    pub hour: Hour,
    pub operation: Operation,
    pub path: Path,
    pub kind: Operation,
}

/// Where data about a feature came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Observations of a path.
    Path(Path),
    /// Comparisons.
    Shadow,
}

/// Everything that some observations and comparisons add to what is kept.
#[derive(Clone, Debug, Default)]
pub struct Rollups {
    pub observations: BTreeMap<ObservationKey, ObservationRollup>,
    pub comparisons: BTreeMap<ComparisonKey, ComparisonCounts>,
    pub units: BTreeMap<UnitsKey, DistinctUnits>,
    pub discrepancies: BTreeMap<DiscrepancyKey, u64>,
    /// Runs with a second legacy run.
    pub second_runs: BTreeMap<SecondRunKey, u64>,
    /// Of those, in how many each field differed, and how.
    pub noise: BTreeMap<(SecondRunKey, FieldPath), NoiseCounts>,
    /// The newest examples of each difference.
    pub examples: BTreeMap<(FeatureId, Difference), Vec<Example>>,
    pub error_kinds: BTreeMap<ErrorKindKey, u64>,
    /// Only what was not of callers.
    pub origins: BTreeMap<(FeatureId, Minute), OriginCounts>,
    /// The newest time seen of each source.
    pub last_seen: BTreeMap<(FeatureId, Source), DateTime<Utc>>,
}

impl Rollups {
    /// Folds one observation in.
    pub fn observe(&mut self, observation: &Observation) {
        let Observation { at, feature, ref operation, path, .. } = *observation;
        let minute = Minute::of(at);
        let key = ObservationKey { feature, minute, operation: operation.clone(), path };
        self.observations.entry(key).or_default().record(observation);
        if let Some(unit) = observation.unit {
            self.units.entry(UnitsKey { feature, hour: minute.hour(), path }).or_default().record(unit);
        }
        // A call that fell back failed, whatever outcome it claims.
        let failed = observation.fallback == Fallback::ToLegacy || observation.outcome != Outcome::Ok;
        if let Some(kind) = observation.error_kind.as_ref().filter(|_| failed) {
            let key =
                ErrorKindKey { feature, hour: minute.hour(), operation: operation.clone(), path, kind: kind.clone() };
            *self.error_kinds.entry(key).or_default() += 1;
        }
        self.note_origin(feature, minute, observation.origin);
        self.see(feature, Source::Path(path), at);
    }

    /// Folds one comparison in.
    pub fn compare(&mut self, comparison: &Comparison) {
        let Comparison { at, feature, ref operation, verdict, ref differences, ref second_run, ref examples, origin } =
            *comparison;
        let minute = Minute::of(at);
        let key = ComparisonKey { feature, minute, operation: operation.clone() };
        self.comparisons.entry(key).or_default().record(verdict);
        for difference in differences {
            let key = DiscrepancyKey {
                feature,
                hour: minute.hour(),
                operation: operation.clone(),
                difference: difference.clone(),
            };
            *self.discrepancies.entry(key).or_default() += 1;
        }
        if let Some(fields) = second_run {
            let key = SecondRunKey { feature, hour: minute.hour(), operation: operation.clone() };
            for (field, differed) in fields {
                self.noise.entry((key.clone(), field.clone())).or_default().record(*differed);
            }
            *self.second_runs.entry(key).or_default() += 1;
        }
        for it in examples {
            let kept = self.examples.entry((feature, it.difference.clone())).or_default();
            example::keep_newest(kept, [it.clone()]);
        }
        self.note_origin(feature, minute, origin);
        self.see(feature, Source::Shadow, at);
    }

    /// Adds what somebody else counted.
    pub fn count(&mut self, counted: &CountedObservations) {
        if counted.distribution.count() == 0 {
            return;
        }
        let CountedObservations { at, feature, ref operation, path, .. } = *counted;
        let key = ObservationKey { feature, minute: Minute::of(at), operation: operation.clone(), path };
        self.observations.entry(key).or_default().merge(&counted.rollup());
        self.see(feature, Source::Path(path), at);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (key, rollup) in &other.observations {
            self.observations.entry(key.clone()).or_default().merge(rollup);
        }
        for (key, counts) in &other.comparisons {
            self.comparisons.entry(key.clone()).or_default().merge(counts);
        }
        for (key, units) in &other.units {
            self.units.entry(*key).or_default().merge(units);
        }
        for (key, count) in &other.discrepancies {
            *self.discrepancies.entry(key.clone()).or_default() += count;
        }
        for (key, count) in &other.second_runs {
            *self.second_runs.entry(key.clone()).or_default() += count;
        }
        for (key, counts) in &other.noise {
            self.noise.entry(key.clone()).or_default().merge(counts);
        }
        for (key, examples) in &other.examples {
            example::keep_newest(self.examples.entry(key.clone()).or_default(), examples.iter().cloned());
        }
        for (key, count) in &other.error_kinds {
            *self.error_kinds.entry(key.clone()).or_default() += count;
        }
        for (key, counts) in &other.origins {
            self.origins.entry(*key).or_default().merge(*counts);
        }
        for ((feature, source), at) in &other.last_seen {
            self.see(*feature, *source, *at);
        }
    }

    /// The observations and comparisons per hour: the keys' minutes are the hours' first.
    #[must_use]
    pub fn by_hour(&self) -> Self {
        let mut hours = Self::default();
        for (key, rollup) in &self.observations {
            let key = ObservationKey { minute: key.minute.hour().first_minute(), ..key.clone() };
            hours.observations.entry(key).or_default().merge(rollup);
        }
        for (key, counts) in &self.comparisons {
            let key = ComparisonKey { minute: key.minute.hour().first_minute(), ..key.clone() };
            hours.comparisons.entry(key).or_default().merge(counts);
        }
        hours
    }

    fn note_origin(&mut self, feature: FeatureId, minute: Minute, origin: Origin) {
        if !origin.is_caller() {
            self.origins.entry((feature, minute)).or_default().record(origin);
        }
    }

    fn see(&mut self, feature: FeatureId, source: Source, at: DateTime<Utc>) {
        let last = self.last_seen.entry((feature, source)).or_insert(at);
        *last = at.max(*last);
    }
}
