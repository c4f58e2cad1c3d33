//! A percentage of units with two decimals. Not a rate or a share that was measured: those are plain `f64`s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::bucket::Bucket;

/// 0 to 100 % in steps of 0.01 %, held as basis points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 100, example = 10)]
pub struct Percentage(u16);

/// Why a percentage was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PercentageError {
    #[error("must be a number from 0 to 100")]
    OutOfRange,
    #[error("must have at most two decimals")]
    TooPrecise,
}

impl Percentage {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const FULL: Self = Self(10_000);

    /// From basis points, 0 to 10,000.
    pub const fn from_basis_points(basis_points: u16) -> Result<Self, PercentageError> {
        if basis_points > 10_000 {
            return Err(PercentageError::OutOfRange);
        }
        Ok(Self(basis_points))
    }

    /// From whole per cents; more than 100 is taken as 100.
    pub const fn from_whole(percent: u8) -> Self {
        if percent >= 100 { Self::FULL } else { Self(percent as u16 * 100) }
    }

    /// From per cents, 0 to 100 with at most two decimals.
    pub fn from_percent(percent: f64) -> Result<Self, PercentageError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(PercentageError::OutOfRange);
        }
        let basis_points = (percent * 100.0).round();
        if (percent * 100.0 - basis_points).abs() > 1e-6 {
            return Err(PercentageError::TooPrecise);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10,000 by the check above")]
        Ok(Self(basis_points as u16))
    }

    /// In basis points, 0 to 10,000.
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// In per cents, 0 to 100.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// As a fraction, 0 to 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Whether a unit in `bucket` gets the candidate at this percentage.
    pub fn includes(self, bucket: Bucket) -> bool {
        bucket.index() < self.0
    }
}

impl fmt::Display for Percentage {
    /// As people read it: `1 %`, `0.25 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.percent())
    }
}

impl FromStr for Percentage {
    type Err = PercentageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_percent(text.trim().parse().map_err(|_| PercentageError::OutOfRange)?)
    }
}

impl Serialize for Percentage {
    /// A JSON number of per cents: `1`, `0.25`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_u16(self.0 / 100)
        } else {
            serializer.serialize_f64(self.percent())
        }
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_percent(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_decimals_from_0_to_100_are_accepted_and_nothing_else() {
        for (percent, expected) in [
            (0.0, Ok(Percentage::ZERO)),
            (0.01, Ok(Percentage(1))),
            (0.29, Ok(Percentage(29))),
            (100.0, Ok(Percentage::FULL)),
            (101.0, Err(PercentageError::OutOfRange)),
            (-0.01, Err(PercentageError::OutOfRange)),
            (f64::NAN, Err(PercentageError::OutOfRange)),
            (f64::INFINITY, Err(PercentageError::OutOfRange)),
            (0.005, Err(PercentageError::TooPrecise)),
        ] {
            assert_eq!(Percentage::from_percent(percent), expected, "{percent}");
        }
    }

    #[test]
    fn json_has_whole_percentages_without_a_point() {
        let percentages = [Percentage(0), Percentage(100), Percentage(25), Percentage(10_000)];
        assert_eq!(serde_json::to_string(&percentages).unwrap(), "[0,1,0.25,100]");
    }

    proptest! {
        #[test]
        fn every_step_survives_text_and_json(basis_points in 0u16..=10_000) {
            let percentage = Percentage::from_basis_points(basis_points).unwrap();
            let json = serde_json::to_string(&percentage).unwrap();
            prop_assert_eq!(serde_json::from_str::<Percentage>(&json).unwrap(), percentage);
            prop_assert_eq!(percentage.percent().to_string().parse::<Percentage>().unwrap(), percentage);
        }

        #[test]
        fn raising_a_percentage_never_moves_a_unit_off_the_candidate(low in 0u16..=10_000, high in 0u16..=10_000, unit in ".{0,20}") {
            let (low, high) = (low.min(high), low.max(high));
            let bucket = Bucket::of_bytes("kimi", &unit);
            prop_assert!(!Percentage(low).includes(bucket) || Percentage(high).includes(bucket));
        }
    }
}
