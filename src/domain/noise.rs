//! Whether a field differs because the candidate is different, or because it differs from run to run whoever answers.
//!
//! Where legacy was run a second time, its second result is compared with its first, as the candidate's is. A field that
//! varies by itself (a time, a random id, an order) differs on both comparisons alike; one that the candidate gets wrong
//! differs on the candidate's only. This is the pairing of `McNemar`'s test (Psychometrika 12, 1947, p. 153): runs in
//! which both comparisons agree say nothing of which differs more, and of the others, were it noise, each would be as
//! likely either way. Both questions are asked of the primitive of [`super::judging`], so that they may be asked at any
//! time and after any run:
//!
//! - `real`: of the runs in which just one comparison differed, it was the candidate's in more than half. The lower bound
//!   of that share lies above 1/2. For a field that is noise this is ever said in at most 5 % of cases.
//! - `noise`: not `real`, and of all runs in which the field differed at all, legacy differed from itself in more than
//!   half. The lower bound of that share lies above 1/2. For three draws of one kind the share is 2/3 at least: of three
//!   that are not all alike, either all are unlike, or one is odd, and it is each of the three alike.
//! - `undecided`: neither can be said yet.
//!
//! A field that never is the same twice is called noise although the candidate's values may be wrong as well: comparing
//! cannot tell. The error bound is that of one field over one span; of many fields or spans looked at, some err.

use serde::{Deserialize, Serialize};

use super::difference::{Difference, FieldPath, MAX_DIFFERENCES};
use super::judging::{Level, RateInterval, ln_e, rate_interval};

/// How a field did in one run that had a second legacy run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differed {
    /// The candidate differed from legacy, and legacy's second run did not.
    CandidateOnly,
    /// Legacy's second run differed from its first, and the candidate did not.
    SecondOnly,
    /// Both did.
    Both,
}

/// In how many runs with a second legacy run a field differed, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoiseCounts {
    /// Only the candidate differed from legacy.
    pub candidate_only: u64,
    /// Only legacy's second run differed from its first.
    pub second_only: u64,
    /// Both did.
    pub both: u64,
}

/// What can be said of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoiseVerdict {
    /// The candidate differs more often than legacy does from itself.
    Real,
    /// Legacy differs from itself in most runs in which the field differs, and the candidate was not found to do more.
    Noise,
    /// Neither can be said yet.
    Undecided,
    /// Legacy was never run twice.
    NoSecondRun,
}

/// The verdict with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoiseReport {
    pub verdict: NoiseVerdict,
    /// Runs with a second legacy run, whether the field differed in them or not.
    pub second_runs: u64,
    #[serde(flatten)]
    pub counts: NoiseCounts,
    /// Of the runs in which just one comparison differed, the share in which it was the candidate's: what the data leave
    /// possible, whenever one looks (95 %).
    pub candidate_share_lower: f64,
    pub candidate_share_upper: f64,
    /// Of all runs in which the field differed, the share in which legacy differed from itself, likewise.
    pub legacy_share_lower: f64,
    pub legacy_share_upper: f64,
}

impl NoiseCounts {
    /// Counts one run.
    pub const fn record(&mut self, differed: Differed) {
        *match differed {
            Differed::CandidateOnly => &mut self.candidate_only,
            Differed::SecondOnly => &mut self.second_only,
            Differed::Both => &mut self.both,
        } += 1;
    }

    /// Adds the counts of `other`.
    pub const fn merge(&mut self, other: &Self) {
        self.candidate_only += other.candidate_only;
        self.second_only += other.second_only;
        self.both += other.both;
    }
}

/// The share above which a comparison is said to differ more than the other, and noise to be most of what is seen.
const HALF: f64 = 0.5;

/// What can be said of a field after so many runs with a second legacy run.
pub fn judge(counts: NoiseCounts, second_runs: u64) -> NoiseReport {
    let of_candidate = counts.candidate_only;
    let RateInterval { lower, upper } =
        rate_interval(of_candidate, of_candidate + counts.second_only, HALF, Level::OneArm);
    let of_legacy = counts.second_only + counts.both;
    let legacy = rate_interval(of_legacy, of_legacy + of_candidate, HALF, Level::OneArm);
    NoiseReport {
        verdict: verdict(counts, second_runs),
        second_runs,
        counts,
        candidate_share_lower: lower,
        candidate_share_upper: upper,
        legacy_share_lower: legacy.lower,
        legacy_share_upper: legacy.upper,
    }
}

/// The verdict alone, which takes no interval.
fn verdict(counts: NoiseCounts, second_runs: u64) -> NoiseVerdict {
    let NoiseCounts { candidate_only, second_only, both } = counts;
    let of_legacy = second_only + both;
    if second_runs == 0 {
        NoiseVerdict::NoSecondRun
    } else if is_above_half(candidate_only, candidate_only + second_only) {
        NoiseVerdict::Real
    } else if is_above_half(of_legacy, of_legacy + candidate_only) {
        NoiseVerdict::Noise
    } else {
        NoiseVerdict::Undecided
    }
}

/// Whether the lower bound of the rate of which `k` in `n` are a sample lies above 1/2: whether so many are, and the bet
/// against 1/2 is won. The prior is that of [`rate_interval`].
fn is_above_half(k: u64, n: u64) -> bool {
    2 * k > n && ln_e(HALF, k, n, 0.5, 1.0 / HALF) >= Level::OneArm.ln_threshold()
}

/// How each field did in a run, by the differences of the candidate from legacy and of legacy's second run from its first.
///
/// `None` when either list is full: a field that is not in it may differ all the same, and would be counted as not.
pub fn differed(candidate: &[Difference], second: &[Difference]) -> Option<Vec<(FieldPath, Differed)>> {
    if candidate.len() >= MAX_DIFFERENCES || second.len() >= MAX_DIFFERENCES {
        return None;
    }
    let has = |list: &[Difference], field: &FieldPath| list.iter().any(|it| it.field == *field);
    let mut fields: Vec<&FieldPath> = candidate.iter().chain(second).map(|it| &it.field).collect();
    fields.sort_unstable();
    fields.dedup();
    let differed = fields.into_iter().map(|field| match (has(candidate, field), has(second, field)) {
        (true, true) => (field.clone(), Differed::Both),
        (true, false) => (field.clone(), Differed::CandidateOnly),
        (false, _) => (field.clone(), Differed::SecondOnly),
    });
    Some(differed.collect())
}

#[cfg(test)]
mod tests;
