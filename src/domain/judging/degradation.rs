//! How much longer the candidate takes than legacy, at a quantile: the ratio of two rank intervals, less 1.

use super::e_process::Level;
use super::quantile_ranks::quantile_counts;
use crate::domain::latency::LatencyHistogram;

/// The degradation of the candidate against a baseline: 0.05 is 5 % longer, −0.05 is 5 % shorter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DegradationInterval {
    pub measured: f64,
    /// −1 where the latencies do not bound it.
    pub lower: f64,
    /// `None` where the latencies do not bound it: too few say nothing of how long a high quantile may be.
    pub upper: Option<f64>,
    pub n_candidate: u64,
    pub n_baseline: u64,
}

/// The most further requests that are looked at.
const MOST_REQUESTS: u64 = 1 << 30;

/// The degradation at a `quantile` above 0 and below 1. `None` when either side has no latencies, and when the baseline
/// is 0, to which nothing has a ratio.
pub fn degradation(
    candidate: &LatencyHistogram,
    baseline: &LatencyHistogram,
    quantile: f64,
) -> Option<DegradationInterval> {
    between(&Spread::of(candidate, quantile, 0)?, &Spread::of(baseline, quantile, 0)?)
}

/// How many further candidate requests, to a hundredth, until the whole interval lies on one side of `limit`, if they
/// are like those there are and with each of them come so many like them to the baseline: none to one that is frozen.
/// `None` when a thousand millions would not do.
pub fn requests_needed(
    candidate: &LatencyHistogram,
    baseline: &LatencyHistogram,
    quantile: f64,
    limit: f64,
    baseline_per_candidate: f64,
) -> Option<u64> {
    let decided = |further: u64| {
        let over = Spread::of(candidate, quantile, further);
        let under = Spread::of(baseline, quantile, whole(further as f64 * baseline_per_candidate));
        let interval = over.zip(under).and_then(|(over, under)| between(&over, &under));
        interval.is_some_and(|interval| interval.lower > limit || interval.upper.is_some_and(|upper| upper < limit))
    };
    if decided(0) {
        return Some(0);
    }
    let (mut open, mut closed) = (0, 1);
    while !decided(closed) {
        (open, closed) = (closed, closed * 2);
        if closed > MOST_REQUESTS {
            return None;
        }
    }
    while closed - open > 1 + closed / 100 {
        let middle = open.midpoint(closed);
        *(if decided(middle) { &mut closed } else { &mut open }) = middle;
    }
    Some(closed)
}

/// The ratio of two sides, less 1; `None` when the baseline is 0.
fn between(candidate: &Spread, baseline: &Spread) -> Option<DegradationInterval> {
    (baseline.measured > 0.0).then(|| DegradationInterval {
        measured: candidate.measured / baseline.measured - 1.0,
        lower: baseline.upper.map_or(-1.0, |longest| candidate.lower / longest - 1.0),
        upper: candidate.upper.filter(|_| baseline.lower > 0.0).map(|longest| longest / baseline.lower - 1.0),
        n_candidate: candidate.n,
        n_baseline: baseline.n,
    })
}

/// One side's quantile in milliseconds, had it so many further latencies, spread as those it has.
struct Spread {
    n: u64,
    measured: f64,
    /// 0 where unbounded.
    lower: f64,
    upper: Option<f64>,
}

impl Spread {
    fn of(histogram: &LatencyHistogram, quantile: f64, further: u64) -> Option<Self> {
        let n = histogram.count();
        let grown = n.saturating_add(further);
        let counts = quantile_counts(grown, quantile, Level::TwoArms);
        // A rank among the grown is a rank among those there are, at the same height.
        let at = |rank: u64| {
            let rank = if further == 0 { rank } else { whole(rank as f64 * (n as f64 / grown as f64)) };
            histogram.interpolated_at_rank(rank.clamp(1, n.max(1)))
        };
        Some(Self {
            n,
            measured: histogram.interpolated_at_rank(whole((n as f64 * quantile - 1e-9).ceil()).max(1))?,
            lower: if counts.fewest == 0 { 0.0 } else { at(counts.fewest)? },
            upper: if counts.most == grown { None } else { at(counts.most) },
        })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts stay far below 2^52")]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::latency::LatencyMs;

    /// `n` latencies spread evenly in ratio from half of `middle` to twice as long, every one `slower` times as long.
    fn histogram(n: u32, middle: f64, slower: f64) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::new();
        for rank in 0..n {
            let share = (f64::from(rank) + 0.5) / f64::from(n);
            histogram.record(LatencyMs::new(middle * slower * 4f64.powf(share - 0.5)).unwrap());
        }
        histogram
    }

