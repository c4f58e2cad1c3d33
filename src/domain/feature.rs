//! One thing being moved, with its own percentage.

use chrono::{DateTime, Utc};

use super::alert::Hold;
use super::feature_key::{FeatureKey, MigrationSlug};
use super::field_error::{FieldError, collect};
use super::gradual::GradualPlan;
use super::migration::MigrationId;
use super::percentage::Percentage;
use super::policy::COMPLETE;
use super::rollback::RollbackId;
use super::series::EntryMinute;
use super::stage_clock::StageClock;
use super::text::{Actor, Name};

/// The store's number for a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(pub i64);

/// Whether a feature takes part in its migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    /// On for `true`.
    pub const fn from_bool(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }

    /// `true` for on.
    pub const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}

/// A gradual rollback under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveGradual {
    pub rollback: RollbackId,
    pub plan: GradualPlan,
}

/// A feature as it was set.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    pub id: FeatureId,
    pub migration: MigrationId,
    pub key: FeatureKey,
    /// What it is, for people.
    pub name: Name,
    pub enabled: Switch,
    /// What was set; what decisions use is [`super::effective`].
    pub configured: Percentage,
    /// The name of the policy's stage that it is in, or [`COMPLETE`].
    pub stage: String,
    /// When it entered that stage.
    pub entered_at: DateTime<Utc>,
    /// Which time it is that it is in a stage, from 1: sign-offs are bound to it.
    pub entry: i64,
    /// The person who let it into its stage, who may not sign it off; `None` where that was not recorded.
    pub entered_by: Option<Actor>,
    /// What the minute of the entry had seen before it.
    pub before_entry: EntryMinute,
    /// How long the stage's percentage has been in effect.
    pub clock: StageClock,
    /// The gradual rollback under way.
    pub gradual: Option<ActiveGradual>,
    /// The alert that holds the stage.
    pub hold: Option<Hold>,
    pub created_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub version: i64,
}

impl Feature {
    /// Whether it has left the last stage.
    pub fn is_complete(&self) -> bool {
        self.stage == COMPLETE
    }
}

/// The key that would hide a feature's page behind the form at `/features/new`.
const RESERVED_KEY: &str = "new";

/// A feature to be created: on, at 0 %, in the first stage of the policy.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFeature {
    pub migration: MigrationSlug,
    pub key: FeatureKey,
    pub name: Name,
}

impl NewFeature {
    /// Parses what a person or a program asks for; an empty `name` is taken from the key. Every faulty field is named.
    pub fn parse(migration: &str, key: &str, name: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let migration = collect(&mut errors, "/migration", MigrationSlug::parse(migration.trim()));
        let parsed_key = collect(&mut errors, "/key", FeatureKey::parse(key.trim()));
        if key.trim() == RESERVED_KEY {
            errors.push(FieldError::new("/key", "must not be \"new\": that is where the form for a new feature is"));
        }
        let name = if name.trim().is_empty() { key } else { name };
        // A key's faults are told at the key, not once more at the name that was taken from it.
        let name = match Name::parse(name) {
            Err(_) if parsed_key.is_none() && name == key => None,
            parsed => collect(&mut errors, "/name", parsed),
        };
        match (migration, parsed_key, name) {
            (Some(migration), Some(key), Some(name)) if errors.is_empty() => Ok(Self { migration, key, name }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_faulty_field_is_named_once() {
        for (migration, key, name, expected) in [
            ("files", "kimi", "", &[][..]),
            ("files", "", "", &["/key"]),
            ("files", "new", "", &["/key"]),
            ("Files", "Kimi", "a\u{7}b", &["/migration", "/key", "/name"]),
        ] {
            let errors = NewFeature::parse(migration, key, name).err().unwrap_or_default();
            let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, expected);
        }
    }

    #[test]
    fn a_feature_without_a_name_is_called_by_its_key() {
        assert_eq!(NewFeature::parse("files", "kimi", " ").unwrap().name.as_str(), "kimi");
    }
}
