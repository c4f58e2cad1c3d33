//! The beta-binomial mixture e-process. After n trials with k events, `E(p)` is what a bettor has made of 1 who bets on
//! every trial against "the rate is p", the bets being a mixture of all rates. Were p the rate, the bettor would ever
//! reach 20 in one run of twenty at the most (Ville's inequality), however often one looks: so every p with `E < 20` is
//! kept.

use statrs::function::gamma::ln_gamma;

/// How large `E` must be for a rate to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// One interval by itself: 95 %.
    OneArm,
    /// Two intervals that must hold together with 95 %, as in a ratio or a difference.
    TwoArms,
}

impl Level {
    /// The bound of `E`.
    pub const fn threshold(self) -> f64 {
        match self {
            Self::OneArm => 20.0,
            Self::TwoArms => 40.0,
        }
    }

    /// The logarithm of the bound.
    pub fn ln_threshold(self) -> f64 {
        self.threshold().ln()
    }
}

/// The natural logarithm of `E(p; k, n) = B(a+k, b+n−k) / B(a, b) / (p^k (1−p)^(n−k))`, for p from 0 to 1, k of n, and a
/// prior (a, b) above 0.
///
/// Convex in p with its least value near k/n, where it is at most 0. Infinite where the data rule p out.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
pub fn ln_e(p: f64, k: u64, n: u64, a: f64, b: f64) -> f64 {
    debug_assert!(k <= n && a > 0.0 && b > 0.0);
    let (hits, misses) = (k as f64, n.saturating_sub(k) as f64);
    let (alpha, beta) = (a + hits, b + misses);
    let total = alpha + beta;
    // The logarithms of B(α, β) and of the likelihood are both as large as n and nearly cancel, so each k·ln p is taken
    // together with its part of B, by Stirling: what is left is small.
    // Both terms are of the same surplus: taken from 1 − p, the second would lose what p is beyond sixteen digits.
    let surplus = alpha - total * p;
    times(hits, ln_ratio(alpha, total * p, surplus))
        + times(misses, ln_ratio(beta, total * (1.0 - p), -surplus))
        + (a - 0.5) * alpha.ln()
        + (b - 0.5) * beta.ln()
        - (a + b - 0.5) * total.ln()
        + stirling_error(alpha)
        + stirling_error(beta)
        - stirling_error(total)
        - ((a - 0.5) * a.ln() + (b - 0.5) * b.ln() - (a + b - 0.5) * (a + b).ln()
            + stirling_error(a)
            + stirling_error(b)
            - stirling_error(a + b))
}

/// `count · factor`, with nothing of anything, even of the infinite, being nothing.
fn times(count: f64, factor: f64) -> f64 {
    if count > 0.0 { count * factor } else { 0.0 }
}

/// `ln(x / y)`, given `difference` = x − y, for where both are nearly equal.
fn ln_ratio(x: f64, y: f64, difference: f64) -> f64 {
    let relative = difference / y;
    if relative.abs() < 0.5 { relative.ln_1p() } else { (x / y).ln() }
}

/// `ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π)`: what Stirling's formula leaves.
fn stirling_error(x: f64) -> f64 {
    if x < 16.0 {
        return ln_gamma(x) - ((x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln());
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    // The next term is below 1e-16 from here on.
    let (c1, c3, c5, c7, c9) = (1.0 / 12.0, -1.0 / 360.0, 1.0 / 1_260.0, -1.0 / 1_680.0, 1.0 / 1_188.0);
    inverse * (c1 + square * (c3 + square * (c5 + square * (c7 + square * c9))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::function::beta::ln_beta;

    use super::*;

    /// By the formula as it is written.
    #[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
    fn plain(p: f64, k: u64, n: u64, a: f64, b: f64) -> f64 {
        let (hits, misses) = (k as f64, (n - k) as f64);
        ln_beta(a + hits, b + misses) - ln_beta(a, b) - times(hits, p.ln()) - times(misses, (-p).ln_1p())
    }

    #[test]
    fn before_the_first_request_nothing_has_been_won() {
        for p in [0.0, 1e-6, 0.5, 1.0] {
            assert!(ln_e(p, 0, 0, 0.5, 100.0).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn a_rate_that_the_data_rule_out_is_given_up_for_certain() {
        assert!(ln_e(0.0, 1, 10, 0.5, 100.0).is_infinite());
        assert!(ln_e(1.0, 1, 10, 0.5, 100.0).is_infinite());
        assert!(ln_e(0.0, 0, 10, 0.5, 100.0) < 0.0);
        assert!(ln_e(1.0, 10, 10, 0.5, 100.0) < 0.0);
    }

    proptest! {
        #[test]
        fn it_is_the_formula(p in 1e-6..0.999f64, n in 0u64..100_000, share in 0.0..=1.0f64, b in 1.0..1e6f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
            let k = (n as f64 * share) as u64;
            let (exact, plain) = (ln_e(p, k, n, 0.5, b), plain(p, k, n, 0.5, b));
            prop_assert!((exact - plain).abs() <= 1e-8 * (1.0 + n as f64 + b).max(exact.abs()), "{exact} or {plain}");
        }

        #[test]
        fn the_best_rate_is_never_given_up(n in 1u64..1_000_000_000, share in 0.0..=1.0f64, exponent in 0.0..6.0f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
            let k = ((n as f64 * share) as u64).min(n);
            let value = ln_e(k as f64 / n as f64, k, n, 0.5, 10f64.powf(exponent));
            prop_assert!(value <= 1e-6, "{value}");
        }
    }
}
