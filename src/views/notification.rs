//! Targets and what is told to them, as the panel and REST show them: never a secret, and of an address no more than its host.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::alert_notice::{NoticeStatus, Severity};
use crate::domain::notification::target::{Access, Credential, NotificationTarget, TargetKind};
use crate::domain::notification::{Notification, NotificationState, StateWord, TargetHealth};

/// How telling a target goes, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthWord {
    /// What was told last was taken.
    Works,
    /// The last attempt failed.
    Fails,
    /// Nothing was told yet.
    Unused,
    /// It is switched off.
    Disabled,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetView {
    pub id: i64,
    pub name: String,
    pub kind: TargetKind,
    /// Scheme, host and port of its address, which may itself be a secret.
    pub host: String,
    /// The beginning of the address' SHA-256, by which two of one host are told apart.
    pub url_mark: String,
    /// What it knows us by: `signed`, `address`, `bearer token`, `password of ada`, `nothing`.
    pub known_by: String,
    pub least_severity: Severity,
    /// Whose alerts it is told; all when there is none.
    pub migration: Option<String>,
    pub enabled: bool,
    pub created_at: DateTime<Utc>,
    /// Goes back with a change; it is the `ETag`.
    pub version: i64,
    pub health: HealthWord,
    pub last_delivery: Option<DateTime<Utc>>,
    pub last_error: Option<ErrorView>,
    /// How much waits to be told.
    pub queued: u64,
    /// How much is not tried any more.
    pub dead: u64,
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorView {
    pub at: DateTime<Utc>,
    pub error: String,
}

impl TargetView {
    /// `target`, which fares like this.
    pub fn new(target: &NotificationTarget, health: TargetHealth) -> Self {
        let settings = &target.settings;
        let last_error = health.last_error.map(|failed| ErrorView { at: failed.at, error: failed.error });
        let word = match (&last_error, health.last_delivery) {
            _ if !settings.enabled.is_on() => HealthWord::Disabled,
            (None, None) => HealthWord::Unused,
            (Some(error), delivered) if delivered.is_none_or(|at| at < error.at) => HealthWord::Fails,
            (_, Some(_) | None) => HealthWord::Works,
        };
        Self {
            id: target.id.0,
            name: settings.name.to_string(),
            kind: settings.access.kind(),
            host: settings.url.origin().to_owned(),
            url_mark: settings.url.mark(),
            known_by: known_by(&settings.access),
            least_severity: settings.least_severity,
            migration: settings.migration.as_ref().map(ToString::to_string),
            enabled: settings.enabled.is_on(),
            created_at: target.created_at,
            version: target.version,
            health: word,
            last_delivery: health.last_delivery,
            last_error,
            queued: health.queued,
            dead: health.dead,
        }
    }
}

/// What a target knows us by, in words.
pub fn known_by(access: &Access) -> String {
    match access {
        Access::Webhook { .. } => "signed".to_owned(),
        Access::Slack => "address".to_owned(),
        Access::Alertmanager { credential: None } => "nothing".to_owned(),
        Access::Alertmanager { credential: Some(Credential::Bearer(_)) } => "bearer token".to_owned(),
        Access::Alertmanager { credential: Some(Credential::Basic { user, .. }) } => format!("password of {user}"),
    }
}

/// Which end of an alert is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusWord {
    Firing,
    Resolved,
}

/// One thing to be told to one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotificationView {
    /// The name under which the target gets it, however often.
    pub id: String,
    pub target: i64,
    /// The target's name; `None` when it was removed.
    pub target_name: Option<String>,
    /// The alert that it is about.
    pub alert: String,
    pub status: StatusWord,
    pub rule: String,
    pub severity: Severity,
    pub migration: Option<String>,
    pub feature: Option<String>,
    pub summary: String,
    pub state: StateWord,
    pub queued_at: DateTime<Utc>,
    pub attempts: u32,
    /// When it is tried next, unless something for the same target is before it.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was delivered, given up or dropped.
    pub ended_at: Option<DateTime<Utc>>,
    pub last_error: Option<ErrorView>,
}

impl NotificationView {
    /// `notification` to the target of this name.
    pub fn new(notification: &Notification, target_name: Option<String>) -> Self {
        let notice = &notification.notice;
        let (next_attempt_at, ended_at) = match notification.state {
            NotificationState::Queued { next_attempt_at } => (Some(next_attempt_at), None),
            NotificationState::Delivered { at }
            | NotificationState::Dead { at }
            | NotificationState::Dropped { at } => (None, Some(at)),
        };
        Self {
            id: notification.id.0.clone(),
            target: notification.target.0,
            target_name,
            alert: notice.alert.0.clone(),
            status: match notice.status {
                NoticeStatus::Firing => StatusWord::Firing,
                NoticeStatus::Resolved { .. } => StatusWord::Resolved,
            },
            rule: notice.rule.clone(),
            severity: notice.severity,
            migration: notice.migration.as_ref().map(ToString::to_string),
            feature: notice.feature.as_ref().map(ToString::to_string),
            summary: notice.summary.clone(),
            state: notification.state.word(),
            queued_at: notification.queued_at,
            attempts: notification.attempts,
            next_attempt_at,
            ended_at,
            last_error: notification
                .last_error
                .as_ref()
                .map(|failed| ErrorView { at: failed.at, error: failed.error.clone() }),
        }
    }
}

/// The page of notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationsView {
    pub targets: Vec<TargetView>,
    /// What waits, oldest first.
    pub queued: Vec<NotificationView>,
    /// What is not tried any more, newest first.
    pub dead: Vec<NotificationView>,
    /// What was told last, newest first.
    pub delivered: Vec<NotificationView>,
    /// The migrations that a target may be for.
    pub migrations: Vec<String>,
}

/// A target that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedTarget {
    pub target: TargetView,
    /// The key that a webhook's letters are signed with, if it was made here: shown this once.
    pub secret: Option<String>,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestedTarget {
    pub target: String,
    pub delivered: bool,
    /// What the target answered, or why nothing came of it.
    pub detail: String,
}
