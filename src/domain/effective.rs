//! The percentage that decisions use, after every switch.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alert::Hold;
use super::feature::{Feature, Switch};
use super::migration::Migration;
use super::percentage::Percentage;
use super::stage_clock::Pace;

/// A switch that holds a feature at 0 %, whatever was configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// The migration's `candidate_enabled`, the kill switch, is off.
    CandidateEnabled,
    /// The feature's `enabled` is off.
    FeatureEnabled,
}

impl Block {
    /// What is the matter, as a half sentence: `the feature is off`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::CandidateEnabled => "the migration’s candidate switch is off",
            Self::FeatureEnabled => "the feature is off",
        }
    }
}

/// What decisions use, and what blocks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    pub percentage: Percentage,
    /// Every switch that is off; empty when the configured percentage is in effect.
    pub blocked_by: Vec<Block>,
}

/// The effective percentage of `feature` in `migration` at `now`.
///
/// A gradual rollback holds it down by plan and clock, even before the worker has recorded the step.
pub fn effective(migration: &Migration, feature: &Feature, now: DateTime<Utc>) -> Effective {
    let blocked_by: Vec<Block> =
        [(migration.candidate_enabled, Block::CandidateEnabled), (feature.enabled, Block::FeatureEnabled)]
            .into_iter()
            .filter(|(switch, _)| !switch.is_on())
            .map(|(_, block)| block)
            .collect();
    let planned = feature.gradual.as_ref().map_or(Percentage::FULL, |gradual| gradual.plan.percentage_at(now));
    let percentage = if blocked_by.is_empty() { feature.configured.min(planned) } else { Percentage::ZERO };
    Effective { percentage, blocked_by }
}

/// Whether calls of `feature` are also run on the other side: as the migration's shadow setting says, until it is complete.
pub fn shadow(migration: &Migration, feature: &Feature) -> Switch {
    if feature.is_complete() { Switch::Off } else { migration.shadow.enabled }
}

/// Whether the stage clock of `feature` is to run: it runs while its stage's percentage is in effect and no alert holds it.
pub fn pace(migration: &Migration, feature: &Feature, stage: Percentage, now: DateTime<Utc>) -> Pace {
    if why_stopped(migration, feature, stage, now).is_none() { Pace::Runs } else { Pace::StandsStill }
}

/// Why the stage clock stands still, in words; `None` while it is to run.
pub fn why_stopped(migration: &Migration, feature: &Feature, stage: Percentage, now: DateTime<Utc>) -> Option<String> {
    let effective = effective(migration, feature, now);
    if !effective.blocked_by.is_empty() {
        let words: Vec<&str> = effective.blocked_by.iter().map(|block| block.in_words()).collect();
        return Some(words.join(" and "));
    }
    if effective.percentage < stage {
        return Some(format!("{} is in effect, and the stage asks {stage}", effective.percentage));
    }
    feature.hold.as_ref().map(Hold::in_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::feature::ActiveGradual;
    use crate::domain::gradual::{GradualPlan, Pace as RollbackPace};
    use crate::domain::policy::COMPLETE;
    use crate::domain::rollback::RollbackId;
    use crate::domain::sample;

    #[test]
    fn switches_and_a_gradual_rollback_hold_the_percentage_down() {
        let now = sample::now();
        let ten = Percentage::from_whole(10);
        let (migration, feature) = (sample::migration(), sample::feature(ten));
        assert_eq!(effective(&migration, &feature, now), Effective { percentage: ten, blocked_by: vec![] });
        assert_eq!(why_stopped(&migration, &feature, ten, now), None);

        let mut off = migration.clone();
        off.candidate_enabled = Switch::Off;
        let mut both = feature.clone();
        both.enabled = Switch::Off;
        let blocked = effective(&off, &both, now);
        assert_eq!((blocked.percentage, blocked.blocked_by.len()), (Percentage::ZERO, 2));
        let words = "the migration’s candidate switch is off and the feature is off";
        assert_eq!(why_stopped(&off, &both, ten, now).as_deref(), Some(words));

        let mut stepping = feature.clone();
        let pace = RollbackPace { step: Percentage::from_whole(4), interval_seconds: 60 };
        let plan = GradualPlan::new(ten, Percentage::ZERO, pace, now);
        stepping.gradual = Some(ActiveGradual { rollback: RollbackId("r".to_owned()), plan });
        assert_eq!(effective(&migration, &stepping, now).percentage, Percentage::from_whole(6));
        let words = "6 % is in effect, and the stage asks 10 %";
        assert_eq!(why_stopped(&migration, &stepping, ten, now).as_deref(), Some(words));
        assert_eq!(pace_of(&migration, &stepping, ten, now), Pace::StandsStill);
    }

    #[test]
    fn a_complete_feature_is_not_run_in_shadow() {
        let (mut migration, mut feature) = (sample::migration(), sample::feature(Percentage::FULL));
        assert_eq!(shadow(&migration, &feature), Switch::On);
        feature.stage = COMPLETE.to_owned();
        assert_eq!(shadow(&migration, &feature), Switch::Off);
        feature.stage = "shadow".to_owned();
        migration.shadow.enabled = Switch::Off;
        assert_eq!(shadow(&migration, &feature), Switch::Off);
    }

    fn pace_of(migration: &Migration, feature: &Feature, stage: Percentage, now: DateTime<Utc>) -> Pace {
        super::pace(migration, feature, stage, now)
    }
}
