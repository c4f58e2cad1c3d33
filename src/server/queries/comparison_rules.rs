//! A migration's comparison rules and their versions.

use crate::domain::feature_key::MigrationSlug;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::comparison_rules::{RulesDocument, RulesView};

/// The version in force; `None` when there is no such migration.
pub async fn document(state: &AppState, slug: &MigrationSlug) -> Result<Option<RulesDocument>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let versions = state.store.comparison_rules(migration.id).await?;
    Ok(versions.first().map(|version| RulesDocument::new(slug.as_str(), version)))
}

/// The page of one version, or of the one in force; `None` when there is no such migration or version.
pub async fn page(
    state: &AppState,
    slug: &MigrationSlug,
    version: Option<i64>,
) -> Result<Option<RulesView>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let versions = state.store.comparison_rules(migration.id).await?;
    let Some(shown) = versions.iter().find(|it| version.is_none_or(|version| it.version == version)) else {
        return Ok(None);
    };
    Ok(Some(RulesView {
        migration_slug: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        shown: RulesDocument::new(slug.as_str(), shown),
        in_force: versions.first().map_or(shown.version, |newest| newest.version),
        versions: versions.iter().map(|version| RulesDocument::new(slug.as_str(), version)).collect(),
        lines: shown.rules.to_lines(),
    }))
}
