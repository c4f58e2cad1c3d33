//! One data point: its times and its counts.

use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    DataPointFlags, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
};

use super::moment;
use crate::domain::counted::Latencies;
use crate::domain::distribution::{Distribution, LatencyUnit, MAX_COUNT};

/// A point that counts something.
#[derive(Clone, Copy)]
pub(super) enum Point<'a> {
    Number(&'a NumberDataPoint),
    Histogram(&'a HistogramDataPoint),
    Exponential(&'a ExponentialHistogramDataPoint),
}

impl Point<'_> {
    /// Whether it only says that there is nothing.
    pub(super) fn is_empty(self) -> bool {
        let flags = match self {
            Self::Number(point) => point.flags,
            Self::Histogram(point) => point.flags,
            Self::Exponential(point) => point.flags,
        };
        flags & DataPointFlags::NoRecordedValueMask as u32 != 0
    }

    /// Tells kinds of points apart in a digest.
    pub(super) const fn kind(self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Histogram(_) => 1,
            Self::Exponential(_) => 2,
        }
    }

    /// When it was counted, in nanoseconds of Unix time.
    pub(super) const fn time_ns(self) -> u64 {
        match self {
            Self::Number(point) => point.time_unix_nano,
            Self::Histogram(point) => point.time_unix_nano,
            Self::Exponential(point) => point.time_unix_nano,
        }
    }

    /// When its counts begin, likewise; 0 where that is not said.
    pub(super) const fn start_ns(self) -> u64 {
        match self {
            Self::Number(point) => point.start_time_unix_nano,
            Self::Histogram(point) => point.start_time_unix_nano,
            Self::Exponential(point) => point.start_time_unix_nano,
        }
    }

    pub(super) fn time(self) -> Result<DateTime<Utc>, String> {
        match (self.time_ns(), self.start_ns()) {
            (0, _) => Err("has no time".to_owned()),
            (time, start) if start > time => Err("begins after its end".to_owned()),
            (time, _) => moment(time).ok_or_else(|| "its time is beyond all calendars".to_owned()),
        }
    }

    pub(super) fn distribution(self) -> Result<Distribution, String> {
        let distribution = match self {
            Self::Number(point) => Distribution::of_count(whole(point.value)?),
            Self::Histogram(point) => {
                check_sum(point.sum)?;
                Distribution::explicit(point.count, &point.explicit_bounds, point.bucket_counts.clone())
            }
            Self::Exponential(point) => {
                check_sum(point.sum)?;
                let negative = point.negative.iter().flat_map(|buckets| &buckets.bucket_counts);
                if negative.into_iter().any(|count| *count > 0) {
                    return Err("a latency must not be negative".to_owned());
                }
                let (offset, counts) =
                    point.positive.as_ref().map_or((0, &[][..]), |buckets| (buckets.offset, &buckets.bucket_counts));
                Distribution::exponential(point.count, point.scale, point.zero_count, offset, counts)
            }
        };
        distribution.map_err(|error| error.to_string())
    }

    /// In which unit its latencies are.
    pub(super) fn latencies(self, unit: &str) -> Result<Latencies, String> {
        match self {
            Self::Number(_) => Ok(Latencies::None),
            Self::Histogram(_) | Self::Exponential(_) => LatencyUnit::parse(unit)
                .map(Latencies::In)
                .ok_or_else(|| format!("the unit of a histogram must be s, ms, us or ns, not {unit:?}")),
        }
    }
}

/// Sums are not used, but one that is no number tells that the rest is not to be believed.
fn check_sum(sum: Option<f64>) -> Result<(), String> {
    match sum {
        Some(sum) if !sum.is_finite() || sum < 0.0 => Err("the sum must be a number from 0".to_owned()),
        _ => Ok(()),
    }
}

fn whole(value: Option<Value>) -> Result<u64, String> {
    const WRONG: &str = "a count must be a whole number from 0";
    match value {
        None => Err("has no value".to_owned()),
        Some(Value::AsInt(count)) => u64::try_from(count).map_err(|_| WRONG.to_owned()),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds of the guard")]
        Some(Value::AsDouble(count)) if (0.0..=MAX_COUNT as f64).contains(&count) && count.fract() == 0.0 => {
            Ok(count as u64)
        }
        Some(Value::AsDouble(_)) => Err(WRONG.to_owned()),
    }
}
