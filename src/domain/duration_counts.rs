//! Durations counted in fixed buckets, as Prometheus adds them up over many programs. Quantiles on pages are not taken from
//! these but from [`super::latency`], which is exact to 1 %.

use std::time::Duration;

use super::latency::LatencyHistogram;

/// The upper ends of the buckets in seconds, each included; above the last one there is no end.
pub const BOUNDS_SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

const BUCKETS: usize = BOUNDS_SECONDS.len() + 1;

/// How many durations fell into each bucket, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DurationCounts {
    counts: [u64; BUCKETS],
    seconds: f64,
}

impl DurationCounts {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.counts[BOUNDS_SECONDS.partition_point(|bound| *bound < seconds)] += 1;
        self.seconds += seconds;
    }

    /// Counts all latencies of a histogram: one within 1 % of a bound may fall on either side of it.
    pub fn add(&mut self, latencies: &LatencyHistogram) {
        let mut below = 0;
        for (bucket, bound) in BOUNDS_SECONDS.iter().enumerate() {
            let at_most = latencies.count_at_most(bound * 1_000.0);
            self.counts[bucket] += at_most - below;
            below = at_most;
        }
        self.counts[BUCKETS - 1] += latencies.count() - below;
        self.seconds += latencies.mean_ms().unwrap_or_default() * latencies.count() as f64 / 1_000.0;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum in seconds.
    pub const fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Each bucket's upper end in seconds and what fell into it alone; the last has no end.
    pub fn buckets(&self) -> [(f64, u64); BUCKETS] {
        std::array::from_fn(|bucket| {
            (BOUNDS_SECONDS.get(bucket).copied().unwrap_or(f64::INFINITY), self.counts[bucket])
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::latency::LatencyMs;

    fn check(seconds: f64, bucket: usize) {
        let mut counts = DurationCounts::default();
        counts.record(Duration::from_secs_f64(seconds));
        assert_eq!(counts.buckets().iter().position(|(_, count)| *count == 1), Some(bucket), "{seconds}");
    }

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_reaches_it() {
        check(0.0, 0);
        check(0.001, 0);
        check(0.0011, 1);
        check(60.0, 13);
        check(60.1, 14);
    }

    proptest! {
        #[test]
        fn latencies_are_counted_once_each_and_within_one_per_cent_of_the_bounds(
            values in prop::collection::vec((-2.0..6.0f64).prop_map(|exponent| 10f64.powf(exponent)), 0..200),
        ) {
            let mut latencies = LatencyHistogram::new();
            for value in &values {
                latencies.record(LatencyMs::new(*value).unwrap());
            }
            let mut counts = DurationCounts::default();
            counts.add(&latencies);
            prop_assert_eq!(counts.count(), values.len() as u64);
            let sum = values.iter().sum::<f64>() / 1_000.0;
            prop_assert!((counts.seconds() - sum).abs() <= 1e-9 * sum.max(1.0));
            let mut at_most = 0;
            for (bound, count) in counts.buckets().into_iter().take(BOUNDS_SECONDS.len()) {
                at_most += count;
                let surely = values.iter().filter(|ms| **ms < bound * 1_000.0 * 0.98).count() as u64;
                let perhaps = values.iter().filter(|ms| **ms <= bound * 1_000.0 * 1.02).count() as u64;
                prop_assert!((surely..=perhaps).contains(&at_most), "{at_most} at most {bound} s");
            }
        }
    }
}
