//! A mergeable histogram of latencies. Not a time series: a rollup holds one of these per minute.

use sketches_ddsketch::{Config, DDSketch};

/// One latency in milliseconds, 0 to 86,400,000 (a day).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct LatencyMs(f64);

/// Why a latency was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LatencyError {
    #[error("latency_ms must be a number from 0 to 86400000 (a day)")]
    OutOfRange,
}

impl LatencyMs {
    /// The longest latency taken: a day.
    pub const MAX: f64 = 86_400_000.0;

    /// From milliseconds, 0 to a day.
    pub fn new(ms: f64) -> Result<Self, LatencyError> {
        if (0.0..=Self::MAX).contains(&ms) { Ok(Self(ms)) } else { Err(LatencyError::OutOfRange) }
    }

    /// In milliseconds.
    pub const fn ms(self) -> f64 {
        self.0
    }
}

/// Counts of latencies in buckets whose width grows with the value, so that every quantile has a relative error of at
/// most 1 %, whatever was merged in whatever order.
///
/// `DDSketch`: Masson, Rim and Lee, "`DDSketch`: a fast and fully-mergeable quantile sketch with relative-error
/// guarantees", PVLDB 12(12), 2019. From a nanosecond to a day no bucket is ever collapsed.
#[derive(Clone)]
pub struct LatencyHistogram(DDSketch);

/// Stored bytes that are not a histogram.
#[derive(Debug, thiserror::Error)]
#[error("not a latency histogram: {0}")]
pub struct CorruptHistogram(String);

impl LatencyHistogram {
    /// The largest relative error of a quantile.
    pub const RELATIVE_ERROR: f64 = 0.01;

    /// No latencies.
    pub fn new() -> Self {
        Self(DDSketch::new(Config::defaults()))
    }

    /// Adds one latency.
    pub fn record(&mut self, latency: LatencyMs) {
        self.0.add(latency.ms());
    }

    /// Adds the same latency `count` times.
    pub fn record_many(&mut self, latency: LatencyMs, count: u64) {
        self.0.add_with_count(latency.ms(), count);
    }

    /// Adds all latencies of `other`.
    pub fn merge(&mut self, other: &Self) {
        // Merging fails for unlike configurations only, and there is one: `from_bytes` refuses any other.
        let merged = self.0.merge(&other.0);
        debug_assert!(merged.is_ok());
    }

    /// How many latencies it holds.
    pub fn count(&self) -> u64 {
        self.0.count() as u64
    }

    /// How many latencies are at most `ms`, taking each to be where its bucket is.
    pub fn count_at_most(&self, ms: f64) -> u64 {
        first_rank(1, self.count() + 1, |rank| self.value_at_rank(rank) > Some(ms)) - 1
    }

    /// The exact arithmetic mean in milliseconds; `None` when empty.
    pub fn mean_ms(&self) -> Option<f64> {
        self.0.sum().map(|sum| sum / self.count() as f64)
    }

    /// The exact largest latency in milliseconds; `None` when empty.
    pub fn max_ms(&self) -> Option<f64> {
        self.0.max()
    }

    /// The `quantile` (0 to 1) by nearest rank in milliseconds, within 1 %; `None` when empty.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts stay far below 2^52, and the quantile is clamped"
    )]
    pub fn quantile_ms(&self, quantile: f64) -> Option<f64> {
        let rank = (quantile.clamp(0.0, 1.0) * self.count() as f64 - 1e-9).ceil() as u64;
        self.value_at_rank(rank.max(1))
    }

    /// The latency in milliseconds at `rank` (1 is the smallest), within 1 %; `None` when there are fewer.
    pub fn value_at_rank(&self, rank: u64) -> Option<f64> {
        let count = self.count();
        if rank == 0 || rank > count {
            return None;
        }
        // The sketch floors `q · (count − 1)` to a rank from 0; half a rank more keeps clear of rounding.
        let quantile = (rank as f64 - 0.5) / (count as f64 - 1.0).max(1.0);
        let value = self.0.quantile(if rank == count { 1.0 } else { quantile }).ok().flatten()?;
        // The ends are known exactly, and a bucket at an end may reach beyond it: of a hundred equal latencies the
        // median would come out above the 99th.
        Some(value.max(self.0.min()?).min(self.0.max()?))
    }

    /// The latency in milliseconds at `rank` (1 is the smallest), taking a bucket's latencies to lie evenly, in ratio, over
    /// the bucket; `None` when there are fewer.
    ///
    /// Where latencies are spread this comes far nearer than [`Self::value_at_rank`], which gives all of a bucket, 2 % wide,
    /// the same value; that is what a comparison needs whose limit is 1 %. In the worst case, when all of a bucket lie at
    /// one end of it, it is off by the bucket's width.
    pub fn interpolated_at_rank(&self, rank: u64) -> Option<f64> {
        let (min, max) = (self.0.min()?, self.0.max()?);
        let config = Config::defaults();
        match rank {
            1 => return Some(min),
            // Below this all count as nothing, and share one bucket.
            _ if self.value_at_rank(rank)? <= config.min_possible() => return self.value_at_rank(rank),
            _ if rank == self.count() => return Some(max),
            _ => {}
        }
        let bucket = |rank| self.value_at_rank(rank).filter(|ms| *ms > config.min_possible()).map(|ms| config.key(ms));
        let here = bucket(rank)?;
        let first = first_rank(1, rank, |rank| bucket(rank) >= Some(here));
        let after = first_rank(rank + 1, self.count() + 1, |rank| bucket(rank) > Some(here));
        let (low, high) = (config.pow_gamma(here).max(min), config.pow_gamma(here + 1).min(max));
        let share = ((rank - first) as f64 + 0.5) / (after - first) as f64;
        Some((low * (high / low).powf(share)).clamp(min, max))
    }

    /// For the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_java_bytes()
    }

    /// From what [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptHistogram> {
        let mut sketch = DDSketch::from_java_bytes(bytes).map_err(|error| CorruptHistogram(error.to_string()))?;
        // Merging nothing fails if, and only if, it was made with another configuration.
        let nothing = DDSketch::new(Config::defaults());
        sketch.merge(&nothing).map_err(|error| CorruptHistogram(error.to_string()))?;
        Ok(Self(sketch))
    }
}

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for LatencyHistogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LatencyHistogram({} values, p50 {:?} ms)", self.count(), self.quantile_ms(0.5))
    }
}

