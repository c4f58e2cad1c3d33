//! The manifest of a pack: what it is of, who made it when, and the digest of every other file.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::audit::Head;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::rollout::{ChangeKind, RolloutChange};

/// What the manifest of a pack says that it is.
pub const FORMAT: &str = "crossfade-evidence";

/// The version of the format that this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    pub format_version: u32,
    /// Of the program that made the pack.
    pub program_version: String,
    pub made_at: DateTime<Utc>,
    pub of: Subject,
    pub series: Extent,
    pub audit: AuditPart,
    /// `sha256:` of every other file, by name.
    pub files: BTreeMap<String, String>,
}

/// What a pack is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    pub migration: MigrationSlug,
    pub feature: FeatureKey,
    pub stage: String,
    /// When the stage was entered.
    pub entered_at: DateTime<Utc>,
    /// When the evidence was gathered.
    pub as_of: DateTime<Utc>,
    #[serde(flatten)]
    pub moment: Moment,
}

/// At which moment the gate is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Moment {
    /// As it was when the pack was made.
    Gate,
    /// As a reviewer saw it.
    SignOff { id: String },
    /// As it was when the feature left the stage.
    Change { change: PackChange },
}

/// The rollout change by which a feature left a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackChange {
    pub number: i64,
    pub at: DateTime<Utc>,
    pub kind: ChangeKind,
    /// The stage from then on.
    pub stage: String,
    pub actor: String,
    pub reason: String,
    /// What an override went past.
    pub overridden: Vec<String>,
}

/// Whether the series adds up to the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "extent", rename_all = "snake_case")]
pub enum Extent {
    /// It does.
    Whole,
    /// It does not: it was read after the evidence was frozen.
    Partial { because: String },
}

/// Which part of the audit chain is in the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPart {
    pub events: u64,
    /// Where the chain ended when the pack was made.
    pub head: Head,
}

impl From<&RolloutChange> for PackChange {
    fn from(change: &RolloutChange) -> Self {
        Self {
            number: change.id,
            at: change.at,
            kind: change.kind,
            stage: change.stage.clone(),
            actor: change.actor.as_str().to_owned(),
            reason: change.reason.clone(),
            overridden: change.overridden.clone(),
        }
    }
}

impl fmt::Display for Subject {
    /// `the gate of kimi in stage 1% (files), as it was at …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migration, feature, stage, as_of, moment, .. } = self;
        let as_of = as_of.format("%Y-%m-%d %H:%M:%S UTC");
        write!(f, "the gate of {feature} in stage {stage} (migration {migration}), as ")?;
        match moment {
            Moment::Gate => write!(f, "it was at {as_of}"),
            Moment::SignOff { id } => write!(f, "the reviewer of sign-off {id} saw it at {as_of}"),
            Moment::Change { change } => write!(f, "it was frozen with rollout change {} at {as_of}", change.number),
        }
    }
}
