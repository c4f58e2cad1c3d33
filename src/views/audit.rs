//! The audit chain as the panel and the API show it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::audit::{AuditEvent, Head};

/// `GET /api/v1/audit`: a page of the chain, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    pub events: Vec<AuditRecord>,
    /// Give this as `before` for the next page; null when there is none.
    pub next: Option<i64>,
    /// Where the chain ends.
    pub head: Head,
}

/// An event with its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditRecord {
    #[serde(flatten)]
    pub event: AuditEvent,
    pub hash: String,
}

/// The audit page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditView {
    /// When it was true.
    pub at: DateTime<Utc>,
    pub rows: Vec<AuditRow>,
    /// The place to go on from for the next page.
    pub next: Option<i64>,
    /// The number of events in the whole chain.
    pub length: i64,
    /// The hash of the last event.
    pub head: String,
    /// Every migration's slug, for the filter.
    pub migrations: Vec<String>,
    /// Every feature's key, for the filter.
    pub features: Vec<String>,
}

/// One event as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub migration: Option<String>,
    pub feature: Option<String>,
    pub subject: Option<String>,
    pub reason: String,
    /// What changed, in words.
    pub what: String,
    pub before: Value,
    pub after: Value,
    pub policy_version: Option<i64>,
    pub hash: String,
}

impl AuditRow {
    /// `event` with its hash.
    pub fn new(event: AuditEvent, hash: String) -> Self {
        Self {
            seq: event.seq,
            at: event.at,
            actor: event.actor.as_str().to_owned(),
            what: difference(&event.before, &event.after),
            action: event.action,
            migration: event.migration.map(String::from),
            feature: event.feature.map(String::from),
            subject: event.subject,
            reason: event.reason,
            before: event.before,
            after: event.after,
            policy_version: event.policy_version,
            hash,
        }
    }
}

/// What differs between two states, in words: `configured 1 → 10, stage 1% → 10%`. Digests say nothing to people.
pub fn difference(before: &Value, after: &Value) -> String {
    let nothing = serde_json::Map::new();
    let before = before.as_object().unwrap_or(&nothing);
    let Some(after) = after.as_object() else { return String::new() };
    let parts: Vec<String> = after
        .iter()
        .filter(|(name, value)| {
            name.as_str() != "entry" && !name.ends_with("_digest") && before.get(*name) != Some(value)
        })
        .map(|(name, value)| match before.get(name) {
            Some(old) => format!("{name} {} → {}", plain(old), plain(value)),
            None => format!("{name} {}", plain(value)),
        })
        .collect();
    parts.join(", ")
}

/// A value on one line; a whole document is too long for it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) if value.to_string().len() > 80 => "{…}".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_in_words() {
        for (before, after, expected) in [
            (json!(null), json!(null), ""),
            (json!(null), json!({"slug": "files"}), "slug files"),
            (
                json!({"configured": 1, "stage": "1%", "enabled": true, "entry": 1}),
                json!({"configured": 10, "stage": "10%", "enabled": true, "entry": 2}),
                "configured 1 → 10, stage 1% → 10%",
            ),
            (json!(null), json!({"decision": "approved", "report_digest": "sha256:0"}), "decision approved"),
        ] {
            assert_eq!(difference(&before, &after), expected);
        }
    }
}
