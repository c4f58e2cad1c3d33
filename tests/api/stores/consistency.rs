//! Checks of files and their findings behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::consistency::check::{Check, CheckId, CheckMode, CheckState, Looked};
use crossfade::domain::consistency::examine::ObjectOwner;
use crossfade::domain::consistency::{Finding, FindingId, KeptFinding};
use crossfade::domain::file::{FileId, FileTask};
use crossfade::domain::path::Path;
use crossfade::domain::text::Actor;
use crossfade::server::store::{ConsistencyStore, FindingQuery, OpenFindings, StoreError};

use super::Obstructed;

#[async_trait]
impl ConsistencyStore for Obstructed {
    async fn ask_check(&self, mode: CheckMode, by: &Actor, at: DateTime<Utc>) -> Result<(Check, bool), StoreError> {
        self.write()?;
        self.store.ask_check(mode, by, at).await
    }

    async fn begin_check(&self, at: DateTime<Utc>) -> Result<Option<Check>, StoreError> {
        self.write()?;
        self.store.begin_check(at).await
    }

    async fn note_check(&self, check: CheckId, looked: &Looked, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write()?;
        self.store.note_check(check, looked, at).await
    }

    async fn end_check(&self, check: CheckId, looked: &Looked, ended: &CheckState) -> Result<bool, StoreError> {
        self.write()?;
        self.store.end_check(check, looked, ended).await
    }

    async fn interrupt_check(
        &self,
        silent_since: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write()?;
        self.store.interrupt_check(silent_since, at).await
    }

    async fn checks(&self, limit: u32) -> Result<Vec<Check>, StoreError> {
        self.read()?.checks(limit).await
    }

    async fn last_full_check(&self) -> Result<Option<Check>, StoreError> {
        self.read()?.last_full_check().await
    }

    async fn keep_findings(&self, check: CheckId, found: &[Finding], at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.keep_findings(check, found, at).await
    }

    async fn findings(&self, query: &FindingQuery) -> Result<Vec<KeptFinding>, StoreError> {
        self.read()?.findings(query).await
    }

    async fn finding(&self, id: FindingId) -> Result<Option<KeptFinding>, StoreError> {
        self.read()?.finding(id).await
    }

    async fn open_findings(&self) -> Result<Vec<OpenFindings>, StoreError> {
        self.read()?.open_findings().await
    }

    async fn note_failed_repair(&self, id: FindingId, error: &str) -> Result<(), StoreError> {
        self.write()?;
        self.store.note_failed_repair(id, error).await
    }

    async fn close_gone(&self, id: FindingId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.close_gone(id, at).await
    }

    async fn tasks_of(&self, files: &[FileId]) -> Result<Vec<FileTask>, StoreError> {
        self.read()?.tasks_of(files).await
    }

    async fn object_owners(&self, side: Path, keys: &[String]) -> Result<Vec<ObjectOwner>, StoreError> {
        self.read()?.object_owners(side, keys).await
    }
}
