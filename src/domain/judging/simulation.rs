//! Runs of requests with a known rate, looked at after every request: is the promise kept, and does it decide in time?

use super::clean_requests_needed;

const RUNS: u32 = 4_000;

/// The multiplier and the mixing of `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same everywhere.
pub(crate) struct SplitMix64(pub u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Above 0, up to and with 1.
    pub fn fraction(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// The requests up to and with the next error, errors coming at `rate`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded on purpose")]
    fn until_next_error(&mut self, rate: f64) -> u64 {
        (self.fraction().ln() / (-rate).ln_1p()).ceil().max(1.0) as u64
    }
}

/// With so many errors, so many requests are needed to pass.
fn frontier(limit: f64, most: u64) -> Vec<u64> {
    (0..).map_while(|k| clean_requests_needed(k, k, limit).map(|m| m + k).filter(|n| *n <= most)).collect()
}

/// The requests after which a run first passes; `None` when it has not by `most`.
///
/// Between two errors a run passes, if at all, at the frontier of the errors so far, so only that needs a look.
fn passes_at(random: &mut SplitMix64, rate: f64, frontier: &[u64], most: u64) -> Option<u64> {
    let mut requests = 0;
    for needed in frontier {
        let next_error = requests + random.until_next_error(rate);
        if next_error > *needed {
            return Some(*needed).filter(|at| *at <= most);
        }
        requests = next_error;
    }
    None
}

/// The share of runs that pass within so many requests.
fn share_passing(seed: u64, rate: f64, limit: f64, most: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded on purpose")]
    let most = (most / limit).round() as u64;
    let frontier = frontier(limit, most);
    let mut random = SplitMix64(seed);
    let passed = (0..RUNS).filter(|_| passes_at(&mut random, rate, &frontier, most).is_some()).count();
    passed as f64 / f64::from(RUNS)
}

#[test]
fn a_rate_at_the_limit_passes_in_at_most_one_run_of_twenty() {
    for limit in [0.05, 0.01] {
        let share = share_passing(1, limit, limit, 60.0);
        assert!(share <= 0.05, "{share} at {limit}");
        assert!(share >= 0.01, "{share} at {limit}: so strict that it would be of no use");
    }
}

#[test]
fn a_rate_at_half_the_limit_passes_in_good_time() {
    for limit in [0.05, 0.01] {
        for (within, least) in [(40.0, 0.75), (60.0, 0.92)] {
            let share = share_passing(2, limit / 2.0, limit, within);
            assert!(share >= least, "{share} within {within}/limit at {limit}");
        }
    }
}
