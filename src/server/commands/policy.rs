//! A new version of a migration's policy.

use serde_json::json;

use super::CommandError;
use super::insist::insist;
use super::record::stale_policy;
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::field_error::FieldError;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::snapshot::{PolicyVersion, Snapshot};
use crate::domain::transition::follow_policy;
use crate::server::state::AppState;
use crate::server::store::{Change, Write};

/// A policy to be in force from now on.
#[derive(Clone, Debug)]
pub struct PolicyOrder {
    pub migration: MigrationSlug,
    /// The version that was edited; `None` for whatever is in force.
    pub seen: Option<i64>,
    pub policy: Policy,
    pub author: Author,
    pub reason: Reason,
}

/// Puts a new version in force. Sign-offs under the version before are void from then on, the stage clocks of the
/// migration's features follow, and nothing that was decided under the version before can still be written.
pub async fn save(state: &AppState, order: PolicyOrder) -> Result<PolicyVersion, CommandError> {
    // That a feature moved at the same moment is no reason to refuse, unless it moved where the policy has no place.
    insist!(try_save(state, &order))
}

async fn try_save(state: &AppState, order: &PolicyOrder) -> Result<PolicyVersion, CommandError> {
    let slug = &order.migration;
    let no_migration = || CommandError::NotFound { what: format!("migration {slug}") };
    let migration = state.store.migration(slug).await?.ok_or_else(no_migration)?;
    let present = state.store.policies(migration.id).await?.into_iter().next().ok_or_else(no_migration)?;
    if let Some(seen) = order.seen.filter(|seen| *seen != present.version) {
        return Err(stale_policy(state, slug, present.version, seen).await);
    }
    let features: Vec<Snapshot> =
        state.store.snapshots().await?.into_iter().filter(|it| it.migration.id == migration.id).collect();
    check(&order.policy, &present.policy, &features)?;
    let policy = PolicyVersion {
        version: present.version + 1,
        policy: order.policy.clone(),
        at: state.clock.now(),
        actor: order.author.actor.clone(),
        reason: order.reason.as_str().to_owned(),
    };
    let mut writes = vec![Write::Policy { migration: migration.id, policy: policy.clone() }];
    writes.extend(features.iter().map(|snapshot| Write::Feature {
        feature: follow_policy(snapshot, &policy, policy.at),
        expected: snapshot.feature.version,
    }));
    let change = Change {
        actor: policy.actor.clone(),
        at: policy.at,
        writes,
        audit: vec![AuditDraft {
            action: "policy.changed",
            migration: Some(slug.clone()),
            feature: None,
            subject: Some(format!("policy version {}", policy.version)),
            reason: policy.reason.clone(),
            before: json!({"version": present.version, "policy": present.policy}),
            after: json!({"version": policy.version, "policy": policy.policy}),
            policy_version: Some(policy.version),
            version: Some(policy.version),
        }],
    };
    state.commit(&change).await?;
    tracing::info!(migration = %slug, version = policy.version, actor = change.actor.as_str(), "policy changed");
    Ok(policy)
}

/// A policy must fit the features that are under way, and name those that there are.
fn check(policy: &Policy, present: &Policy, features: &[Snapshot]) -> Result<(), CommandError> {
    let mut errors = Vec::new();
    if policy.spelled_out() == present.spelled_out() {
        errors.push(FieldError::new("", "is the policy that is in force already"));
    }
    for Snapshot { feature, .. } in features.iter().filter(|snapshot| !snapshot.feature.is_complete()) {
        let under_way = format!("feature {} is in the stage {:?}", feature.key, feature.stage);
        match policy.stages.iter().position(|stage| stage.name == feature.stage) {
            None => errors.push(FieldError::new("/stages", format!("{under_way}, which must stay"))),
            Some(index) if policy.stages[index].percentage < feature.configured => errors.push(FieldError::new(
                format!("/stages/{index}/percentage"),
                format!("{under_way} with {}; the stage must not have less", feature.configured),
            )),
            Some(_) => {}
        }
    }
    for (index, prerequisite) in policy.prerequisites.iter().enumerate() {
        for (field, key) in [("feature", &prerequisite.feature), ("needs", &prerequisite.needs)] {
            if !features.iter().any(|snapshot| snapshot.feature.key == *key) {
                let pointer = format!("/prerequisites/{index}/{field}");
                errors.push(FieldError::new(pointer, format!("there is no feature {key} in this migration")));
            }
        }
    }
    for (index, rule) in policy.alerts.iter().flatten().enumerate() {
        for (place, key) in rule.features.iter().enumerate() {
            if !features.iter().any(|snapshot| snapshot.feature.key == *key) {
                let pointer = format!("/alerts/{index}/features/{place}");
                errors.push(FieldError::new(pointer, format!("there is no feature {key} in this migration")));
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}
