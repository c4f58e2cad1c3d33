//! Intervals of rates, of the difference of two rates, and how many clean requests would bring them below a limit.

use super::e_process::{Level, ln_e};

/// The rates that the data have not ruled out: confidence 95 %, at whatever moment one looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateInterval {
    pub lower: f64,
    pub upper: f64,
}

/// The candidate's rate less legacy's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExcessInterval {
    pub measured: f64,
    pub lower: f64,
    pub upper: f64,
}

/// The most requests that are ever asked for: beyond it floats skip whole numbers.
const MOST_REQUESTS: u64 = 1 << 52;

/// Bisections until two floats have nothing between them, wherever in 0 to 1 they lie.
const BISECTIONS: u32 = 120;

/// The interval of the rate of which `k` events in `n` are a sample. `limit`, above 0 and below 1, is what it will be
/// held against: the bets are laid so as to decide soonest there.
pub fn rate_interval(k: u64, n: u64, limit: f64, level: Level) -> RateInterval {
    let k = k.min(n);
    let (a, b) = prior(limit);
    let ruled_out = |p: f64| ln_e(p, k, n, a, b) >= level.ln_threshold();
    let best = if n == 0 { limit } else { k as f64 / n as f64 };
    RateInterval {
        lower: if ruled_out(0.0) { boundary(best, 0.0, ruled_out) } else { 0.0 },
        upper: if ruled_out(1.0) { boundary(best, 1.0, ruled_out) } else { 1.0 },
    }
}

/// How many further requests without an event until the upper bound lies below `limit`; 0 when it does already. `None`
/// for a limit that is not above 0 and below 1, and when no number of requests that can be counted would do.
pub fn clean_requests_needed(k: u64, n: u64, limit: f64) -> Option<u64> {
    if !(limit > 0.0 && limit < 1.0) || k > n {
        return None;
    }
    // The bound itself is asked, as the verdict does: where floats end, whether the limit is ruled out and whether the
    // bound lies below it are answered differently.
    fewest(|m| rate_interval(k, n + m, limit, Level::OneArm).upper < limit)
}

/// The interval of the candidate's rate less legacy's, each `(events, requests)`; each arm is taken so that both hold
/// together with 95 %.
pub fn excess(candidate: (u64, u64), legacy: (u64, u64), limit: f64) -> Option<ExcessInterval> {
    let measured =
        super::super::rollup::rate(candidate.0, candidate.1)? - super::super::rollup::rate(legacy.0, legacy.1)?;
    let of = |(k, n)| rate_interval(k, n, limit, Level::TwoArms);
    let (candidate, legacy) = (of(candidate), of(legacy));
    Some(ExcessInterval { measured, lower: candidate.lower - legacy.upper, upper: candidate.upper - legacy.lower })
}

/// How many further candidate requests without an event until the upper bound of [`excess`] lies below `limit`, legacy
/// staying as it is.
pub fn clean_candidate_requests_needed(candidate: (u64, u64), legacy: (u64, u64), limit: f64) -> Option<u64> {
    let (k, n) = candidate;
    fewest(|m| excess((k, n + m), legacy, limit).is_some_and(|interval| interval.upper < limit))
}

/// Half an event in as many requests as the limit has one: decides soonest when the rate lies well below the limit.
fn prior(limit: f64) -> (f64, f64) {
    (0.5, 1.0 / limit)
}

/// Where, between `inside` and `outside`, rates begin to be ruled out: on the side that claims less.
fn boundary(mut inside: f64, mut outside: f64, ruled_out: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(inside, outside);
        if middle <= inside.min(outside) || middle >= inside.max(outside) {
            break;
        }
        *(if ruled_out(middle) { &mut outside } else { &mut inside }) = middle;
    }
    outside
}

