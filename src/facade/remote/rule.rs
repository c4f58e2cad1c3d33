//! What an OFREP answer says of all units of a feature: the rule by which each of them is decided. Not how it is fetched.

use serde::Deserialize;

use crate::domain::bucket::Bucket;
use crate::domain::decision::{Decision, Reason};
use crate::domain::feature::Switch;
use crate::domain::feature_key::FeatureKey;
use crate::domain::migration::SampleRate;
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::unit::Unit;
use crate::facade::source::Undecided;

/// The answer for the flag of a feature, as far as it is read here.
#[derive(Debug, Deserialize)]
pub(super) struct FlagAnswer {
    pub reason: String,
    pub metadata: FlagMetadata,
}

#[derive(Debug, Deserialize)]
pub(super) struct FlagMetadata {
    pub stage: String,
    pub percentage: f64,
    /// An older Crossfade does not tell; then nothing falls back.
    #[serde(default)]
    pub fallback: bool,
}

/// The answer for its shadow flag.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShadowAnswer {
    pub reason: String,
    #[serde(default)]
    pub metadata: ShadowMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShadowMetadata {
    #[serde(default)]
    pub sample_rate: Option<f64>,
}

/// By what every unit is decided.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    stage: String,
    percentage: Percentage,
    switched: Switch,
    fallback: Switch,
    shadow: Option<SampleRate>,
}

impl Rule {
    /// The rule behind two answers. An answer that says nothing sensible of shadow runs none.
    pub fn of(flag: FlagAnswer, shadow: Option<ShadowAnswer>) -> Result<Self, Undecided> {
        let percentage = Percentage::from_percent(flag.metadata.percentage)
            .map_err(|error| Undecided::Unavailable(format!("its percentage {error}")))?;
        let shadow = shadow
            .filter(|shadow| shadow.reason != DISABLED)
            .and_then(|shadow| SampleRate::new(shadow.metadata.sample_rate?).ok());
        Ok(Self {
            stage: flag.metadata.stage,
            percentage,
            switched: Switch::from_bool(flag.reason != DISABLED),
            fallback: Switch::from_bool(flag.metadata.fallback),
            shadow,
        })
    }

    /// The decision for `unit`: the same as Crossfade would make, since the bucket is part of the contract.
    pub fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        let bucket = unit.map(|unit| Bucket::of(feature, unit));
        let (path, reason) = if !self.switched.is_on() {
            (Path::Legacy, Reason::Disabled)
        } else if self.percentage == Percentage::ZERO {
            (Path::Legacy, Reason::Static)
        } else if self.percentage == Percentage::FULL {
            (Path::Candidate, Reason::Static)
        } else {
            let bucket = bucket.ok_or(Undecided::TargetingKeyMissing)?;
            (if self.percentage.includes(bucket) { Path::Candidate } else { Path::Legacy }, Reason::Split)
        };
        Ok(Decision {
            path,
            reason,
            stage: self.stage.clone(),
            percentage: self.percentage,
            bucket,
            shadow: self.shadow,
            fallback: self.fallback,
        })
    }
}

const DISABLED: &str = "DISABLED";