impl PartialEq for LatencyHistogram {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

/// The first in `low..high` for which `reached` holds, as it does for all after it; `high` when there is none.
fn first_rank(mut low: u64, mut high: u64, reached: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low.midpoint(high);
        if reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fractions of small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(values: &[f64]) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::new();
        for value in values {
            histogram.record(LatencyMs::new(*value).unwrap());
        }
        histogram
    }

    fn latencies() -> impl Strategy<Value = Vec<f64>> {
        // From a nanosecond to a day, evenly over the orders of magnitude.
        prop::collection::vec((-6.0..7.93f64).prop_map(|exponent| 10f64.powf(exponent)), 1..300)
    }

    #[test]
    fn negative_and_absurd_latencies_are_refused() {
        for ms in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 86_400_000.1] {
            assert_eq!(LatencyMs::new(ms), Err(LatencyError::OutOfRange), "{ms}");
        }
    }

    #[test]
    fn an_empty_histogram_has_no_quantiles() {
        let empty = LatencyHistogram::new();
        assert_eq!((empty.count(), empty.quantile_ms(0.5), empty.mean_ms(), empty.max_ms()), (0, None, None, None));
        assert_eq!(empty.interpolated_at_rank(1), None);
        assert_eq!(LatencyHistogram::from_bytes(&empty.to_bytes()).unwrap().count(), 0);
    }

    #[test]
    fn bytes_of_something_else_are_refused() {
        for bytes in [&b""[..], b"\xff", b"not a histogram"] {
            assert!(LatencyHistogram::from_bytes(bytes).is_err(), "{bytes:?}");
        }
        assert!(LatencyHistogram::from_bytes(&DDSketch::new(Config::new(0.2, 64, 1e-3)).to_java_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn every_rank_is_within_one_per_cent(mut values in latencies()) {
            let histogram = histogram(&values);
            values.sort_by(f64::total_cmp);
            for (index, exact) in values.iter().enumerate() {
                let measured = histogram.value_at_rank(index as u64 + 1).unwrap();
                prop_assert!((measured / exact - 1.0).abs() <= 0.01 + 1e-9, "rank {}: {measured} for {exact}", index + 1);
            }
            for quantile in [0.5, 0.95, 0.99] {
                let exact = values[((quantile * values.len() as f64).ceil() as usize).max(1) - 1];
                let measured = histogram.quantile_ms(quantile).unwrap();
                prop_assert!((measured / exact - 1.0).abs() <= 0.01 + 1e-9, "p{quantile}: {measured} for {exact}");
            }
        }

        #[test]
        fn an_interpolated_rank_stays_within_its_bucket_and_never_falls(mut values in latencies()) {
            let histogram = histogram(&values);
            values.sort_by(f64::total_cmp);
            let mut before = 0.0;
            for (index, exact) in values.iter().enumerate() {
                let measured = histogram.interpolated_at_rank(index as u64 + 1).unwrap();
                prop_assert!((measured / exact).ln().abs() <= (1.01f64 / 0.99).ln() + 1e-9, "rank {}: {measured} for {exact}", index + 1);
                prop_assert!(before <= measured && measured >= values[0] && measured <= values[values.len() - 1]);
                before = measured;
            }
            prop_assert_eq!(histogram.interpolated_at_rank(values.len() as u64 + 1), None);
        }

        #[test]
        fn an_interpolated_rank_of_spread_latencies_is_within_one_per_cent(middle in 0.1..1_000.0f64, spread in 1.0..3.0f64, n in 4_000u64..8_000) {
            // Logistic in the logarithm: dense in the middle, with a long tail.
            let value = |rank: u64| {
                let share = (rank as f64 - 0.5) / n as f64;
                middle * (share / (1.0 - share)).powf(spread / 3.0)
            };
            let values: Vec<f64> = (1..=n).map(value).collect();
            let histogram = histogram(&values);
            for quantile in [0.1, 0.5, 0.9, 0.95] {
                let rank = (n as f64 * quantile) as u64;
                let measured = histogram.interpolated_at_rank(rank).unwrap();
                prop_assert!((measured / value(rank) - 1.0).abs() <= 0.01, "p{quantile}: {measured} for {}", value(rank));
            }
        }

        #[test]
        fn merging_parts_after_storing_them_gives_the_whole(values in latencies(), cut in 0.0..1.0f64) {
            let (left, right) = values.split_at((values.len() as f64 * cut) as usize);
            let mut merged = LatencyHistogram::from_bytes(&histogram(left).to_bytes()).unwrap();
            merged.merge(&LatencyHistogram::from_bytes(&histogram(right).to_bytes()).unwrap());
            let whole = histogram(&values);
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert_eq!(merged.max_ms(), whole.max_ms());
            for rank in 1..=whole.count() {
                prop_assert_eq!(merged.value_at_rank(rank), whole.value_at_rank(rank));
            }
        }
    }
}
