//! What is kept of checklists and of what is done of them. Both are changed through [`super::Write::Runbook`].

use async_trait::async_trait;

use super::StoreError;
use crate::domain::migration::MigrationId;
use crate::domain::runbook::{Runbook, Tick};

/// A change of a checklist. Where a version is expected and another is found, nothing is done; 0 is expected where there is
/// nothing yet.
#[derive(Clone, Debug)]
pub enum RunbookWrite {
    /// The checklist from now on. What was ticked stays, whether it is in it or not.
    Import { migration: MigrationId, runbook: Runbook, expected: i64 },
    /// What is said of an item from now on.
    Tick { migration: MigrationId, tick: Tick, expected: i64 },
}

/// Checklists of migrations.
#[async_trait]
pub trait RunbookStore {
    /// A migration's checklist; `None` when it has none.
    async fn runbook(&self, migration: MigrationId) -> Result<Option<Runbook>, StoreError>;

    /// What was ever said of items, of those that the checklist has no more as well; in the order in which it was said.
    async fn runbook_ticks(&self, migration: MigrationId) -> Result<Vec<Tick>, StoreError>;
}
