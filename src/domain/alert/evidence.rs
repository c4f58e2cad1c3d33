//! What an alert fired on, complete: the rule, what it read, and the numbers behind it. Frozen, so that it can be judged
//! again at any time.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reading::Reading;
use crate::domain::alert_notice::AlertId;
use crate::domain::digest::canonical_sha256;
use crate::domain::evidence::Evidence;
use crate::domain::policy::{AlertRule, AlertRuleDocument};

/// An alert that stands in a feature's way, as its gate sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertEvidence {
    pub alert: AlertId,
    /// The name of its rule.
    pub rule: String,
    /// Since when it fires.
    pub since: DateTime<Utc>,
    /// What it read last.
    pub reason: String,
}

/// What an alert fired on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FrozenAlert {
    pub alert: AlertId,
    #[schema(value_type = AlertRuleDocument)]
    pub rule: AlertRule,
    pub reading: Reading,
    /// What was counted in the rule's window; `None` for rules that count nothing.
    pub evidence: Option<Evidence>,
}

impl FrozenAlert {
    /// `sha256:` and the digest of its canonical JSON.
    pub fn digest(&self) -> String {
        canonical_sha256(self).unwrap_or_else(|error| unreachable!("all keys of an alert are texts: {error}"))
    }
}
