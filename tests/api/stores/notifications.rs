//! Targets and what is told to them behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::notification::target::{NotificationTarget, TargetId};
use crossfade::domain::notification::{Notification, NotificationId, TargetHealth};
use crossfade::server::store::{Attempt, NotificationQuery, NotificationStore, StoreError};

use super::Obstructed;

#[async_trait]
impl NotificationStore for Obstructed {
    async fn notification_targets(&self) -> Result<Vec<NotificationTarget>, StoreError> {
        self.read()?.notification_targets().await
    }

    async fn target_health(&self) -> Result<Vec<(TargetId, TargetHealth)>, StoreError> {
        self.read()?.target_health().await
    }

    async fn first_queued(&self, target: Option<TargetId>) -> Result<Vec<Notification>, StoreError> {
        self.read()?.first_queued(target).await
    }

    async fn note_attempt(
        &self,
        id: &NotificationId,
        attempt: &Attempt,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write()?;
        self.store.note_attempt(id, attempt, at).await
    }

    async fn notifications(&self, query: &NotificationQuery) -> Result<Vec<Notification>, StoreError> {
        self.read()?.notifications(query).await
    }

    async fn notification(&self, id: &NotificationId) -> Result<Option<Notification>, StoreError> {
        self.read()?.notification(id).await
    }

    async fn told_firing(&self, target: TargetId) -> Result<Vec<Notification>, StoreError> {
        self.read()?.told_firing(target).await
    }

    async fn note_repeated(&self, target: TargetId, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write()?;
        self.store.note_repeated(target, at).await
    }
}
