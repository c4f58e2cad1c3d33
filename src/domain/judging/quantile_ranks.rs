//! Between which ranks of n sorted values a quantile of what they are a sample of lies.

use super::e_process::{Level, ln_e};

/// How many of the n values may lie at or below the quantile: all numbers from `fewest` to `most` have `E < threshold`.
///
/// With `fewest` = 0 the values do not bound the quantile from below, with `most` = n not from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantileCounts {
    pub fewest: u64,
    pub most: u64,
}

/// How many of `n` values may lie at or below the `quantile`, a fraction above 0 and below 1.
pub fn quantile_counts(n: u64, quantile: f64, level: Level) -> QuantileCounts {
    // Ten values' worth of belief in the quantile itself.
    let (a, b) = (10.0 * quantile, 10.0 * (1.0 - quantile));
    let kept = |k: u64| ln_e(quantile, k, n, a, b) < level.ln_threshold();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of a count")]
    let best = ((n as f64 * quantile).round() as u64).min(n);
    // `E` falls towards `best` from either side.
    QuantileCounts { fewest: first(0, best, kept), most: n - first(0, n - best, |above| kept(n - above)) }
}

/// The ranks, from 1 for the smallest value to `n`, between which the `quantile` lies: the counts of
/// [`quantile_counts`], taken as ranks. `None` without values.
///
/// Where too few values bound the quantile, the end is the first or the last rank, and the quantile may lie beyond it.
pub fn quantile_ranks(n: u64, quantile: f64, level: Level) -> Option<(u64, u64)> {
    let counts = quantile_counts(n, quantile, level);
    (n > 0).then(|| (counts.fewest.max(1), counts.most.max(1)))
}

/// The smallest number in `low..=high` that is kept, `high` being kept.
fn first(mut low: u64, mut high: u64, kept: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low.midpoint(high);
        if kept(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ranks_are_the_known_ones() {
        use Level::{OneArm, TwoArms};
        for (n, quantile, level, expected) in [
            (1_000, 0.5, OneArm, (449, 551)),
            (1_000, 0.95, OneArm, (926, 970)),
            (1_000, 0.99, OneArm, (977, 998)),
            (10_000, 0.95, OneArm, (9_419, 9_576)),
            (1_000, 0.5, TwoArms, (445, 555)),
            (1_000, 0.95, TwoArms, (924, 971)),
            (10_000, 0.95, TwoArms, (9_415, 9_580)),
        ] {
            assert_eq!(quantile_ranks(n, quantile, level), Some(expected), "p{quantile} of {n}");
        }
    }

    #[test]
    fn without_values_there_are_no_ranks() {
        assert_eq!(quantile_ranks(0, 0.95, Level::OneArm), None);
    }

    #[test]
    fn a_few_values_do_not_bound_a_high_quantile() {
        for n in [1, 2, 10, 50] {
            assert_eq!(quantile_counts(n, 0.95, Level::TwoArms).most, n);
        }
        assert_eq!(quantile_counts(1, 0.5, Level::TwoArms), QuantileCounts { fewest: 0, most: 1 });
    }

    proptest! {
        #[test]
        fn ranks_exist_and_enclose_the_quantile(exponent in 0.0..9.0f64, quantile in prop::sample::select(vec![0.5, 0.95, 0.99])) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded on purpose")]
            let n = 10f64.powf(exponent) as u64;
            let (one, two) = (quantile_counts(n, quantile, Level::OneArm), quantile_counts(n, quantile, Level::TwoArms));
            let at = n as f64 * quantile;
            prop_assert!(one.fewest as f64 <= at.ceil() && one.most as f64 >= at.floor() && one.most <= n);
            prop_assert!(two.fewest <= one.fewest && one.most <= two.most);
            let (low, high) = quantile_ranks(n, quantile, Level::OneArm).unwrap();
            prop_assert!(1 <= low && low <= high && high <= n);
        }
    }
}
