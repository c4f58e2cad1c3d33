//! Alerts and silences. What is to be written of them is part of a [`super::Change`].

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::alert::{Ended, Episode, FrozenAlert, Silence, SilenceId, StateWord};
use crate::domain::alert_notice::AlertId;
use crate::domain::feature::FeatureId;
use crate::domain::migration::MigrationId;
use crate::domain::rollback::RollbackId;

/// Which alerts, newest first; every part that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct AlertQuery {
    pub migration: Option<MigrationId>,
    pub feature: Option<FeatureId>,
    pub state: Option<StateWord>,
    /// Only the one that made this rollback.
    pub rollback: Option<RollbackId>,
    /// Only those that were not over by then.
    pub not_over_by: Option<DateTime<Utc>>,
    /// Only those that came before this one.
    pub before: Option<AlertId>,
    pub limit: u32,
}

/// What is written of alerts and silences. An alert must not have been written by anybody else meanwhile.
#[derive(Clone, Debug)]
pub enum AlertWrite {
    /// An alert as it is from now on, with what it fired on as it fires.
    Keep {
        episode: Box<Episode>,
        frozen: Option<Box<FrozenAlert>>,
    },
    /// An alert that came to nothing.
    Forget {
        alert: AlertId,
        revision: i64,
    },
    /// That traffic was taken back; the alert must fire, and must not have done it.
    RolledBack {
        alert: AlertId,
        rollback: RollbackId,
    },
    Silence(Box<Silence>),
    /// A silence that is ended before its time, and was not ended yet.
    EndSilence {
        silence: SilenceId,
        ended: Ended,
    },
}

/// What is kept of alerts and silences.
#[async_trait]
pub trait AlertStore {
    /// All alerts that are pending or fire, oldest first.
    async fn open_alerts(&self) -> Result<Vec<Episode>, StoreError>;

    /// Alerts that `query` asks for.
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Episode>, StoreError>;

    /// The alert of this name.
    async fn alert(&self, id: &AlertId) -> Result<Option<Episode>, StoreError>;

    /// What the alert of this name fired on.
    async fn frozen_alert(&self, id: &AlertId) -> Result<Option<FrozenAlert>, StoreError>;

    /// Silences, newest first, at most `limit`.
    async fn silences(&self, limit: u32) -> Result<Vec<Silence>, StoreError>;

    /// The silence of this name.
    async fn silence(&self, id: &SilenceId) -> Result<Option<Silence>, StoreError>;

    /// The silences in effect at `now`.
    async fn silences_at(&self, now: DateTime<Utc>) -> Result<Vec<Silence>, StoreError>;
}
