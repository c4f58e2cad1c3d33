//! One shadow run: both sides' outcomes and the difference between their results.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison_rules::ComparisonRules;
use super::difference::{self, Difference, FieldPath, Found};
use super::example::Example;
use super::feature::FeatureId;
use super::noise::Differed;
use super::observation::{Operation, Outcome};
use super::origin::Origin;

/// What a shadow run showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonVerdict {
    /// Both succeeded with the same result.
    Match,
    /// Both succeeded with different results.
    Mismatch,
    /// Legacy succeeded, the candidate failed.
    CandidateFailed,
    /// The candidate succeeded, legacy failed.
    LegacyFailed,
    /// Both failed: they agree.
    BothFailed,
    /// The results could not be compared.
    ComparatorError,
}

/// One comparison, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// When it happened, by its maker's clock.
    pub at: DateTime<Utc>,
    /// Whose it is.
    pub feature: FeatureId,
    /// What was done on both sides.
    pub operation: Operation,
    /// What it showed.
    pub verdict: ComparisonVerdict,
    /// Where the results differ; empty unless the verdict is a mismatch.
    pub differences: Vec<Difference>,
    /// How each field did beside a second legacy run; `None` without one that could be compared.
    pub second_run: Option<Vec<(FieldPath, Differed)>>,
    /// What may be kept of the differences to be looked at.
    pub examples: Vec<Example>,
    /// Whose doing it was.
    pub origin: Origin,
}

/// Judges two sides. A caller error is an answer like success: both sides must give it to agree.
///
/// Two successes are compared by their results under `rules`, an absent result being `null`.
pub fn judge<'a>(
    (legacy, legacy_result): (Outcome, &'a Value),
    (candidate, candidate_result): (Outcome, &'a Value),
    rules: &ComparisonRules,
) -> (ComparisonVerdict, Vec<Found<'a>>) {
    let answered = |outcome| outcome == Outcome::Ok;
    match (answered(legacy), answered(candidate)) {
        (true, true) => {
            let differences = difference::between(legacy_result, candidate_result, rules);
            let verdict = if differences.is_empty() { ComparisonVerdict::Match } else { ComparisonVerdict::Mismatch };
            (verdict, differences)
        }
        (true, false) => (ComparisonVerdict::CandidateFailed, Vec::new()),
        (false, true) => (ComparisonVerdict::LegacyFailed, Vec::new()),
        (false, false) => (ComparisonVerdict::BothFailed, Vec::new()),
    }
}

/// How many comparisons had which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparisonCounts {
    pub matches: u64,
    pub mismatches: u64,
    pub candidate_failed: u64,
    pub legacy_failed: u64,
    pub both_failed: u64,
    pub comparator_errors: u64,
}

impl ComparisonCounts {
    /// Counts one comparison.
    pub fn record(&mut self, verdict: ComparisonVerdict) {
        *match verdict {
            ComparisonVerdict::Match => &mut self.matches,
            ComparisonVerdict::Mismatch => &mut self.mismatches,
            ComparisonVerdict::CandidateFailed => &mut self.candidate_failed,
            ComparisonVerdict::LegacyFailed => &mut self.legacy_failed,
            ComparisonVerdict::BothFailed => &mut self.both_failed,
            ComparisonVerdict::ComparatorError => &mut self.comparator_errors,
        } += 1;
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.matches += other.matches;
        self.mismatches += other.mismatches;
        self.candidate_failed += other.candidate_failed;
        self.legacy_failed += other.legacy_failed;
        self.both_failed += other.both_failed;
        self.comparator_errors += other.comparator_errors;
    }

    /// Without the counts of `other`, which were part of these.
    #[must_use]
    pub const fn less(self, other: &Self) -> Self {
        Self {
            matches: self.matches.saturating_sub(other.matches),
            mismatches: self.mismatches.saturating_sub(other.mismatches),
            candidate_failed: self.candidate_failed.saturating_sub(other.candidate_failed),
            legacy_failed: self.legacy_failed.saturating_sub(other.legacy_failed),
            both_failed: self.both_failed.saturating_sub(other.both_failed),
            comparator_errors: self.comparator_errors.saturating_sub(other.comparator_errors),
        }
    }

    /// All comparisons.
    pub const fn total(&self) -> u64 {
        self.matches
            + self.mismatches
            + self.candidate_failed
            + self.legacy_failed
            + self.both_failed
            + self.comparator_errors
    }

    /// Comparisons that say nothing good of the candidate although legacy succeeded, or that could not be made: they
    /// count as shadow errors. Where legacy failed, the candidate is not to blame.
    pub const fn shadow_errors(&self) -> u64 {
        self.candidate_failed + self.comparator_errors
    }

    /// The share of shadow errors in all comparisons, 0 to 1; `None` without comparisons.
    pub fn shadow_error_rate(&self) -> Option<f64> {
        super::rollup::rate(self.shadow_errors(), self.total())
    }

    /// The share of mismatches in all comparisons, 0 to 1; `None` without comparisons.
    pub fn discrepancy_rate(&self) -> Option<f64> {
        super::rollup::rate(self.mismatches, self.total())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_pair_of_outcomes_has_its_verdict() {
        use ComparisonVerdict as V;
        use Outcome::{CallerError, Error, Ok};
        let same = json!({"size": 10});
        let other = json!({"size": 11});
        for (legacy, candidate, results, expected) in [
            (Ok, Ok, (&same, &same), V::Match),
            (Ok, Ok, (&same, &other), V::Mismatch),
            (Ok, Error, (&same, &Value::Null), V::CandidateFailed),
            (Ok, CallerError, (&same, &Value::Null), V::CandidateFailed),
            (Error, Ok, (&Value::Null, &same), V::LegacyFailed),
            (CallerError, Ok, (&Value::Null, &same), V::LegacyFailed),
            (Error, Error, (&Value::Null, &Value::Null), V::BothFailed),
            (CallerError, CallerError, (&Value::Null, &Value::Null), V::BothFailed),
        ] {
            let (verdict, differences) =
                judge((legacy, results.0), (candidate, results.1), &ComparisonRules::default());
            assert_eq!(verdict, expected, "{legacy:?} and {candidate:?}");
            assert_eq!(differences.is_empty(), expected != V::Mismatch);
        }
    }

    #[test]
    fn rates_follow_the_status_example() {
        let counts = ComparisonCounts { matches: 1_217, mismatches: 5, candidate_failed: 12, ..Default::default() };
        assert_eq!(counts.total(), 1_234);
        assert!((counts.shadow_error_rate().unwrap() - 0.0097).abs() < 5e-5);
        assert!((counts.discrepancy_rate().unwrap() - 0.0041).abs() < 5e-5);
        assert_eq!(ComparisonCounts::default().discrepancy_rate(), None);
    }
}
