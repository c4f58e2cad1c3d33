//! Where a unit falls: the stable hash that a decision sticks to. Not the decision.

use super::feature_key::FeatureKey;
use super::unit::Unit;

/// One of 10,000 buckets, each worth one basis point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(u16);

impl Bucket {
    /// The bucket of `unit` for `feature`: `murmur3_x86_32(utf8("{feature}:{unit}"), seed 0) mod 10000`.
    ///
    /// Features are independent of each other, since the key is hashed with the feature.
    pub fn of(feature: &FeatureKey, unit: &Unit) -> Self {
        Self::of_bytes(feature.as_str(), unit.as_str())
    }

    /// The bucket that decides whether `unit` is run in shadow: another than [`Bucket::of`], so that those who get the
    /// candidate are not those who are compared. The key cannot be that of a feature, which holds no point.
    pub fn of_shadow(feature: &FeatureKey, unit: &Unit) -> Self {
        Self::of_bytes(&format!("{feature}.shadow"), unit.as_str())
    }

    pub(super) fn of_bytes(feature: &str, unit: &str) -> Self {
        let mut bytes = std::io::Cursor::new(format!("{feature}:{unit}"));
        // Reading from memory cannot fail, so the default stands for an impossible error.
        let hash = murmur3::murmur3_32(&mut bytes, 0).unwrap_or_default();
        Self((hash % 10_000) as u16)
    }

    /// 0 to 9,999.
    pub const fn index(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::percentage::Percentage;

    #[test]
    fn buckets_match_the_published_vectors() {
        for (feature, unit, expected) in [
            ("kimi", "user123", 6532),
            ("kimi", "user456", 2267),
            ("kimi", "system", 3971),
            ("supabase", "system", 8798),
            ("smart_handler", "user-1", 7504),
            ("kimi", "ünï", 1301),
        ] {
            let bucket = Bucket::of(&FeatureKey::parse(feature).unwrap(), &Unit::parse(unit).unwrap());
            assert_eq!(bucket.index(), expected, "{feature}:{unit}");
        }
    }

    #[test]
    fn of_a_hundred_thousand_users_the_published_number_gets_the_candidate() {
        let buckets: Vec<Bucket> = (0..100_000).map(|i| Bucket::of_bytes("kimi", &format!("user{i}"))).collect();
        for (percent, expected) in [(0, 0), (1, 992), (10, 9_899), (50, 49_964), (100, 100_000)] {
            let percentage = Percentage::from_whole(percent);
            assert_eq!(buckets.iter().filter(|bucket| percentage.includes(**bucket)).count(), expected, "{percent} %");
        }
    }
}
