//! Removes what is no longer kept, in steps so small that no batch waits for one, and looks how much there is of what.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::domain::retention::{Retention, StepSize};
use crate::server::state::AppState;
use crate::server::store::retention::{Expiring, GroupSize, Removed};
use crate::server::store::{Digest, StoreError};

/// How often it looks for what is over.
const EVERY: Duration = Duration::from_mins(1);

/// How often ids are gone through, and sizes looked at: both read all there is.
const SELDOM: TimeDelta = TimeDelta::hours(6);

/// What was done; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct CleanUps(Arc<Mutex<CleanUp>>);

/// The last time that everything was gone through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CleanUp {
    /// When it ended; `None` when it was not yet.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many rows it removed.
    pub rows: u64,
    /// The longest that one of its steps kept others from writing.
    pub longest_step: Duration,
    /// How much there was of what, when it was last looked at.
    pub sizes: Option<(DateTime<Utc>, Vec<GroupSize>)>,
}

impl CleanUps {
    /// The last one.
    pub fn last(&self) -> CleanUp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut CleanUp)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Where it stands between ticks.
#[derive(Debug)]
pub struct Progress {
    /// How many rows at a time, by what they are; the last is of ids.
    sizes: [StepSize; Expiring::ALL.len() + 1],
    /// When ids and sizes were last gone through.
    seldom_at: Option<DateTime<Utc>>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { sizes: [StepSize::FIRST; Expiring::ALL.len() + 1], seldom_at: None }
    }
}

/// Cleans up until `stop`, while this instance leads.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut progress = Progress::default();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while state.leadership.turn(&mut ticks, &stop).await {
        let done = state.leadership.hold(&stop, tick(&state, &mut progress)).await;
        if let Some(Err(error)) = done {
            tracing::error!(error = &error as &dyn std::error::Error, "what is no longer kept could not be removed");
        }
    }
}

/// Removes all that is over now. Between any two steps it can be given up.
pub async fn tick(state: &AppState, progress: &mut Progress) -> Result<(), StoreError> {
    let (store, retention, now) = (state.store.as_ref(), state.retention, state.clock.now());
    let mut done = CleanUp::default();
    for (what, size) in Expiring::ALL.into_iter().zip(&mut progress.sizes) {
        loop {
            let removed = store.remove_expired(what, retention, now, size.rows()).await?;
            if removed.rows == 0 {
                break;
            }
            note(&mut done, size, removed).await;
        }
    }
    let is_due = progress.seldom_at.is_none_or(|at| now - at >= SELDOM || now < at);
    if is_due {
        remove_ids(state, retention, now, &mut done, &mut progress.sizes[Expiring::ALL.len()]).await?;
        let sizes = store.group_sizes().await?;
        state.clean_ups.change(|last| last.sizes = Some((now, sizes)));
        progress.seldom_at = Some(now);
    }
    if done.rows > 0 {
        tracing::info!(rows = done.rows, longest_step = ?done.longest_step, "removed what is no longer kept");
    }
    state.clean_ups.change(|last| {
        *last = CleanUp { ended_at: Some(state.clock.now()), sizes: last.sizes.take(), ..done };
    });
    Ok(())
}

async fn remove_ids(
    state: &AppState,
    retention: Retention,
    now: DateTime<Utc>,
    done: &mut CleanUp,
    size: &mut StepSize,
) -> Result<(), StoreError> {
    let mut after: Option<Digest> = None;
    loop {
        let step = state.store.remove_ids(after, retention, now, size.rows()).await?;
        if step.removed.rows > 0 {
            note(done, size, step.removed).await;
        }
        after = step.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Notes a step, chooses the size of the next and lets others write first.
async fn note(done: &mut CleanUp, size: &mut StepSize, removed: Removed) {
    done.rows += removed.rows;
    done.longest_step = done.longest_step.max(removed.took);
    *size = size.after(removed.took);
    tokio::time::sleep(StepSize::pause_after(removed.took)).await;
}
