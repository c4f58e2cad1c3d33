//! Records of files behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::backfill::Backfill;
use crossfade::domain::feature::FeatureId;
use crossfade::domain::file::{FileId, FileRecord, FileTask};
use crossfade::domain::path::Path;
use crossfade::server::store::{
    FileListQuery, FileListStore, FileQuery, FileStore, FileTaskQuery, FileTotals, Holders, QueueLength, Sharing,
    SideWrite, StoreError, StoreTurn,
};

use super::Obstructed;

#[async_trait]
impl FileStore for Obstructed {
    async fn add_file(
        &self,
        file: &FileRecord,
        tasks: &[FileTask],
        turn: Option<&StoreTurn>,
    ) -> Result<(), StoreError> {
        self.write()?;
        self.store.add_file(file, tasks, turn).await
    }

    async fn adopt_file(&self, file: &FileRecord, side: Path) -> Result<bool, StoreError> {
        self.write()?;
        self.store.adopt_file(file, side).await
    }

    async fn file(&self, id: &FileId) -> Result<Option<FileRecord>, StoreError> {
        self.read()?.file(id).await
    }

    async fn files(&self, query: &FileQuery) -> Result<Vec<FileRecord>, StoreError> {
        self.read()?.files(query).await
    }

    async fn file_at(&self, side: Path, provider_id: &str) -> Result<Option<FileRecord>, StoreError> {
        self.read()?.file_at(side, provider_id).await
    }

    async fn object_holders(&self, side: Path, provider_id: &str) -> Result<Holders, StoreError> {
        self.read()?.object_holders(side, provider_id).await
    }

    async fn delete_file(&self, id: &FileId, at: DateTime<Utc>) -> Result<Option<FileRecord>, StoreError> {
        self.write()?;
        self.store.delete_file(id, at).await
    }

    async fn set_file_side(
        &self,
        write: &SideWrite,
        turn: Option<&StoreTurn>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write()?;
        self.store.set_file_side(write, turn, at).await
    }

    async fn fail_object(
        &self,
        side: Path,
        provider_id: &str,
        error: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write()?;
        self.store.fail_object(side, provider_id, error, at).await
    }

    async fn file_tasks(&self, query: &FileTaskQuery) -> Result<Vec<FileTask>, StoreError> {
        self.read()?.file_tasks(query).await
    }

    async fn file_backfills(&self) -> Result<Vec<(FeatureId, Backfill)>, StoreError> {
        self.read()?.file_backfills().await
    }

    async fn set_file_backfill(&self, feature: FeatureId, progress: &Backfill) -> Result<(), StoreError> {
        self.write()?;
        self.store.set_file_backfill(feature, progress).await
    }
}

#[async_trait]
impl FileListStore for Obstructed {
    async fn file_totals(&self) -> Result<Vec<FileTotals>, StoreError> {
        self.read()?.file_totals().await
    }

    async fn file_sharing(&self) -> Result<Sharing, StoreError> {
        self.read()?.file_sharing().await
    }

    async fn queue_length(&self) -> Result<QueueLength, StoreError> {
        self.read()?.queue_length().await
    }

    async fn file_list(&self, query: &FileListQuery) -> Result<Vec<FileRecord>, StoreError> {
        self.read()?.file_list(query).await
    }

    async fn hasten_tasks(&self, at: DateTime<Utc>) -> Result<u64, StoreError> {
        self.write()?;
        self.store.hasten_tasks(at).await
    }
}
