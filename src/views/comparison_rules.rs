//! A migration's comparison rules as the panel and the API show them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::comparison_rules::{ComparisonRules, RulesVersion};

/// `GET /api/v1/migrations/{slug}/comparison-rules`: the version in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulesDocument {
    pub migration: String,
    /// From 1.
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub reason: String,
    pub rules: ComparisonRules,
}

impl RulesDocument {
    /// A version of the rules of `migration`.
    pub fn new(migration: &str, version: &RulesVersion) -> Self {
        Self {
            migration: migration.to_owned(),
            version: version.version,
            at: version.at,
            actor: version.actor.as_str().to_owned(),
            reason: version.reason.clone(),
            rules: version.rules.clone(),
        }
    }
}

/// The page of the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulesView {
    pub migration_slug: String,
    pub migration_name: String,
    /// The version shown.
    pub shown: RulesDocument,
    /// The version in force.
    pub in_force: i64,
    /// All versions, newest first.
    pub versions: Vec<RulesDocument>,
    /// The version shown as lines for people to edit.
    pub lines: String,
}
