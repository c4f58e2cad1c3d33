//! How many different units there were, without keeping any of them.

use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};

use super::unit::Unit;

/// 2^12 registers: a standard error of about 1.3 %, at most 4 KiB.
const LG_REGISTERS: u8 = 12;

/// What is left of a unit once it was taken in: 26 bits of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitTrace(Coupon);

impl UnitTrace {
    /// The trace of `unit`.
    pub fn of(unit: &Unit) -> Self {
        Self::of_text(unit.as_str())
    }

    /// The trace of a unit's text, for callers that checked it with [`Unit::check`].
    pub fn of_text(unit: &str) -> Self {
        Self(Coupon::from_value(unit))
    }
}

/// A mergeable estimate of the number of distinct units, exact while they are few.
///
/// `HyperLogLog` as in Apache `DataSketches` (Flajolet et al., "`HyperLogLog`: the analysis of a near-optimal cardinality
/// estimation algorithm", 2007, with the HIP and composite estimators).
#[derive(Clone, Debug)]
pub struct DistinctUnits(HllSketch);

/// Stored bytes that are not a sketch.
#[derive(Debug, thiserror::Error)]
#[error("not a sketch of distinct units: {0}")]
pub struct CorruptSketch(String);

impl DistinctUnits {
    /// No units.
    pub fn new() -> Self {
        Self(HllUnion::new(LG_REGISTERS).map_or_else(
            |_| unreachable!("the number of registers is within the sketch's range"),
            |union| union.to_sketch(HllType::Hll8),
        ))
    }

    /// Counts a unit, once however often it comes.
    pub fn record(&mut self, unit: UnitTrace) {
        self.0.update_with_coupon(unit.0);
    }

    /// Counts all units of `other` that are not yet in.
    pub fn merge(&mut self, other: &Self) {
        if let Ok(mut union) = HllUnion::new(LG_REGISTERS) {
            union.update(&self.0);
            union.update(&other.0);
            self.0 = union.to_sketch(HllType::Hll8);
        }
    }

    /// The estimated number of distinct units.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a count")]
    pub fn estimate(&self) -> u64 {
        self.0.estimate().round() as u64
    }

    /// For the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.serialize()
    }

    /// From what [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptSketch> {
        HllSketch::deserialize(bytes).map(Self).map_err(|error| CorruptSketch(error.to_string()))
    }
}

impl Default for DistinctUnits {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(units: std::ops::Range<u32>) -> DistinctUnits {
        let mut sketch = DistinctUnits::new();
        for unit in units {
            sketch.record(UnitTrace::of(&Unit::parse(&format!("user{unit}")).unwrap()));
        }
        sketch
    }

    #[test]
    fn few_units_are_counted_exactly_and_many_within_four_per_cent() {
        for (units, tolerance) in [(0, 0.0), (1, 0.0), (20, 0.0), (1_000, 0.04), (200_000, 0.04)] {
            let estimate = sketch(0..units).estimate();
            let error = (estimate as f64 - f64::from(units)).abs();
            assert!(error <= tolerance * f64::from(units), "{estimate} for {units}");
        }
    }

    #[test]
    fn a_unit_counts_once_over_merges_and_storage() {
        let mut merged = DistinctUnits::from_bytes(&sketch(0..3_000).to_bytes()).unwrap();
        merged.merge(&sketch(2_000..5_000));
        merged.merge(&sketch(0..5_000));
        let estimate = merged.estimate();
        assert!((4_800..=5_200).contains(&estimate), "{estimate} for 5000");
    }

    #[test]
    fn bytes_of_something_else_are_refused() {
        assert!(DistinctUnits::from_bytes(b"not a sketch").is_err());
    }
}
