//! One replacement project: its switches, its shadow setting, its features.

use chrono::{DateTime, Utc};

use super::feature::Switch;
use super::feature_key::MigrationSlug;
use super::field_error::{FieldError, collect};
use super::text::Name;

/// The store's number for a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MigrationId(pub i64);

/// The share of legacy calls that are also run on the candidate, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SampleRate(f64);

/// Why a sample rate was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 0 to 1")]
pub struct SampleRateError;

impl SampleRate {
    /// What a new migration starts with: one call in twenty.
    pub const DEFAULT: Self = Self(0.05);

    /// From a fraction, 0 to 1.
    pub fn new(fraction: f64) -> Result<Self, SampleRateError> {
        if (0.0..=1.0).contains(&fraction) { Ok(Self(fraction)) } else { Err(SampleRateError) }
    }

    /// As a fraction, 0 to 1.
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// Whether and how often calls are run on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShadowSetting {
    pub enabled: Switch,
    pub sample_rate: SampleRate,
}

/// A migration as it was set.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    pub id: MigrationId,
    pub slug: MigrationSlug,
    pub name: Name,
    /// The kill switch: off means that every decision is `legacy`.
    pub candidate_enabled: Switch,
    /// Whether a failed candidate call is answered by legacy.
    pub fallback_to_legacy: Switch,
    pub shadow: ShadowSetting,
    pub created_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// A migration to be created: candidate, fallback and shadow on, one call in twenty in shadow.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMigration {
    pub slug: MigrationSlug,
    pub name: Name,
}

impl NewMigration {
    /// Parses what a person or a program asks for. Every faulty field is named.
    pub fn parse(slug: &str, name: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let slug = collect(&mut errors, "/slug", MigrationSlug::parse(slug.trim()));
        let name = collect(&mut errors, "/name", Name::parse(name));
        match (slug, name) {
            (Some(slug), Some(name)) => Ok(Self { slug, name }),
            _ => Err(errors),
        }
    }
}
