//! A migration's checklist with what is done of it.

use crate::domain::feature_key::MigrationSlug;
use crate::domain::runbook::Checklist;
use crate::server::state::AppState;
use crate::server::store::StoreError;
use crate::views::runbook::RunbookView;

/// The checklist of this migration, be there one or not; `None` when there is no such migration.
pub async fn view(state: &AppState, slug: &MigrationSlug) -> Result<Option<RunbookView>, StoreError> {
    let Some(migration) = state.store.migration(slug).await? else { return Ok(None) };
    let Some(runbook) = state.store.runbook(migration.id).await? else {
        return Ok(Some(RunbookView::none(slug.as_str())));
    };
    let ticks = state.store.runbook_ticks(migration.id).await?;
    // What is kept was read before.
    let checklist = Checklist::read(runbook.source.as_bytes()).unwrap_or_default();
    Ok(Some(RunbookView::new(slug.as_str(), &runbook, &checklist, &ticks)))
}
