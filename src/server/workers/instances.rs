//! Tells the other instances that this one is there, and agrees with them on who does the timed work. When one may lead is
//! for `domain::lease` to say.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::domain::instance::{Instance, InstanceId};
use crate::domain::lease::{BEAT, Candidacy, LED};
use crate::server::commands::ids;
use crate::server::state::AppState;
use crate::server::store::StoreError;

/// How many beats there are between two times that it is told who is there.
const TOLD_EVERY: u64 = 2;

/// An instance that told nothing for so long is not there any more, and is shown no longer.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// How long a beat may take: longer, and it would come too late.
const PATIENCE: Duration = LED;

/// One instance among others.
pub struct Member {
    state: AppState,
    id: InstanceId,
    name: Arc<str>,
    candidacy: Candidacy,
    began: Instant,
}

impl Member {
    /// This program, which calls itself `name`. It follows until it was agreed that it leads.
    pub fn new(state: AppState, name: &str) -> Self {
        let id = InstanceId(ids::new(state.clock.now()));
        state.leadership.follow();
        Self { state, name: name.into(), candidacy: Candidacy::new(id.clone()), id, began: Instant::now() }
    }

    /// Beats until `stop`, then lets another lead at once.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(BEAT);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_failing = false;
        for beat in 0_u64.. {
            if stop.run_until_cancelled(ticks.tick()).await.is_none() {
                break;
            }
            let led = self.state.leadership.leads();
            let done = timeout(PATIENCE, async {
                self.beat().await?;
                if beat.is_multiple_of(TOLD_EVERY) { self.tell().await } else { Ok(()) }
            });
            match done.await {
                Ok(Ok(())) => is_failing = false,
                // Once a second is too often to say the same.
                _ if is_failing => {}
                Ok(Err(error)) => {
                    is_failing = true;
                    tracing::warn!(error = &error as &dyn std::error::Error, "instances could not agree on who leads");
                }
                Err(_) => {
                    is_failing = true;
                    tracing::warn!("instances could not agree on who leads in time");
                }
            }
            let leads = self.state.leadership.leads();
            if led != leads {
                tracing::info!(instance = self.name.as_ref(), leads, "timed work");
            }
        }
        self.leave().await;
    }

    /// Looks who leads, and renews or takes the lease if it may.
    pub async fn beat(&mut self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.state.store);
        let lease = store.lease().await?;
        self.candidacy.see(lease, self.now());
        let asked_at = self.now();
        if let Some(claim) = self.candidacy.claim(asked_at) {
            if store.claim_lease(&claim).await? {
                self.candidacy.granted(claim, asked_at, self.now());
            } else {
                self.candidacy.refused();
            }
        }
        match self.candidacy.leads_until() {
            Some(until) => self.state.leadership.lead_until(self.began + until),
            None => self.state.leadership.follow(),
        }
        Ok(())
    }

    /// Tells of itself; who leads forgets those that are gone.
    pub async fn tell(&self) -> Result<(), StoreError> {
        let (store, now) = (&self.state.store, self.state.clock.now());
        let instance = Instance {
            id: self.id.clone(),
            name: self.name.to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.state.started_at,
            seen_at: now,
            decisions_at: self.state.decisions.known_at(),
        };
        store.note_instance(&instance).await?;
        if self.state.leadership.leads() {
            store.forget_instances(now - FORGOTTEN_AFTER).await?;
        }
        Ok(())
    }

    /// Gives up what it has. By then nothing of it may go on.
    pub async fn leave(&mut self) {
        self.state.leadership.follow();
        let store = Arc::clone(&self.state.store);
        let resignation = self.candidacy.resignation();
        let left = timeout(PATIENCE, async {
            if let Some(claim) = resignation {
                store.claim_lease(&claim).await?;
            }
            store.remove_instance(&self.id).await
        });
        if let Ok(Err(error)) = left.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the others find out by themselves that this is over"
            );
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}
