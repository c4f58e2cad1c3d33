//! Removing what is no longer kept, behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::retention::Retention;
use crossfade::server::store::retention::{Expiring, GroupSize, Removed, RemovedIds, RetentionStore, StoreFiles};
use crossfade::server::store::{Digest, StoreError};

use super::Obstructed;

#[async_trait]
impl RetentionStore for Obstructed {
    async fn remove_expired(
        &self,
        what: Expiring,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<Removed, StoreError> {
        self.write()?;
        self.store.remove_expired(what, retention, now, most).await
    }

    async fn remove_ids(
        &self,
        after: Option<Digest>,
        retention: Retention,
        now: DateTime<Utc>,
        most: u32,
    ) -> Result<RemovedIds, StoreError> {
        self.write()?;
        self.store.remove_ids(after, retention, now, most).await
    }

    async fn store_files(&self) -> Result<StoreFiles, StoreError> {
        self.read()?.store_files().await
    }

    async fn group_sizes(&self) -> Result<Vec<GroupSize>, StoreError> {
        self.read()?.group_sizes().await
    }
}
