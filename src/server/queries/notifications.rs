//! Targets and what is told to them, as they are shown.

use std::collections::HashMap;

use crate::domain::notification::target::{NotificationTarget, TargetId};
use crate::domain::notification::{Notification, StateWord};
use crate::server::state::AppState;
use crate::server::store::{NotificationQuery, StoreError};
use crate::views::notification::{NotificationView, NotificationsView, TargetView};

/// How much of each state the page shows.
const SHOWN: u32 = 50;

/// How many that were delivered the page shows.
const DELIVERED_SHOWN: u32 = 20;

/// All targets, by name, with how telling each goes.
pub async fn targets(state: &AppState) -> Result<Vec<TargetView>, StoreError> {
    views(state, &state.store.notification_targets().await?).await
}

/// `target` with how telling it goes.
pub async fn target(state: &AppState, target: &NotificationTarget) -> Result<TargetView, StoreError> {
    let health = state.store.target_health().await?.into_iter().find(|(id, _)| *id == target.id);
    Ok(TargetView::new(target, health.map(|(_, health)| health).unwrap_or_default()))
}

/// How much waits to be told, and how much could not be, to all targets together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold {
    pub queued: u64,
    pub dead: u64,
}

/// What was not told, or not yet.
pub async fn untold(state: &AppState) -> Result<Untold, StoreError> {
    let health = state.store.target_health().await?;
    Ok(health.iter().fold(Untold::default(), |sum, (_, health)| Untold {
        queued: sum.queued + health.queued,
        dead: sum.dead + health.dead,
    }))
}

/// Notifications that `query` asks for.
pub async fn list(state: &AppState, query: &NotificationQuery) -> Result<Vec<NotificationView>, StoreError> {
    let targets = state.store.notification_targets().await?;
    Ok(named(&targets, &state.store.notifications(query).await?))
}

/// One notification as it is shown.
pub async fn view(state: &AppState, notification: &Notification) -> Result<NotificationView, StoreError> {
    let targets = state.store.notification_targets().await?;
    let target = targets.iter().find(|target| target.id == notification.target);
    Ok(NotificationView::new(notification, target.map(|target| target.settings.name.to_string())))
}

/// All of it.
pub async fn page(state: &AppState) -> Result<NotificationsView, StoreError> {
    let targets = state.store.notification_targets().await?;
    let of = |word, oldest_first, limit| NotificationQuery {
        state: Some(word),
        target: None,
        alert: None,
        oldest_first,
        limit,
    };
    let queued = state.store.notifications(&of(StateWord::Queued, true, SHOWN)).await?;
    let dead = state.store.notifications(&of(StateWord::Dead, false, SHOWN)).await?;
    let delivered = state.store.notifications(&of(StateWord::Delivered, false, DELIVERED_SHOWN)).await?;
    let migrations = state.store.migrations().await?;
    Ok(NotificationsView {
        queued: named(&targets, &queued),
        dead: named(&targets, &dead),
        delivered: named(&targets, &delivered),
        targets: views(state, &targets).await?,
        migrations: migrations.iter().map(|migration| migration.slug.to_string()).collect(),
    })
}

async fn views(state: &AppState, targets: &[NotificationTarget]) -> Result<Vec<TargetView>, StoreError> {
    let mut health: HashMap<TargetId, _> = state.store.target_health().await?.into_iter().collect();
    Ok(targets.iter().map(|target| TargetView::new(target, health.remove(&target.id).unwrap_or_default())).collect())
}

fn named(targets: &[NotificationTarget], notifications: &[Notification]) -> Vec<NotificationView> {
    let names: HashMap<TargetId, String> =
        targets.iter().map(|target| (target.id, target.settings.name.to_string())).collect();
    notifications.iter().map(|it| NotificationView::new(it, names.get(&it.target).cloned())).collect()
}
