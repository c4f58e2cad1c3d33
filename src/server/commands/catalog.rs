//! Creating migrations and features.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature::NewFeature;
use crate::domain::feature_key::MigrationSlug;
use crate::domain::migration::NewMigration;
use crate::domain::policy::Policy;
use crate::server::state::AppState;
use crate::server::store::{Change, Write};

/// Creates a migration with its switches on.
pub async fn create_migration(state: &AppState, migration: NewMigration, author: &Author) -> Result<(), CommandError> {
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
    let reason = "the default policy".to_owned();
    let writes = vec![Write::CreateMigration { migration, policy: Policy::default_policy(), reason }];
    let change = Change { actor: author.actor.clone(), at: state.clock.now(), writes, audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(migration = %slug, actor = change.actor.as_str(), "migration created");
    Ok(())
}

/// Creates a feature at 0 % in the policy's first stage.
pub async fn create_feature(state: &AppState, feature: NewFeature, author: &Author) -> Result<(), CommandError> {
    let key = feature.key.clone();
    let first = first_stage(state, &feature.migration).await?;
    let reason = "feature created".to_owned();
    let audit = AuditDraft {
        action: "feature.created",
        migration: Some(feature.migration.clone()),
        feature: Some(key.clone()),
        subject: None,
        reason: reason.clone(),
        before: Value::Null,
        after: json!({"key": key, "name": feature.name, "enabled": true, "configured": 0, "stage": first}),
        policy_version: None,
        version: Some(1),
    };
    let writes = vec![Write::CreateFeature { feature, stage: first, person: author.person.clone(), reason }];
    let change = Change { actor: author.actor.clone(), at: state.clock.now(), writes, audit: vec![audit] };
    state.commit(&change).await?;
    tracing::info!(feature = %key, actor = change.actor.as_str(), "feature created");
    Ok(())
}

/// The first stage of the policy in force.
async fn first_stage(state: &AppState, slug: &MigrationSlug) -> Result<String, CommandError> {
    let not_found = || CommandError::NotFound { what: format!("migration {slug}") };
    let migration = state.store.migration(slug).await?.ok_or_else(not_found)?;
    let policy = state.store.policies(migration.id).await?.into_iter().next().ok_or_else(not_found)?;
    policy.policy.first().map(|stage| stage.name.clone()).ok_or_else(not_found)
}
