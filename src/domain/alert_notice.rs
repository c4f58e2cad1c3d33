//! What people are told of an alert when it begins to fire and when it is over: complete, so that whoever delivers it needs
//! to know nothing else. Not to whom it goes, and not in which form.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::feature_key::{FeatureKey, MigrationSlug};

/// The name of one episode of an alert, from its first breach to its end: a UUID, version 7.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct AlertId(pub String);

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look at it.
    Warning,
    /// Somebody must look at it now.
    Critical,
}

impl Severity {
    /// The word for it, as policies, the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The severity with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Warning, Self::Critical].into_iter().find(|severity| severity.as_str() == word)
    }
}

/// Which end of an alert is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum NoticeStatus {
    /// It fires.
    Firing,
    /// It is over.
    Resolved { resolved_at: DateTime<Utc> },
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertNotice {
    /// The same for both ends of an alert.
    pub alert: AlertId,
    #[serde(flatten)]
    pub status: NoticeStatus,
    /// The name of its rule in the policy.
    pub rule: String,
    pub severity: Severity,
    /// `None` when it is about the whole installation.
    #[schema(value_type = Option<String>)]
    pub migration: Option<MigrationSlug>,
    /// `None` when it is about more than one feature.
    #[schema(value_type = Option<String>)]
    pub feature: Option<FeatureKey>,
    /// Since when it fires.
    pub firing_since: DateTime<Utc>,
    /// What was measured, as a fraction where the rule is about a rate or a share; `None` without data.
    pub value: Option<f64>,
    /// What the rule allows, in the unit of `value`.
    pub limit: f64,
    /// The interval that `value` lies in with 95 % confidence, where there is one.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// How many requests or comparisons it was measured on.
    pub n: u64,
    /// One sentence for people: what is wrong, with its numbers.
    pub summary: String,
    /// What was done about it without anyone, in words: `rolled back kimi to 0 %`.
    pub action_taken: Option<String>,
}
