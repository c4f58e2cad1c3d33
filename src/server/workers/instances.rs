//! Tells the other instances that this one is there, and agrees with them on who does the timed work and on where files are
//! kept. When one may lead is for `domain::lease` to say, and who is there for `domain::presence`.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::domain::instance::{FilePlaces, Instance, InstanceId};
use crate::domain::lease::{BEAT, Candidacy, LED};
use crate::domain::presence::{FileStanding, Presence};
use crate::server::commands::ids;
use crate::server::state::AppState;
use crate::server::store::{StoreError, Telling};

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
    presence: Presence,
    began: Instant,
}

impl Member {
    /// This program, which calls itself `name` and keeps files in `places`. It follows until it was agreed that it leads, and
    /// works on no files until somebody does, where there may be others.
    pub fn new(state: AppState, name: &str, places: Option<FilePlaces>) -> Self {
        let id = InstanceId(ids::new(state.clock.now()));
        state.leadership.follow();
        if let (Some(files), Telling::Tells) = (&state.files, state.store.telling()) {
            files.standing().set(FileStanding::Unknown);
        }
        Self {
            state,
            name: name.into(),
            candidacy: Candidacy::new(id.clone()),
            presence: Presence::new(id.clone(), places),
            id,
            began: Instant::now(),
        }
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
            match timeout(PATIENCE, self.step(beat)).await {
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

    /// The beat of that number.
    pub async fn step(&mut self, beat: u64) -> Result<(), StoreError> {
        // Before the first: who leads says where files are, to those who know where it keeps them.
        let told = if beat.is_multiple_of(TOLD_EVERY) { self.tell().await } else { Ok(()) };
        self.beat().await?;
        told
    }

    /// Looks who is there and who leads, and renews or takes the lease if it may.
    pub async fn beat(&mut self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.state.store);
        let lease = store.lease().await?;
        self.see(lease.holder.as_ref()).await?;
        self.candidacy.see(lease, self.now());
        let asked_at = self.now();
        // Whoever leads does what is to be done on files, too.
        let may_lead = !matches!(self.presence.files(asked_at), FileStanding::Elsewhere { .. });
        if let Some(claim) = self.candidacy.claim(asked_at).filter(|_| may_lead) {
            if store.claim_lease(&claim).await? {
                let holder = claim.next.holder.clone();
                self.candidacy.granted(claim, asked_at, self.now());
                self.see(holder.as_ref()).await?;
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

    /// Notes who is there, of whom `holder` has the lease, and whether this one may work on files.
    async fn see(&mut self, holder: Option<&InstanceId>) -> Result<(), StoreError> {
        let instances = self.state.store.instances().await?;
        let now = self.now();
        self.presence.see(instances, holder, now);
        let (Some(files), standing) = (&self.state.files, self.presence.files(now)) else { return Ok(()) };
        // As long as nothing is known, what was so stays so.
        if standing == FileStanding::Unknown || files.standing().get() == standing {
            return Ok(());
        }
        match &standing {
            FileStanding::Elsewhere { instance, places } => tracing::error!(
                instance,
                theirs = %places,
                ours = self.presence.mine().map_or("unknown", |places| places.0.as_str()),
                "files are kept elsewhere by others, so that none are served here: all instances need the same \
                 --files-legacy and --files-unified"
            ),
            FileStanding::Unknown | FileStanding::Together => tracing::info!("files are served here"),
        }
        files.standing().set(standing);
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
            files: self.presence.mine().cloned(),
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
