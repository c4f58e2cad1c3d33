//! What is kept of targets and of what is told to them. What a change queues is part of that change
//! ([`super::Write::Notice`]); here is what is read, and how far the telling has come. Not the telling.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::domain::alert_notice::AlertId;
use crate::domain::notification::target::{NotificationTarget, TargetId, TargetSettings};
use crate::domain::notification::{Notification, NotificationId, StateWord, TargetHealth};

/// A change of targets.
#[derive(Clone, Debug)]
pub enum TargetWrite {
    /// A new target; its name must be free.
    Create(TargetSettings),
    /// A target as it is from now on.
    Change { target: TargetId, settings: TargetSettings, expected: i64 },
    /// A target that is told nothing more: what waits for it is dropped, and what it knew us by is forgotten.
    Remove { target: TargetId, expected: i64 },
}

/// What somebody decided about something that was not told.
#[derive(Clone, Debug)]
pub enum NotificationWrite {
    /// It is tried anew from now on; it must be dead.
    SendAgain(NotificationId),
    /// It is not told; it must be dead or waiting.
    Drop(NotificationId),
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    Delivered,
    /// It is tried again at that moment.
    Failed {
        next_attempt_at: DateTime<Utc>,
        error: String,
    },
    /// It is not tried again.
    GivenUp {
        error: String,
    },
}

/// Which notifications.
#[derive(Clone, Debug)]
pub struct NotificationQuery {
    /// All states when there is none.
    pub state: Option<StateWord>,
    pub target: Option<TargetId>,
    /// Of this alert only.
    pub alert: Option<AlertId>,
    /// Oldest first, as they wait; else newest first.
    pub oldest_first: bool,
    pub limit: u32,
}

/// Targets and what is told to them.
#[async_trait]
pub trait NotificationStore {
    /// All targets that were not removed, by name.
    async fn notification_targets(&self) -> Result<Vec<NotificationTarget>, StoreError>;

    /// How telling each target goes; one that was never told anything may be missing.
    async fn target_health(&self) -> Result<Vec<(TargetId, TargetHealth)>, StoreError>;

    /// What each target is told next, of one target or of all: the first that waits, be it due or not.
    async fn first_queued(&self, target: Option<TargetId>) -> Result<Vec<Notification>, StoreError>;

    /// Keeps what came of an attempt at `at`; whether it was still waiting.
    async fn note_attempt(&self, id: &NotificationId, attempt: &Attempt, at: DateTime<Utc>)
    -> Result<bool, StoreError>;

    /// Notifications that `query` asks for.
    async fn notifications(&self, query: &NotificationQuery) -> Result<Vec<Notification>, StoreError>;

    /// The notification of this name.
    async fn notification(&self, id: &NotificationId) -> Result<Option<Notification>, StoreError>;

    /// What a target was told of that still fires, as far as it was told: the last of each alert, oldest first.
    async fn told_firing(&self, target: TargetId) -> Result<Vec<Notification>, StoreError>;

    /// Notes that a target was told again what still fires.
    async fn note_repeated(&self, target: TargetId, at: DateTime<Utc>) -> Result<(), StoreError>;
}
