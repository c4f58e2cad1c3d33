//! Alerts and silences behind an obstacle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crossfade::domain::alert::{Episode, FrozenAlert, Silence, SilenceId};
use crossfade::domain::alert_notice::AlertId;
use crossfade::server::store::{AlertQuery, AlertStore, StoreError};

use super::Obstructed;

#[async_trait]
impl AlertStore for Obstructed {
    async fn open_alerts(&self) -> Result<Vec<Episode>, StoreError> {
        self.read()?.open_alerts().await
    }

    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Episode>, StoreError> {
        self.read()?.alerts(query).await
    }

    async fn alert(&self, id: &AlertId) -> Result<Option<Episode>, StoreError> {
        self.read()?.alert(id).await
    }

    async fn frozen_alert(&self, id: &AlertId) -> Result<Option<FrozenAlert>, StoreError> {
        self.read()?.frozen_alert(id).await
    }

    async fn silences(&self, limit: u32) -> Result<Vec<Silence>, StoreError> {
        self.read()?.silences(limit).await
    }

    async fn silence(&self, id: &SilenceId) -> Result<Option<Silence>, StoreError> {
        self.read()?.silence(id).await
    }

    async fn silences_at(&self, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError> {
        self.read()?.silences_at(now).await
    }
}
