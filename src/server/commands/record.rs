//! How a change is told of: the audit event of each, and what was changed since a version.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::audit::{AuditDraft, AuditEvent};
use crate::domain::feature::Feature;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::Migration;
use crate::domain::snapshot::Snapshot;
use crate::domain::transition::Transition;
use crate::server::state::AppState;
use crate::server::store::{AuditOrder, AuditQuery, StoreError};
use crate::views::audit::difference;
use crate::views::meanwhile::Meanwhile;

/// How far back it is looked for what was changed meanwhile.
const LOOK_BACK: u32 = 100;

/// A feature as the audit has it.
pub fn feature_state(feature: &Feature) -> Value {
    json!({
        "enabled": feature.enabled.is_on(),
        "configured": feature.configured,
        "stage": feature.stage,
        "entry": feature.entry,
    })
}

/// A migration as the audit has it.
pub fn migration_state(migration: &Migration) -> Value {
    json!({
        "candidate_enabled": migration.candidate_enabled.is_on(),
        "fallback_to_legacy": migration.fallback_to_legacy.is_on(),
        "shadow": {
            "enabled": migration.shadow.enabled.is_on(),
            "sample_rate": migration.shadow.sample_rate.fraction(),
        },
    })
}

/// The event of a feature's transition.
pub fn feature_event(before: &Snapshot, transition: &Transition, action: &'static str) -> AuditDraft {
    let mut after = feature_state(&transition.feature);
    if !transition.change.overridden.is_empty() {
        after["overridden"] = json!(transition.change.overridden);
    }
    if let Some(rollback) = &transition.change.rollback {
        after["rollback"] = json!(rollback);
    }
    AuditDraft {
        action,
        migration: Some(before.migration.slug.clone()),
        feature: Some(before.feature.key.clone()),
        subject: None,
        reason: transition.change.reason.clone(),
        before: feature_state(&before.feature),
        after,
        policy_version: Some(before.policy.version),
        version: Some(transition.feature.version),
    }
}

/// Refuses a feature that has not the version that somebody saw.
pub async fn expect_version(state: &AppState, snapshot: &Snapshot, seen: Option<i64>) -> Result<(), CommandError> {
    match seen {
        Some(seen) if seen != snapshot.feature.version => Err(stale_feature(state, snapshot, seen).await),
        _ => Ok(()),
    }
}

/// That a feature was changed since the version that somebody saw.
pub async fn stale_feature(state: &AppState, snapshot: &Snapshot, seen: i64) -> CommandError {
    let key = &snapshot.feature.key;
    let since = |event: &AuditEvent| event.feature.as_ref() == Some(key) && event.version.is_some_and(|it| it <= seen);
    let about = |event: &AuditEvent| event.feature.as_ref().is_none_or(|of| of == key);
    let version = Some(snapshot.feature.version);
    match changes(state, &snapshot.migration.slug, since, about).await {
        Ok(changes) => CommandError::Stale { what: format!("feature {key}"), version, changes },
        Err(error) => error.into(),
    }
}

/// That a feature was found to be changed only as something was written that was decided on `before`.
pub async fn stale_since(state: &AppState, before: &Snapshot) -> CommandError {
    let key = &before.feature.key;
    match state.store.snapshot(key).await {
        Ok(Some(present)) => stale_feature(state, &present, before.feature.version).await,
        Ok(None) => no_feature(key),
        Err(error) => error.into(),
    }
}

/// That a migration's settings were changed since the version that somebody saw.
pub async fn stale_migration(state: &AppState, migration: &Migration, seen: i64) -> CommandError {
    let what = format!("migration {}", migration.slug);
    stale_part(state, &migration.slug, "migration.", what, migration.version, seen).await
}

/// That a migration's policy, which has the version `present` now, was changed since the version that somebody saw.
pub async fn stale_policy(state: &AppState, migration: &MigrationSlug, present: i64, seen: i64) -> CommandError {
    stale_part(state, migration, "policy.", format!("the policy of migration {migration}"), present, seen).await
}

/// That a migration's comparison rules, which have the version `present` now, were changed since the version that
/// somebody saw.
pub async fn stale_rules(state: &AppState, migration: &MigrationSlug, present: i64, seen: i64) -> CommandError {
    let what = format!("the comparison rules of migration {migration}");
    stale_part(state, migration, "comparison_rules.", what, present, seen).await
}

/// That what is told of by actions that begin with `action` was changed.
async fn stale_part(
    state: &AppState,
    migration: &MigrationSlug,
    action: &str,
    what: String,
    version: i64,
    seen: i64,
) -> CommandError {
    let of = |event: &AuditEvent| event.feature.is_none() && event.action.starts_with(action);
    let since = |event: &AuditEvent| of(event) && event.version.is_some_and(|it| it <= seen);
    match changes(state, migration, since, of).await {
        Ok(changes) => CommandError::Stale { what, version: Some(version), changes },
        Err(error) => error.into(),
    }
}

/// The events of a migration before the one that `is_seen`, of those that are `about` the subject, newest first.
async fn changes(
    state: &AppState,
    migration: &MigrationSlug,
    is_seen: impl Fn(&AuditEvent) -> bool,
    about: impl Fn(&AuditEvent) -> bool,
) -> Result<Vec<Meanwhile>, StoreError> {
    let query =
        AuditQuery { migration: Some(migration.clone()), ..AuditQuery::any(AuditOrder::NewestFirst, None, LOOK_BACK) };
    let rows = state.store.audit_events(&query).await?;
    let events = rows.iter().filter_map(|row| serde_json::from_str::<AuditEvent>(&row.body).ok());
    Ok(events.take_while(|event| !is_seen(event)).filter(about).map(meanwhile).collect())
}

fn meanwhile(event: AuditEvent) -> Meanwhile {
    let what = difference(&event.before, &event.after);
    Meanwhile { at: event.at, actor: event.actor.as_str().to_owned(), action: event.action, reason: event.reason, what }
}

/// The key of a feature that is not there, as an error.
pub fn no_feature(key: &FeatureKey) -> CommandError {
    CommandError::NotFound { what: format!("feature {key}") }
}