    #[test]
    fn the_interval_is_the_ratio_of_the_two_rank_intervals() {
        let (legacy, candidate) = (histogram(1_000, 100.0, 1.0), histogram(1_000, 100.0, 1.1));
        let interval = degradation(&candidate, &legacy, 0.95).unwrap();
        let legacy_at = |rank| legacy.interpolated_at_rank(rank).unwrap();
        let candidate_at = |rank| candidate.interpolated_at_rank(rank).unwrap();
        assert!((interval.measured - 0.1).abs() < 0.005, "{interval:?}");
        assert!((interval.lower - (candidate_at(924) / legacy_at(971) - 1.0)).abs() < 1e-12, "{interval:?}");
        assert!((interval.upper.unwrap() - (candidate_at(971) / legacy_at(924) - 1.0)).abs() < 1e-12, "{interval:?}");
        assert_eq!((interval.n_candidate, interval.n_baseline), (1_000, 1_000));
    }

    #[test]
    fn few_latencies_do_not_bound_the_degradation() {
        for n in [1, 10, 50] {
            let interval = degradation(&histogram(n, 100.0, 0.5), &histogram(100_000, 100.0, 1.0), 0.95).unwrap();
            assert_eq!(interval.upper, None, "{n}");
            let interval = degradation(&histogram(100_000, 100.0, 9.0), &histogram(n, 100.0, 1.0), 0.95).unwrap();
            assert!((interval.lower - -1.0).abs() < 1e-12, "{n}");
        }
    }

    #[test]
    fn without_latencies_or_against_nothing_there_is_no_degradation() {
        let (some, none) = (histogram(10, 100.0, 1.0), LatencyHistogram::new());
        let mut zero = LatencyHistogram::new();
        (0..10).for_each(|_| zero.record(LatencyMs::new(0.0).unwrap()));
        for (candidate, baseline) in [(&some, &none), (&none, &some), (&none, &none), (&some, &zero)] {
            assert_eq!(degradation(candidate, baseline, 0.5), None);
        }
    }

    #[test]
    fn the_requests_needed_are_enough_and_not_many_more() {
        let (legacy, candidate) = (histogram(1_000, 100.0, 1.0), histogram(1_000, 100.0, 1.02));
        let (few, none) = (histogram(20, 100.0, 1.0), LatencyHistogram::new());
        let needed = |candidate, legacy, limit, per| requests_needed(candidate, legacy, 0.95, limit, per);
        let further = needed(&candidate, &legacy, 0.05, 1.0).unwrap();
        let upper = |share: f64| {
            let n = u32::try_from(1_000 + whole(further as f64 * share)).unwrap();
            degradation(&histogram(n, 100.0, 1.02), &histogram(n, 100.0, 1.0), 0.95).unwrap().upper.unwrap()
        };
        assert!(upper(1.1) < 0.05 && upper(0.9) > 0.05, "{further}");
        // The more come to legacy, the fewer are needed of the candidate; against twenty no number would do.
        assert!(needed(&candidate, &legacy, 0.05, 10.0) < Some(further));
        assert_eq!(needed(&candidate, &few, 0.05, 0.0), None);
        assert_eq!(needed(&candidate, &none, 0.05, 1.0), None);
        assert_eq!(needed(&legacy, &legacy, 1.0, 1.0), Some(0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_interval_encloses_what_was_measured(n in 1u32..2_000, m in 1u32..2_000, slower in 0.2..5.0f64) {
            for quantile in [0.5, 0.95, 0.99] {
                let interval = degradation(&histogram(n, 100.0, slower), &histogram(m, 100.0, 1.0), quantile).unwrap();
                prop_assert!(interval.lower <= interval.measured, "{interval:?}");
                prop_assert!(interval.upper.is_none_or(|upper| interval.measured <= upper && upper.is_finite()), "{interval:?}");
            }
        }
    }
}
