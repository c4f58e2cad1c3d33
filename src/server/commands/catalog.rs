//! Creating migrations and features.

use super::CommandError;
use crate::domain::feature::NewFeature;
use crate::domain::migration::NewMigration;
use crate::domain::policy::default_stages;
use crate::domain::text::Actor;
use crate::server::state::AppState;
use crate::server::store::{Change, ChangeWhat};

/// Creates a migration with its switches on.
pub async fn create_migration(state: &AppState, migration: NewMigration, actor: Actor) -> Result<(), CommandError> {
    let slug = migration.slug.clone();
    let change = Change { actor, at: state.clock.now(), what: ChangeWhat::CreateMigration(migration) };
    state.store.commit(&change).await?;
    tracing::info!(migration = %slug, actor = change.actor.as_str(), "migration created");
    Ok(())
}

/// Creates a feature at 0 % in the policy's first stage.
pub async fn create_feature(state: &AppState, feature: NewFeature, actor: Actor) -> Result<(), CommandError> {
    let key = feature.key.clone();
    let what = ChangeWhat::CreateFeature {
        feature,
        stage: default_stages()[0].name.clone(),
        reason: "feature created".to_owned(),
    };
    let change = Change { actor, at: state.clock.now(), what };
    state.store.commit(&change).await?;
    tracing::info!(feature = %key, actor = change.actor.as_str(), "feature created");
    Ok(())
}
