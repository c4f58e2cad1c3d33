//! The series behind a gate's evidence: rollups since the stage was entered, and their sums. Live evidence and a pack that
//! is judged again offline are summed by the same function.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::comparison::ComparisonCounts;
use super::evidence::PathEvidence;
use super::path::Path;
use super::rollup::Minute;

/// What had been counted in the minute in which a stage was entered, before it was: that much of the minute is not
/// evidence of the stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntryMinute {
    pub legacy: Counts,
    pub candidate: Counts,
    pub shadow: ComparisonCounts,
}

/// Outcomes of one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    pub ok: u64,
    pub errors: u64,
    pub caller_errors: u64,
    pub fallbacks: u64,
}

/// Rollups of a feature since it entered its stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Series {
    pub before_entry: EntryMinute,
    pub observations: Vec<ObservationPoint>,
    pub comparisons: Vec<ComparisonPoint>,
}

/// What one operation did on one path in some minute or hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ObservationPoint {
    pub start: DateTime<Utc>,
    /// 60 or 3600.
    pub seconds: i64,
    pub operation: String,
    pub path: Path,
    #[serde(flatten)]
    pub evidence: PathEvidence,
}

/// The comparisons of one operation in some minute or hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ComparisonPoint {
    pub start: DateTime<Utc>,
    /// 60 or 3600.
    pub seconds: i64,
    pub operation: String,
    #[serde(flatten)]
    pub counts: ComparisonCounts,
}

/// The sums of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    pub legacy: PathEvidence,
    pub candidate: PathEvidence,
    pub shadow: ComparisonCounts,
}

impl EntryMinute {
    /// Whether nothing had been counted.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&PathEvidence> for Counts {
    fn from(evidence: &PathEvidence) -> Self {
        let PathEvidence { ok, errors, caller_errors, fallbacks, .. } = *evidence;
        Self { ok, errors, caller_errors, fallbacks }
    }
}

impl Series {
    /// Sums it up, without what came before the entry at `entered_at`.
    ///
    /// Counts are exact. Of the minute of the entry no latencies are taken when some of them came before: latencies cannot
    /// be told apart once they are in a histogram.
    pub fn totals(&self, entered_at: DateTime<Utc>) -> Totals {
        let entry_minute = Minute::of(entered_at).start();
        let mut totals = Totals::default();
        for point in &self.observations {
            let (sum, before) = match point.path {
                Path::Legacy => (&mut totals.legacy, self.before_entry.legacy),
                Path::Candidate => (&mut totals.candidate, self.before_entry.candidate),
            };
            sum.ok += point.evidence.ok;
            sum.errors += point.evidence.errors;
            sum.caller_errors += point.evidence.caller_errors;
            sum.fallbacks += point.evidence.fallbacks;
            if point.start != entry_minute || before == Counts::default() {
                sum.latency.merge(&point.evidence.latency);
            }
        }
        for point in &self.comparisons {
            totals.shadow.merge(&point.counts);
        }
        take_away(&mut totals.legacy, self.before_entry.legacy);
        take_away(&mut totals.candidate, self.before_entry.candidate);
        totals.shadow = totals.shadow.less(&self.before_entry.shadow);
        totals
    }
}

fn take_away(sum: &mut PathEvidence, before: Counts) {
    sum.ok = sum.ok.saturating_sub(before.ok);
    sum.errors = sum.errors.saturating_sub(before.errors);
    sum.caller_errors = sum.caller_errors.saturating_sub(before.caller_errors);
    sum.fallbacks = sum.fallbacks.saturating_sub(before.fallbacks);
    sum.requests = sum.ok + sum.errors + sum.caller_errors;
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::latency::{LatencyHistogram, LatencyMs};

    fn point(start: DateTime<Utc>, ok: u64, errors: u64, ms: f64) -> ObservationPoint {
        let mut latency = LatencyHistogram::new();
        for _ in 0..ok + errors {
            latency.record(LatencyMs::new(ms).unwrap());
        }
        let evidence = PathEvidence { requests: ok + errors, ok, errors, caller_errors: 0, fallbacks: 0, latency };
        ObservationPoint { start, seconds: 60, operation: "upload".to_owned(), path: Path::Candidate, evidence }
    }

    #[test]
    fn what_came_before_the_entry_is_no_evidence_of_the_stage() {
        let entered_at = DateTime::from_timestamp(1_800_000_030, 0).unwrap();
        let minute = Minute::of(entered_at).start();
        let mut series = Series {
            observations: vec![point(minute, 10, 4, 900.0), point(minute + TimeDelta::minutes(1), 20, 1, 100.0)],
            ..Series::default()
        };
        let all = series.totals(entered_at).candidate;
        assert_eq!((all.requests, all.errors, all.latency.count()), (35, 5, 35));

        series.before_entry.candidate = Counts { ok: 8, errors: 4, caller_errors: 0, fallbacks: 0 };
        let since = series.totals(entered_at).candidate;
        assert_eq!((since.requests, since.ok, since.errors), (23, 22, 1));
        assert_eq!((since.latency.count(), since.latency.max_ms()), (21, Some(100.0)));
    }

    #[test]
    fn a_series_survives_json() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let counts = ComparisonCounts { matches: 3, mismatches: 1, ..ComparisonCounts::default() };
        let comparisons = vec![ComparisonPoint { start, seconds: 3_600, operation: "upload".to_owned(), counts }];
        let series = Series { observations: vec![point(start, 2, 1, 80.0)], comparisons, ..Series::default() };
        let text = serde_json::to_string(&series).unwrap();
        assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), series);
    }
}
