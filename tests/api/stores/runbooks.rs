//! Checklists behind an obstacle.

use async_trait::async_trait;
use crossfade::domain::migration::MigrationId;
use crossfade::domain::runbook::{Runbook, Tick};
use crossfade::server::store::{RunbookStore, StoreError};

use super::Obstructed;

#[async_trait]
impl RunbookStore for Obstructed {
    async fn runbook(&self, migration: MigrationId) -> Result<Option<Runbook>, StoreError> {
        self.read()?.runbook(migration).await
    }

    async fn runbook_ticks(&self, migration: MigrationId) -> Result<Vec<Tick>, StoreError> {
        self.read()?.runbook_ticks(migration).await
    }
}
