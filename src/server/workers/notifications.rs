//! Tells targets what waits to be told to them: each in the order in which it was queued, all beside each other, so that one
//! that does not answer holds up none of the others. While what is first for a target fails, what is behind it waits.
//!
//! A letter is sent before it is noted that it was, so that one may arrive twice and none gets lost. What an Alertmanager was
//! told that fires is told again every minute, as it expects: it takes what it does not hear of any more for over.

use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::notification::retry::{Next, after_failure};
use crate::domain::notification::target::{NotificationTarget, TargetId, TargetKind};
use crate::domain::notification::{Notification, NotificationState};
use crate::server::notify::Mail;
use crate::server::state::AppState;
use crate::server::store::{Attempt, StoreError};
use crate::views::notice::{Letter, LetterKind};

/// How often it looks for what is due.
const EVERY: Duration = Duration::from_secs(1);

/// How often an Alertmanager is told what still fires.
const REPEATED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// Works until `stop`, while this instance leads. What is cut off is still in the queue.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut busy: HashSet<TargetId> = HashSet::new();
    let mut under_way: JoinSet<TargetId> = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(done) = under_way.join_next() => match done {
                Ok(target) => { busy.remove(&target); }
                Err(error) => {
                    tracing::error!(%error, "telling a target ended badly");
                    // Whose it was is not known; what is still under way is only tried a second time.
                    busy.clear();
                }
            },
            _ = ticks.tick() => {
                if !state.leadership.leads() {
                    continue;
                }
                let due = state.leadership.hold_briefly(&stop, due(&state)).await.transpose().unwrap_or_else(|error| {
                    tracing::error!(error = &error as &dyn std::error::Error, "what is to be told could not be read");
                    None
                });
                let due = due.unwrap_or_default();
                for target in due {
                    if busy.insert(target.id) {
                        let (state, stop) = (state.clone(), stop.clone());
                        under_way.spawn(async move {
                            // A letter that is cut off is sent again, under its name.
                            state.leadership.hold(&stop, tell(&state, &target)).await;
                            target.id
                        });
                    }
                }
            }
        }
    }
}

/// Tells everything that is due, and returns when all of it was tried.
pub async fn tick(state: &AppState) -> Result<(), StoreError> {
    let due = due(state).await?;
    join_all(due.iter().map(|target| tell(state, target))).await;
    Ok(())
}

/// The targets for which something is to be done now.
async fn due(state: &AppState) -> Result<Vec<NotificationTarget>, StoreError> {
    let now = state.clock.now();
    let targets = state.store.notification_targets().await?;
    if targets.is_empty() {
        return Ok(targets);
    }
    let first = state.store.first_queued(None).await?;
    let waits = |target: &NotificationTarget| first.iter().any(|it| it.target == target.id && is_due(it, now));
    let is_repeated = |target: &NotificationTarget| {
        target.settings.access.kind() == TargetKind::Alertmanager
            && target.repeated_at.is_none_or(|at| now - at >= REPEATED_EVERY || at > now)
    };
    let enabled = targets.into_iter().filter(|target| target.settings.enabled.is_on());
    Ok(enabled.filter(|target| waits(target) || is_repeated(target)).collect())
}

fn is_due(notification: &Notification, now: chrono::DateTime<chrono::Utc>) -> bool {
    matches!(notification.state, NotificationState::Queued { next_attempt_at } if next_attempt_at <= now)
}

/// Tells one target what is due, in order, until something fails.
async fn tell(state: &AppState, target: &NotificationTarget) {
    let told = async {
        while let Some(first) = state.store.first_queued(Some(target.id)).await?.pop() {
            if !state.leadership.leads()
                || !is_due(&first, state.clock.now())
                || !deliver(state, target, &first).await?
            {
                return Ok(());
            }
        }
        match target.settings.access.kind() {
            _ if !state.leadership.leads() => Ok(()),
            TargetKind::Alertmanager => repeat(state, target).await,
            TargetKind::Webhook | TargetKind::Slack => Ok(()),
        }
    };
    let told: Result<(), StoreError> = told.await;
    if let Err(error) = told {
        let target = target.settings.name.as_str();
        tracing::error!(target, error = &error as &dyn std::error::Error, "what was told could not be noted");
    }
}

/// Sends one letter and notes what came of it; whether the next one has its turn.
async fn deliver(
    state: &AppState,
    target: &NotificationTarget,
    notification: &Notification,
) -> Result<bool, StoreError> {
    let letters = [letter(state, notification)];
    let mail = Mail { letters: &letters, now: state.clock.now(), ends_at: None };
    let sent = state.notifier.send(&target.settings, mail).await;
    let (name, delivery) = (target.settings.name.as_str(), notification.id.0.as_str());
    let now = state.clock.now();
    let attempt = match sent {
        Ok(taken) => {
            tracing::info!(target = name, delivery, status = taken.status, "alert told");
            Attempt::Delivered
        }
        Err(not_taken) => {
            let attempts = notification.attempts + 1;
            let next = after_failure(&notification.id, attempts, notification.trying_since, not_taken.obstacle, now);
            let error = not_taken.error;
            tracing::warn!(target = name, delivery, attempts, error, "alert not told");
            match next {
                Next::TryAt(next_attempt_at) => Attempt::Failed { next_attempt_at, error },
                Next::GiveUp => Attempt::GivenUp { error },
            }
        }
    };
    state.store.note_attempt(&notification.id, &attempt, now).await?;
    Ok(!matches!(attempt, Attempt::Failed { .. }))
}

/// Tells an Alertmanager again what it was told that fires.
async fn repeat(state: &AppState, target: &NotificationTarget) -> Result<(), StoreError> {
    let now = state.clock.now();
    if target.repeated_at.is_some_and(|at| now - at < REPEATED_EVERY && at <= now) {
        return Ok(());
    }
    let firing = state.store.told_firing(target.id).await?;
    if firing.is_empty() {
        return Ok(());
    }
    let letters: Vec<Letter> = firing.iter().map(|it| letter(state, it)).collect();
    // Without an end: how long it believes what it does not hear of again is its own setting.
    let sent = state.notifier.send(&target.settings, Mail { letters: &letters, now, ends_at: None }).await;
    if let Err(error) = sent {
        tracing::warn!(target = target.settings.name.as_str(), %error, "what fires could not be told again");
    }
    state.store.note_repeated(target.id, now).await
}

fn letter(state: &AppState, notification: &Notification) -> Letter {
    let (id, notice) = (notification.id.clone(), notification.notice.clone());
    Letter::new(LetterKind::Alert, id, notice, state.notifier.public_url())
}