/// The smallest number from which on `passes` holds.
fn fewest(passes: impl Fn(u64) -> bool) -> Option<u64> {
    if passes(0) {
        return Some(0);
    }
    let (mut fails, mut holds) = (0, 1);
    while !passes(holds) {
        (fails, holds) = (holds, holds.checked_mul(2).filter(|next| *next <= MOST_REQUESTS)?);
    }
    while holds - fails > 1 {
        let middle = fails.midpoint(holds);
        *(if passes(middle) { &mut holds } else { &mut fails }) = middle;
    }
    Some(holds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bounds_are_the_known_ones() {
        for (k, n, limit, lower, upper) in [
            (0, 50, 0.02, 0.0, 0.064_684),
            (3, 1_000, 0.01, 0.000_307, 0.011_018),
            (12, 1_234, 0.05, 0.003_363, 0.021_238),
            (30, 500, 0.05, 0.031_128, 0.101_579),
        ] {
            let interval = rate_interval(k, n, limit, Level::OneArm);
            assert!((interval.lower - lower).abs() < 5e-7, "{k} of {n}: {interval:?}");
            assert!((interval.upper - upper).abs() < 5e-7, "{k} of {n}: {interval:?}");
        }
    }

    #[test]
    fn the_requests_needed_for_so_many_errors_are_the_known_ones() {
        for (limit, known) in [
            (0.05, [74, 133, 178, 218]),
            (0.02, [187, 336, 450, 551]),
            (0.01, [376, 674, 902, 1_105]),
            (0.005, [754, 1_350, 1_808, 2_215]),
            (0.002, [1_887, 3_379, 4_523, 5_542]),
            (0.001, [3_776, 6_760, 9_050, 11_087]),
        ] {
            for (k, known) in (0..).zip(known) {
                assert_eq!(clean_requests_needed(k, k, limit).map(|m| m + k), Some(known), "{k} errors at {limit}");
                assert!(rate_interval(k, known, limit, Level::OneArm).upper < limit);
                assert!(rate_interval(k, known - 1, limit, Level::OneArm).upper >= limit);
            }
        }
        assert_eq!(clean_requests_needed(3, 1_000, 0.01), Some(105));
    }

    #[test]
    fn what_is_needed_passes_where_floats_end() {
        let (k, n, limit) = (554_384, 1_071_718, 2.859_142_004_258_135e-6);
        let needed = clean_requests_needed(k, n, limit).unwrap();
        assert!(rate_interval(k, n + needed, limit, Level::OneArm).upper < limit);
    }

    #[test]
    fn nothing_is_needed_for_what_has_passed_and_nothing_helps_an_absurd_limit() {
        for (k, n, limit, expected) in [
            (0, 1_000_000, 0.01, Some(0)),
            (0, 10, 0.0, None),
            (0, 10, 1.0, None),
            (0, 10, -0.1, None),
            (0, 10, f64::NAN, None),
            (11, 10, 0.5, None),
            (MOST_REQUESTS, MOST_REQUESTS, 0.000_001, None),
        ] {
            assert_eq!(clean_requests_needed(k, n, limit), expected, "{k} of {n} at {limit}");
        }
    }

    #[test]
    fn without_requests_every_rate_is_possible() {
        assert_eq!(rate_interval(0, 0, 0.01, Level::OneArm), RateInterval { lower: 0.0, upper: 1.0 });
        assert_eq!(excess((0, 0), (1, 10), 0.01), None);
        assert_eq!(excess((0, 10), (0, 0), 0.01), None);
    }

    #[test]
    fn an_excess_takes_each_arm_at_the_stricter_level() {
        let interval = excess((3, 1_000), (10, 10_000), 0.01).unwrap();
        let candidate = rate_interval(3, 1_000, 0.01, Level::TwoArms);
        let legacy = rate_interval(10, 10_000, 0.01, Level::TwoArms);
        assert!(candidate.upper > rate_interval(3, 1_000, 0.01, Level::OneArm).upper);
        assert!((interval.measured - 0.002).abs() < 1e-12);
        assert!((interval.upper - (candidate.upper - legacy.lower)).abs() < 1e-15);
        assert!((interval.lower - (candidate.lower - legacy.upper)).abs() < 1e-15);
        let needed = clean_candidate_requests_needed((3, 1_000), (10, 10_000), 0.01).unwrap();
        assert!(excess((3, 1_000 + needed), (10, 10_000), 0.01).unwrap().upper < 0.01);
        assert!(excess((3, 999 + needed), (10, 10_000), 0.01).unwrap().upper >= 0.01);
    }

    /// From 1e-6 to 0.5, evenly over the orders of magnitude.
    fn limits() -> impl Strategy<Value = f64> {
        (-6.0..-0.3f64).prop_map(|exponent| 10f64.powf(exponent))
    }

    /// k of n with n up to a thousand millions, both evenly over the orders of magnitude.
    fn counts() -> impl Strategy<Value = (u64, u64)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded on purpose")]
        (0.0..9.0f64, 0.0..=1.0f64).prop_map(|(exponent, part)| {
            let n = 10f64.powf(exponent).round();
            (n.powf(part).round() as u64 - u64::from(part < 0.1), n as u64)
        })
    }

    proptest! {
        #[test]
        fn bounds_are_finite_and_bracket_what_was_measured((k, n) in counts(), limit in limits()) {
            for level in [Level::OneArm, Level::TwoArms] {
                let RateInterval { lower, upper } = rate_interval(k, n, limit, level);
                let measured = k as f64 / n as f64;
                prop_assert!(0.0 <= lower && lower <= measured && measured <= upper && upper <= 1.0, "{lower} {measured} {upper}");
                prop_assert!(lower < upper);
                prop_assert_eq!(lower > 0.0, k > 0);
            }
        }

        #[test]
        fn more_events_raise_both_bounds((k, n) in counts(), limit in limits()) {
            prop_assume!(k < n);
            let (fewer, more) = (rate_interval(k, n, limit, Level::OneArm), rate_interval(k + 1, n, limit, Level::OneArm));
            prop_assert!(fewer.lower <= more.lower && fewer.upper <= more.upper, "{fewer:?} {more:?}");
        }

        #[test]
        fn more_clean_requests_lower_both_bounds((k, n) in counts(), limit in limits()) {
            let more = n + n.div_ceil(100);
            let (fewer, more) = (rate_interval(k, n, limit, Level::OneArm), rate_interval(k, more, limit, Level::OneArm));
            prop_assert!(fewer.lower >= more.lower && fewer.upper >= more.upper, "{fewer:?} {more:?}");
        }

        #[test]
        fn the_clean_requests_needed_are_the_fewest_that_pass((k, n) in counts(), limit in limits()) {
            if let Some(needed) = clean_requests_needed(k, n, limit) {
                prop_assert!(rate_interval(k, n + needed, limit, Level::OneArm).upper < limit);
                if needed > 0 {
                    let before = rate_interval(k, n + needed - 1, limit, Level::OneArm);
                    prop_assert!(before.upper >= limit, "{needed}: {before:?}");
                }
            }
        }
    }
}
