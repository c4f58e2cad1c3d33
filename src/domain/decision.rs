//! What a caller is told: which path to take, why, and whether to run the other side too. Not how it is carried out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::bucket::Bucket;
use super::effective::{effective, shadow};
use super::feature::{Feature, Switch};
use super::migration::{Migration, SampleRate};
use super::path::Path;
use super::percentage::Percentage;
use super::unit::Unit;

/// Why a decision is what it is, in OpenFeature's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The unit's bucket was held against the effective percentage.
    Split,
    /// Everyone gets the same.
    Static,
    /// A switch is off.
    Disabled,
}

/// Which path one call takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub path: Path,
    pub reason: Reason,
    /// The stage that the feature is in.
    pub stage: String,
    /// The effective percentage that was decided by.
    pub percentage: Percentage,
    /// Where the unit falls; `None` without one.
    pub bucket: Option<Bucket>,
    /// The share of calls to run on the other side too; `None` when none is.
    pub shadow: Option<SampleRate>,
    /// Whether a failed candidate call is answered by legacy.
    pub fallback: Switch,
}

/// Why nothing could be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// Without a unit the decision could not stick.
    #[error("between 0 % and 100 % a decision sticks to a unit, and none was named")]
    TargetingKeyMissing,
}

/// The decision for `unit` at `now`. Without a unit 0 % and 100 % still answer.
pub fn decide(
    migration: &Migration,
    feature: &Feature,
    unit: Option<&Unit>,
    now: DateTime<Utc>,
) -> Result<Decision, DecideError> {
    let effective = effective(migration, feature, now);
    let bucket = unit.map(|unit| Bucket::of(&feature.key, unit));
    let (path, reason) = if !effective.blocked_by.is_empty() {
        (Path::Legacy, Reason::Disabled)
    } else if effective.percentage == Percentage::ZERO {
        (Path::Legacy, Reason::Static)
    } else if effective.percentage == Percentage::FULL {
        (Path::Candidate, Reason::Static)
    } else {
        let bucket = bucket.ok_or(DecideError::TargetingKeyMissing)?;
        (if effective.percentage.includes(bucket) { Path::Candidate } else { Path::Legacy }, Reason::Split)
    };
    Ok(Decision {
        path,
        reason,
        stage: feature.stage.clone(),
        percentage: effective.percentage,
        bucket,
        shadow: shadow_rate(migration, feature),
        fallback: migration.fallback_to_legacy,
    })
}

/// Whether calls of `unit` are also run on the other side.
///
/// For callers that are told yes or no, which they may keep: so it sticks to the unit, by a bucket of its own. Callers
/// that can draw for each call take [`Decision::shadow`] instead, and sample calls rather than units.
pub fn decide_shadow(
    migration: &Migration,
    feature: &Feature,
    unit: Option<&Unit>,
) -> Result<ShadowDecision, DecideError> {
    let bucket = unit.map(|unit| Bucket::of_shadow(&feature.key, unit));
    let Some(rate) = shadow_rate(migration, feature) else {
        return Ok(ShadowDecision { run: Switch::Off, reason: Reason::Disabled, rate: None, bucket });
    };
    let decided = |run, reason| ShadowDecision { run, reason, rate: Some(rate), bucket };
    if rate.fraction() <= 0.0 {
        return Ok(decided(Switch::Off, Reason::Static));
    }
    if rate.fraction() >= 1.0 {
        return Ok(decided(Switch::On, Reason::Static));
    }
    let sampled = f64::from(bucket.ok_or(DecideError::TargetingKeyMissing)?.index()) < rate.fraction() * 10_000.0;
    Ok(decided(Switch::from_bool(sampled), Reason::Split))
}

/// Whether the other side is run for a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShadowDecision {
    pub run: Switch,
    pub reason: Reason,
    /// The share of calls that are; `None` when shadow is off.
    pub rate: Option<SampleRate>,
    pub bucket: Option<Bucket>,
}

fn shadow_rate(migration: &Migration, feature: &Feature) -> Option<SampleRate> {
    shadow(migration, feature).is_on().then_some(migration.shadow.sample_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    #[test]
    fn a_path_follows_switches_percentage_and_bucket() {
        use Path::{Candidate, Legacy};
        // `user123` falls into bucket 6532 of kimi, `user456` into 2267.
        for (percentage, name, expected) in [
            (0, None, Ok((Legacy, Reason::Static))),
            (0, Some("user456"), Ok((Legacy, Reason::Static))),
            (50, Some("user456"), Ok((Candidate, Reason::Split))),
            (50, Some("user123"), Ok((Legacy, Reason::Split))),
            (50, None, Err(DecideError::TargetingKeyMissing)),
            (100, None, Ok((Candidate, Reason::Static))),
            (100, Some("user123"), Ok((Candidate, Reason::Static))),
        ] {
            let feature = sample::feature(Percentage::from_whole(percentage));
            let decided = decide(&sample::migration(), &feature, name.map(unit).as_ref(), sample::now());
            assert_eq!(decided.map(|decided| (decided.path, decided.reason)), expected, "{percentage} % for {name:?}");
        }
    }

    #[test]
    fn a_switch_that_is_off_leads_to_legacy_with_or_without_a_unit() {
        let mut feature = sample::feature(Percentage::from_whole(50));
        feature.enabled = Switch::Off;
        let mut off = sample::migration();
        off.candidate_enabled = Switch::Off;
        for (migration, feature) in [(sample::migration(), feature), (off, sample::feature(Percentage::FULL))] {
            for unit in [None, Some(unit("user456"))] {
                let decided = decide(&migration, &feature, unit.as_ref(), sample::now()).unwrap();
                assert_eq!((decided.path, decided.reason), (Path::Legacy, Reason::Disabled));
                assert_eq!(decided.percentage, Percentage::ZERO);
            }
        }
    }

    #[test]
    fn the_share_of_units_in_shadow_is_the_sample_rate_and_not_the_units_of_the_candidate() {
        let (mut migration, feature) = (sample::migration(), sample::feature(Percentage::from_whole(10)));
        migration.shadow.sample_rate = SampleRate::new(0.1).unwrap();
        let units: Vec<Unit> = (0..10_000).map(|i| unit(&format!("user{i}"))).collect();
        let sampled = |unit: &Unit| decide_shadow(&migration, &feature, Some(unit)).unwrap().run.is_on();
        let candidate =
            |unit: &Unit| decide(&migration, &feature, Some(unit), sample::now()).unwrap().path == Path::Candidate;
        let shadowed = units.iter().filter(|unit| sampled(unit)).count();
        let both = units.iter().filter(|unit| sampled(unit) && candidate(unit)).count();
        assert!((900..1_100).contains(&shadowed), "{shadowed}");
        assert!((60..140).contains(&both), "{both}");
    }

    #[test]
    fn shadow_without_a_unit_is_decided_where_all_are_alike() {
        let feature = sample::feature(Percentage::ZERO);
        for (rate, expected) in [
            (0.0, Ok((Switch::Off, Reason::Static))),
            (0.5, Err(DecideError::TargetingKeyMissing)),
            (1.0, Ok((Switch::On, Reason::Static))),
        ] {
            let mut migration = sample::migration();
            migration.shadow.sample_rate = SampleRate::new(rate).unwrap();
            let decided = decide_shadow(&migration, &feature, None).map(|decided| (decided.run, decided.reason));
            assert_eq!(decided, expected, "{rate}");
        }
        let mut migration = sample::migration();
        migration.shadow.enabled = Switch::Off;
        assert_eq!(decide_shadow(&migration, &feature, None).unwrap().reason, Reason::Disabled);
    }
}
