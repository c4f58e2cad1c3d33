//! Creating migrations and features.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::audit::AuditDraft;
use crate::domain::feature::NewFeature;
use crate::domain::migration::NewMigration;
use crate::domain::policy::default_stages;
use crate::domain::text::Actor;
use crate::server::state::AppState;
use crate::server::store::{Change, Write};

/// Creates a migration with its switches on.
pub async fn create_migration(state: &AppState, migration: NewMigration, actor: Actor) -> Result<(), CommandError> {
    let slug = migration.slug.clone();
    let audit = AuditDraft {
        action: "migration.created",
        migration: Some(slug.clone()),
        feature: None,
        subject: None,
        reason: "migration created".to_owned(),
        before: Value::Null,
        after: json!({"slug": slug, "name": migration.name, "policy_version": 1}),
        policy_version: Some(1),
        version: Some(1),
    };
    let writes = vec![Write::CreateMigration(migration)];
    let change = Change { actor, at: state.clock.now(), writes, audit: vec![audit] };
    state.store.commit(&change).await?;
    tracing::info!(migration = %slug, actor = change.actor.as_str(), "migration created");
    Ok(())
}

/// Creates a feature at 0 % in the policy's first stage.
pub async fn create_feature(state: &AppState, feature: NewFeature, actor: Actor) -> Result<(), CommandError> {
    let key = feature.key.clone();
    let stage = default_stages()[0].name.clone();
    let reason = "feature created".to_owned();
    let audit = AuditDraft {
        action: "feature.created",
        migration: Some(feature.migration.clone()),
        feature: Some(key.clone()),
        subject: None,
        reason: reason.clone(),
        before: Value::Null,
        after: json!({"key": key, "name": feature.name, "enabled": true, "configured": 0, "stage": stage}),
        policy_version: None,
        version: Some(1),
    };
    let writes = vec![Write::CreateFeature { feature, stage, reason }];
    let change = Change { actor, at: state.clock.now(), writes, audit: vec![audit] };
    state.store.commit(&change).await?;
    tracing::info!(feature = %key, actor = change.actor.as_str(), "feature created");
    Ok(())
}
