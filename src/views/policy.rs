//! A migration's policy as the panel and the API show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::policy::Policy;
use crate::domain::snapshot::PolicyVersion;

/// `GET /api/v1/migrations/{slug}/policy`: one version of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyDocument {
    pub migration: String,
    /// From 1.
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub reason: String,
    pub policy: Policy,
}

impl PolicyDocument {
    /// A version of the policy of `migration`.
    pub fn new(migration: &str, version: &PolicyVersion) -> Self {
        Self {
            migration: migration.to_owned(),
            version: version.version,
            at: version.at,
            actor: version.actor.as_str().to_owned(),
            reason: version.reason.clone(),
            policy: version.policy.clone(),
        }
    }
}

/// The policy page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyView {
    /// When it was true.
    pub at: DateTime<Utc>,
    pub migration_slug: String,
    pub migration_name: String,
    /// The version shown.
    pub shown: PolicyDocument,
    /// The version in force.
    pub in_force: i64,
    /// All versions, newest first.
    pub versions: Vec<PolicyVersionRow>,
    /// The version shown as JSON for people to edit.
    pub document: String,
    /// The keys of the migration's features.
    pub features: Vec<String>,
}

/// One version in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersionRow {
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub reason: String,
}
