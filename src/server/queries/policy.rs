//! A migration's policy and its versions.

use crate::domain::feature_key::MigrationSlug;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::policy::{PolicyDocument, PolicyVersionRow, PolicyView};

/// All versions, newest first; `None` when there is no such migration.
pub async fn versions(state: &AppState, slug: &MigrationSlug) -> Result<Option<Vec<PolicyDocument>>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let versions = state.store.policies(migration.id).await?;
    Ok(Some(versions.iter().map(|version| PolicyDocument::new(slug.as_str(), version)).collect()))
}

/// One version, or the one in force; `None` when there is no such migration or version.
pub async fn document(
    state: &AppState,
    slug: &MigrationSlug,
    version: Option<i64>,
) -> Result<Option<PolicyDocument>, StoreError> {
    let Some(versions) = versions(state, slug).await? else { return Ok(None) };
    Ok(versions.into_iter().find(|it| version.is_none_or(|version| it.version == version)))
}

/// The policy page; `None` when there is no such migration or version.
pub async fn page(
    state: &AppState,
    slug: &MigrationSlug,
    version: Option<i64>,
) -> Result<Option<PolicyView>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let versions = state.store.policies(migration.id).await?;
    let Some(shown) = versions.iter().find(|it| version.is_none_or(|version| it.version == version)) else {
        return Ok(None);
    };
    let features = state.store.features().await?;
    Ok(Some(PolicyView {
        at: state.clock.now(),
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        in_force: versions.first().map_or(shown.version, |newest| newest.version),
        document: serde_json::to_string_pretty(&shown.policy.spelled_out()).unwrap_or_default(),
        shown: PolicyDocument::new(slug.as_str(), shown),
        versions: versions
            .iter()
            .map(|it| PolicyVersionRow {
                version: it.version,
                at: it.at,
                actor: it.actor.as_str().to_owned(),
                reason: it.reason.clone(),
            })
            .collect(),
        features: features.iter().filter(|it| it.migration == migration.id).map(|it| it.key.to_string()).collect(),
    }))
}
