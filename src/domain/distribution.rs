//! Counts in the buckets of whoever counted them: OpenTelemetry's counters, explicit and exponential histograms. What came
//! between two of them, and the latencies that they stand for. Not their wire form, which is `server::ingest::otlp`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::latency::{LatencyHistogram, LatencyMs};

/// The most buckets of a histogram.
pub const MAX_BUCKETS: usize = 1_000;

/// The most that anything is counted: far beyond what anyone does, and far below where sums would overflow.
pub const MAX_COUNT: u64 = 1 << 40;

/// What a histogram's values are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatencyUnit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl LatencyUnit {
    /// The unit with this name in UCUM.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "s" => Self::Seconds,
            "ms" => Self::Milliseconds,
            "us" => Self::Microseconds,
            "ns" => Self::Nanoseconds,
            _ => return None,
        })
    }

    /// How many milliseconds it has.
    pub const fn ms(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Milliseconds => 1.0,
            Self::Microseconds => 1e-3,
            Self::Nanoseconds => 1e-6,
        }
    }
}

/// How many, and of histograms how many in each bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Only how many: nothing is known of their latencies.
    Count(u64),
    /// One bucket more than bounds: up to the first, between two, above the last. Bounds are kept bit by bit, since they
    /// are compared.
    Explicit { bounds: Vec<u64>, counts: Vec<u64> },
    /// Bucket `i` reaches from `b^i` to `b^(i+1)`, where `b` is `2^(2^-scale)`.
    Exponential { scale: i32, zero: u64, counts: BTreeMap<i32, u64> },
}

/// What is wrong with counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    #[error("the bounds must be finite and rise")]
    Bounds,
    #[error("a histogram has at most {MAX_BUCKETS} buckets")]
    TooManyBuckets,
    #[error("there must be one bucket more than bounds")]
    BucketsOfBounds,
    #[error("the buckets do not add up to the count")]
    Sum,
    #[error("nothing is counted beyond {MAX_COUNT}")]
    TooMany,
    #[error("a latency must not be negative")]
    Negative,
    #[error("a latency is at most a day")]
    TooLong,
    #[error("the scale must lie between -10 and 20")]
    Scale,
}

impl Distribution {
    /// Only how many.
    pub fn of_count(count: u64) -> Result<Self, DistributionError> {
        if count > MAX_COUNT { Err(DistributionError::TooMany) } else { Ok(Self::Count(count)) }
    }

    /// With explicit bounds; without any it tells nothing but how many.
    pub fn explicit(count: u64, bounds: &[f64], counts: Vec<u64>) -> Result<Self, DistributionError> {
        if bounds.len() >= MAX_BUCKETS {
            return Err(DistributionError::TooManyBuckets);
        }
        if bounds.is_empty() && counts.is_empty() {
            return Self::of_count(count);
        }
        if counts.len() != bounds.len() + 1 {
            return Err(DistributionError::BucketsOfBounds);
        }
        let rises = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        if !rises || bounds.iter().any(|bound| !bound.is_finite()) {
            return Err(DistributionError::Bounds);
        }
        check_sum(count, counts.iter().copied())?;
        if bounds.is_empty() {
            return Self::of_count(count);
        }
        Ok(Self::Explicit { bounds: bounds.iter().map(|bound| bound.to_bits()).collect(), counts })
    }

