//! What the audit is told of alerts.

use serde_json::{Value, json};

use super::round::Round;
use crate::domain::alert::{AlertState, Episode};
use crate::domain::audit::AuditDraft;
use crate::domain::feature::Feature;
use crate::domain::snapshot::Snapshot;

/// An alert fires; `held` are the features that are held from now on.
pub(super) fn fired(round: &Round<'_>, episode: &Episode, held: &[Feature]) -> AuditDraft {
    let reading = &episode.reading;
    let after = json!({
        "alert": episode.id,
        "state": "firing",
        "severity": episode.severity,
        "action": episode.action.as_str(),
        "value": reading.value,
        "limit": reading.limit,
        "lower": reading.lower,
        "upper": reading.upper,
        "n": reading.n,
        "frozen_digest": episode.frozen_digest,
        "held": keys(held),
    });
    draft(round, episode, "alert.fired", &reading.reason, json!({"state": "pending"}), after, held)
}

/// An alert is over; `held` are the features that are let go.
pub(super) fn resolved(round: &Round<'_>, episode: &Episode, held: &[Feature]) -> AuditDraft {
    let reason = match &episode.state {
        AlertState::Resolved { reason, .. } => reason.as_str(),
        AlertState::Pending { .. } | AlertState::Firing { .. } => "",
    };
    let after = json!({"alert": episode.id, "state": "resolved", "let_go": keys(held)});
    draft(round, episode, "alert.resolved", reason, json!({"state": "firing"}), after, held)
}

/// A stage is held from now on, or let go.
pub(super) fn held(before: &Snapshot, after: &Feature) -> AuditDraft {
    let (action, reason) = match &after.hold {
        Some(hold) => ("feature.held", hold.in_words()),
        None => ("feature.let_go", "no alert holds the stage any more".to_owned()),
    };
    AuditDraft {
        action,
        migration: Some(before.migration.slug.clone()),
        feature: Some(before.feature.key.clone()),
        subject: None,
        reason,
        before: json!({"hold": before.feature.hold}),
        after: json!({"hold": after.hold}),
        policy_version: Some(before.policy.version),
        version: Some(after.version),
    }
}

fn draft(
    round: &Round<'_>,
    episode: &Episode,
    action: &'static str,
    reason: &str,
    before: Value,
    after: Value,
    held: &[Feature],
) -> AuditDraft {
    let (migration, feature) = round.names(episode).map_or((None, None), |(slug, key)| (Some(slug), key));
    let version = episode.subject.feature.and_then(|of| held.iter().find(|it| it.id == of)).map(|it| it.version);
    AuditDraft {
        action,
        migration,
        feature,
        subject: Some(format!("alert {}", episode.rule)),
        reason: reason.to_owned(),
        before,
        after,
        policy_version: Some(episode.policy_version),
        version,
    }
}

fn keys(features: &[Feature]) -> Vec<String> {
    features.iter().map(|feature| feature.key.to_string()).collect()
}
