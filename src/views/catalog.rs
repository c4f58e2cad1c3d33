//! Migrations and features as the API lists them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::summary::Percentages;
use crate::domain::data_state::DataState;
use crate::domain::migration::Migration;

/// `GET /api/v1/migrations/{slug}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MigrationView {
    pub slug: String,
    pub name: String,
    pub candidate_enabled: bool,
    pub fallback_to_legacy: bool,
    pub shadow_mode: ShadowSettingView,
    pub features: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// A migration's shadow setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShadowSettingView {
    pub enabled: bool,
    /// 0 to 1.
    pub sample_rate: f64,
}

impl MigrationView {
    /// `migration` with the keys of its features.
    pub fn new(migration: &Migration, features: Vec<String>) -> Self {
        Self {
            slug: migration.slug.to_string(),
            name: migration.name.to_string(),
            candidate_enabled: migration.candidate_enabled.is_on(),
            fallback_to_legacy: migration.fallback_to_legacy.is_on(),
            shadow_mode: ShadowSettingView {
                enabled: migration.shadow.enabled.is_on(),
                sample_rate: migration.shadow.sample_rate.fraction(),
            },
            features,
            created_at: migration.created_at,
            version: migration.version,
        }
    }
}

/// `GET /api/v1/features/{key}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FeatureDocument {
    pub key: String,
    pub name: String,
    pub migration: String,
    pub enabled: bool,
    /// Whether calls are also run on the other side: by the migration's setting, and never once it is complete.
    pub shadow: bool,
    pub stage: String,
    pub entered_at: DateTime<Utc>,
    #[serde(flatten)]
    pub percentages: Percentages,
    pub data: DataState,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}