    /// With buckets of which `counts[0]` is the one at `offset`.
    pub fn exponential(
        count: u64,
        scale: i32,
        zero: u64,
        offset: i32,
        counts: &[u64],
    ) -> Result<Self, DistributionError> {
        if counts.len() > MAX_BUCKETS {
            return Err(DistributionError::TooManyBuckets);
        }
        if !(-10..=20).contains(&scale) {
            return Err(DistributionError::Scale);
        }
        check_sum(count, counts.iter().copied().chain([zero]))?;
        let indexes = (0..).map(|index: i32| offset.saturating_add(index));
        let counts = indexes.zip(counts.iter().copied()).filter(|(_, count)| *count > 0).collect();
        Ok(Self::Exponential { scale, zero, counts })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Self::Count(count) => *count,
            Self::Explicit { counts, .. } => counts.iter().sum(),
            Self::Exponential { zero, counts, .. } => zero + counts.values().sum::<u64>(),
        }
    }

    /// What came since `earlier`, when both count from the same beginning. Fewer than before means that whoever counts
    /// began anew, so all of it came since. Where the buckets do not tell what came, nothing did: that much cannot be said
    /// of which bucket it is of, and to count all again would be worse.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        if self.count() < earlier.count() {
            return self.clone();
        }
        self.less(earlier).unwrap_or(Self::Count(0))
    }

    /// The same with as much less in each bucket; `None` where that is not possible.
    fn less(&self, earlier: &Self) -> Option<Self> {
        match (self, earlier) {
            (Self::Count(now), Self::Count(before)) => now.checked_sub(*before).map(Self::Count),
            (Self::Explicit { bounds, counts }, Self::Explicit { bounds: then, counts: before }) if bounds == then => {
                let counts: Option<_> =
                    counts.iter().zip(before).map(|(now, before)| now.checked_sub(*before)).collect();
                Some(Self::Explicit { bounds: bounds.clone(), counts: counts? })
            }
            (
                Self::Exponential { scale, zero, counts },
                Self::Exponential { scale: then, zero: zero_before, counts: before },
            ) if scale <= then => {
                let mut left = counts.clone();
                for (index, before) in before {
                    // Wider buckets by powers of two: each takes in whole ones.
                    let now = left.get_mut(&(index >> (then - scale).min(31)))?;
                    *now = now.checked_sub(*before)?;
                }
                left.retain(|_, count| *count > 0);
                Some(Self::Exponential { scale: *scale, zero: zero.checked_sub(*zero_before)?, counts: left })
            }
            _ => None,
        }
    }

    /// The latencies that the buckets stand for, measured in `unit`: each at the geometric middle of its bucket. The first
    /// explicit bucket, which reaches down to nothing, counts at half its bound, and the last, which has no end, at its
    /// lower one.
    pub fn latencies(&self, unit: LatencyUnit) -> Result<LatencyHistogram, DistributionError> {
        let mut latencies = LatencyHistogram::new();
        let mut record = |value: f64, count: u64| {
            let value = value * unit.ms();
            match LatencyMs::new(value) {
                _ if count == 0 => {}
                Ok(latency) => latencies.record_many(latency, count),
                Err(_) if value < 0.0 => return Err(DistributionError::Negative),
                Err(_) => return Err(DistributionError::TooLong),
            }
            Ok(())
        };
        match self {
            Self::Count(_) => {}
            Self::Explicit { bounds, counts } => {
                let bound = |index: usize| bounds.get(index).copied().map(f64::from_bits);
                for (bucket, count) in counts.iter().enumerate() {
                    let low = bucket.checked_sub(1).and_then(bound);
                    record(middle(low, bound(bucket)), *count)?;
                }
            }
            Self::Exponential { scale, zero, counts } => {
                record(0.0, *zero)?;
                let step = f64::from(-scale).exp2();
                for (index, count) in counts {
                    record(((f64::from(*index) + 0.5) * step).exp2(), *count)?;
                }
            }
        }
        Ok(latencies)
    }
}

/// Where the values of an explicit bucket are taken to be.
fn middle(low: Option<f64>, high: Option<f64>) -> f64 {
    match (low, high) {
        (Some(low), Some(high)) if low > 0.0 => (low * high).sqrt(),
        (_, Some(high)) if high > 0.0 => high / 2.0,
        (_, Some(high)) => high,
        (low, None) => low.unwrap_or_default(),
    }
}

fn check_sum(count: u64, counts: impl Iterator<Item = u64>) -> Result<(), DistributionError> {
    if count > MAX_COUNT {
        return Err(DistributionError::TooMany);
    }
    let sum = counts.fold(Some(0_u64), |sum, count| sum?.checked_add(count));
    if sum == Some(count) { Ok(()) } else { Err(DistributionError::Sum) }
}

#[cfg(test)]
mod tests;
