//! Rows of targets and notifications, and their way to the domain.

use super::super::rows::{corrupt, count, document, moment};
use crate::domain::alert_notice::{AlertNotice, Severity};
use crate::domain::feature::Switch;
use crate::domain::notification::target::{Access, NotificationTarget, TargetId, TargetKind, TargetSettings};
use crate::domain::notification::target_url::TargetUrl;
use crate::domain::notification::{Failed, Notification, NotificationId, NotificationState, StateWord, TargetHealth};
use crate::domain::text::Name;
use crate::server::store::StoreError;

const TARGETS: &str = "notification_targets";
const NOTIFICATIONS: &str = "notifications";

#[derive(sqlx::FromRow)]
pub(super) struct TargetRow {
    id: i64,
    name: String,
    kind: String,
    url: String,
    secret: Option<String>,
    username: Option<String>,
    least_severity: String,
    migration_id: Option<i64>,
    /// Of the migration.
    slug: Option<String>,
    enabled: bool,
    created_at: i64,
    repeated_at: Option<i64>,
    version: i64,
}

impl TryFrom<TargetRow> for NotificationTarget {
    type Error = StoreError;

    fn try_from(row: TargetRow) -> Result<Self, StoreError> {
        let kind = TargetKind::from_word(&row.kind).ok_or_else(|| corrupt(TARGETS, "kind", &row.kind))?;
        let (user, secret) = (row.username.unwrap_or_default(), row.secret.unwrap_or_default());
        // Of a secret not even what is wrong with it is told.
        let access =
            Access::parse(kind, &user, &secret).map_err(|_| corrupt(TARGETS, "secret", "does not fit its kind"))?;
        let slug = match (row.migration_id, row.slug) {
            (None, _) => None,
            (Some(_), Some(slug)) => Some(slug.parse().map_err(|error| corrupt("migrations", "slug", error))?),
            (Some(id), None) => return Err(corrupt(TARGETS, "migration_id", format!("there is no migration {id}"))),
        };
        Ok(Self {
            id: TargetId(row.id),
            settings: TargetSettings {
                name: Name::parse(&row.name).map_err(|error| corrupt(TARGETS, "name", error))?,
                url: TargetUrl::parse(&row.url).map_err(|error| corrupt(TARGETS, "url", error))?,
                access,
                least_severity: Severity::from_word(&row.least_severity)
                    .ok_or_else(|| corrupt(TARGETS, "least_severity", &row.least_severity))?,
                migration: slug,
                enabled: Switch::from_bool(row.enabled),
            },
            created_at: moment(TARGETS, "created_at", row.created_at)?,
            repeated_at: row.repeated_at.map(|at| moment(TARGETS, "repeated_at", at)).transpose()?,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct NotificationRow {
    id: String,
    target_id: i64,
    notice: String,
    queued_at: i64,
    trying_since: i64,
    attempts: i64,
    state: String,
    next_attempt_at: Option<i64>,
    ended_at: Option<i64>,
    failed_at: Option<i64>,
    last_error: Option<String>,
}

impl TryFrom<NotificationRow> for Notification {
    type Error = StoreError;

    fn try_from(row: NotificationRow) -> Result<Self, StoreError> {
        let needed = |column, at: Option<i64>| {
            moment(NOTIFICATIONS, column, at.ok_or_else(|| corrupt(NOTIFICATIONS, column, "is missing"))?)
        };
        let word = StateWord::from_word(&row.state).ok_or_else(|| corrupt(NOTIFICATIONS, "state", &row.state))?;
        let ended = || needed("ended_at", row.ended_at);
        let attempts = count(NOTIFICATIONS, "attempts", row.attempts)?;
        Ok(Self {
            id: NotificationId(row.id),
            target: TargetId(row.target_id),
            notice: document::<AlertNotice>(NOTIFICATIONS, "notice", &row.notice)?,
            queued_at: moment(NOTIFICATIONS, "queued_at", row.queued_at)?,
            trying_since: moment(NOTIFICATIONS, "trying_since", row.trying_since)?,
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            state: match word {
                StateWord::Queued => {
                    NotificationState::Queued { next_attempt_at: needed("next_attempt_at", row.next_attempt_at)? }
                }
                StateWord::Delivered => NotificationState::Delivered { at: ended()? },
                StateWord::Dead => NotificationState::Dead { at: ended()? },
                StateWord::Dropped => NotificationState::Dropped { at: ended()? },
            },
            last_error: failed(row.failed_at, row.last_error)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct HealthRow {
    target_id: i64,
    queued: i64,
    dead: i64,
    delivered_at: Option<i64>,
    failed_at: Option<i64>,
    last_error: Option<String>,
}

impl HealthRow {
    pub(super) fn health(self) -> Result<(TargetId, TargetHealth), StoreError> {
        let health = TargetHealth {
            last_delivery: self.delivered_at.map(|at| moment(NOTIFICATIONS, "ended_at", at)).transpose()?,
            last_error: failed(self.failed_at, self.last_error)?,
            queued: count(NOTIFICATIONS, "state", self.queued)?,
            dead: count(NOTIFICATIONS, "state", self.dead)?,
        };
        Ok((TargetId(self.target_id), health))
    }
}

fn failed(at: Option<i64>, error: Option<String>) -> Result<Option<Failed>, StoreError> {
    match (at, error) {
        (Some(at), Some(error)) => Ok(Some(Failed { at: moment(NOTIFICATIONS, "failed_at", at)?, error })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(corrupt(NOTIFICATIONS, "last_error", "is missing")),
        (None, Some(_)) => Err(corrupt(NOTIFICATIONS, "failed_at", "is missing")),
    }
}
