//! What becomes of a notification that nobody took: it is sent again, or given up.

use serde_json::json;

use super::commit;
use crate::domain::access::Principal;
use crate::domain::audit::AuditDraft;
use crate::domain::notification::{Notification, NotificationId, NotificationState, StateWord};
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::server::commands::CommandError;
use crate::server::state::AppState;
use crate::server::store::{NotificationQuery, NotificationWrite, Write};

/// Has something that is not tried any more be tried anew.
pub async fn send_again(
    state: &AppState,
    id: &NotificationId,
    reason: &Reason,
    by: &Principal,
) -> Result<Notification, CommandError> {
    let notification = notification(state, id).await?;
    if !matches!(notification.state, NotificationState::Dead { .. }) {
        return Err(CommandError::refused(Refusal::NotGivenUp));
    }
    let query = NotificationQuery {
        state: Some(StateWord::Delivered),
        target: Some(notification.target),
        alert: Some(notification.notice.alert.clone()),
        oldest_first: false,
        limit: 1,
    };
    // An alert that is over must not be told to fire.
    if state.store.notifications(&query).await?.iter().any(|told| told.id > notification.id) {
        return Err(CommandError::refused(Refusal::ToldLater));
    }
    let write = NotificationWrite::SendAgain(id.clone());
    settle(state, &notification, "notification.sent_again", write, reason, by).await
}

/// Gives up something that was not told.
pub async fn drop_it(
    state: &AppState,
    id: &NotificationId,
    reason: &Reason,
    by: &Principal,
) -> Result<Notification, CommandError> {
    let notification = notification(state, id).await?;
    match notification.state {
        NotificationState::Queued { .. } | NotificationState::Dead { .. } => {}
        NotificationState::Delivered { .. } | NotificationState::Dropped { .. } => {
            return Err(CommandError::refused(Refusal::NothingToChange));
        }
    }
    let write = NotificationWrite::Drop(id.clone());
    settle(state, &notification, "notification.dropped", write, reason, by).await
}

async fn settle(
    state: &AppState,
    before: &Notification,
    action: &'static str,
    write: NotificationWrite,
    reason: &Reason,
    by: &Principal,
) -> Result<Notification, CommandError> {
    let after = match &write {
        NotificationWrite::SendAgain(_) => StateWord::Queued,
        NotificationWrite::Drop(_) => StateWord::Dropped,
    };
    let audit = AuditDraft {
        action,
        migration: before.notice.migration.clone(),
        feature: before.notice.feature.clone(),
        subject: Some(format!("notification {}", before.id.0)),
        reason: reason.as_str().to_owned(),
        before: json!({"state": before.state.word(), "target": before.target, "alert": before.notice.alert}),
        after: json!({"state": after, "target": before.target, "alert": before.notice.alert}),
        policy_version: None,
        version: None,
    };
    commit(state, by, Write::Notification(write), audit).await?;
    notification(state, &before.id).await
}

async fn notification(state: &AppState, id: &NotificationId) -> Result<Notification, CommandError> {
    let found = state.store.notification(id).await?;
    found.ok_or_else(|| CommandError::NotFound { what: format!("notification {}", id.0) })
}
