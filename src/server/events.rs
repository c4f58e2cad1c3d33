//! Change events: finds out what was committed, by this process or another on the same database, and tells it to whoever
//! listens. Every change has an audit event in its transaction, so the end of the audit chain is all there is to look at.
//!
//! What is held for listeners is bounded: whoever falls behind is told to fetch everything again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore, broadcast};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::queries::alerts;
use super::state::AppState;
use super::store::{AuditOrder, AuditQuery, Store, StoreError, Telling};
use crate::domain::audit::AuditEvent;
use crate::views::live_event::LiveEvent;

/// How often it is looked for what other processes committed.
pub const INTERVAL: Duration = Duration::from_millis(250);

/// At how many of these moments it is looked where the database tells by itself, in case that it did not.
const SELDOM: u64 = 2;

/// How long the store may take to tell whether there is anything to look at, until it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a look may take with all that it reads.
const LONGEST: Duration = Duration::from_secs(5);

/// How long until it is listened again after a connection ended.
const PAUSE: Duration = Duration::from_millis(500);

/// At how many looks it is told once that there are other figures: once a second.
const FIGURES_EVERY: u64 = 4;

/// The most events that are told one by one to somebody who missed them.
pub const MOST_MISSED: u32 = 500;

/// How many events may wait for a listener that does not keep up.
const WAITING: usize = 256;

/// The most streams of change events that are open at once.
const MOST_STREAMS: usize = 2_048;

/// The most streams that tell of changed flags; each browser that follows one has a stream.
const MOST_FLAG_STREAMS: usize = 4_096;

/// Where events are told; cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    /// The last audit event that was looked at; `None` before the first look.
    seen: Arc<Mutex<Option<i64>>>,
    /// The same, to be read at once; negative before the first look.
    head: Arc<AtomicI64>,
    /// How much had been written when it was last told that there are other figures.
    written: Arc<AtomicU64>,
    told: broadcast::Sender<LiveEvent>,
    /// Places for streams of change events.
    pub places: Places,
    /// Places for streams that tell of changed flags.
    pub flag_places: Places,
}

/// How many streams of a kind may be open.
#[derive(Clone, Debug)]
pub struct Places {
    most: usize,
    left: Arc<Semaphore>,
}

impl Places {
    /// So many.
    pub fn of(most: usize) -> Self {
        Self { most, left: Arc::new(Semaphore::new(most)) }
    }

    /// How many are taken.
    pub fn taken(&self) -> u64 {
        (self.most - self.left.available_permits()) as u64
    }

    /// One of them, given back when it is dropped; `None` when all are taken.
    pub fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.left).try_acquire_owned().ok()
    }
}

impl Default for Events {
    fn default() -> Self {
        let (told, _) = broadcast::channel(WAITING);
        Self {
            seen: Arc::default(),
            head: Arc::new(AtomicI64::new(-1)),
            written: Arc::default(),
            told,
            places: Places::of(MOST_STREAMS),
            flag_places: Places::of(MOST_FLAG_STREAMS),
        }
    }
}

impl Events {
    /// Every event from now on.
    pub fn listen(&self) -> broadcast::Receiver<LiveEvent> {
        self.told.subscribe()
    }

    /// The last change that decisions here know of; a page that names it misses none. `None` before the first look.
    pub fn head(&self) -> Option<i64> {
        Some(self.head.load(Ordering::Acquire)).filter(|head| *head >= 0)
    }
}

/// Looks for changes until `stop`.
pub async fn run(state: AppState, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut is_failing = false;
    let changed = Notify::new();
    let listening = listen(&state, &changed);
    tokio::pin!(listening);
    let mut look = 0_u64;
    loop {
        let is_told = tokio::select! {
            () = stop.cancelled() => return,
            () = &mut listening => return,
            () = changed.notified() => true,
            _ = ticks.tick() => false,
        };
        if !is_told {
            look += 1;
            if look.is_multiple_of(FIGURES_EVERY) {
                tell_figures(&state);
            }
            if state.store.telling() == Telling::Tells && !look.is_multiple_of(SELDOM) {
                continue;
            }
        }
        let caught_up = look_around(&state).await;
        match caught_up {
            Ok(()) => is_failing = false,
            // Four times a second is too often to say the same.
            Err(_) if is_failing => {}
            Err(error) => {
                is_failing = true;
                tracing::error!(error = &error as &dyn std::error::Error, "changes cannot be looked for");
            }
        }
    }
}

/// Looks whether the store answers, and if it does, for changes. For what else is read then it may only be busy.
async fn look_around(state: &AppState) -> Result<(), StoreError> {
    let answered = timeout(PATIENCE, state.store.audit_head()).await.unwrap_or_else(|_| Err(StoreError::silent()));
    state.reach.note(&answered);
    answered?;
    timeout(LONGEST, catch_up(state)).await.unwrap_or_else(|_| Err(StoreError::silent()))
}

/// Listens for what is told of changes, again and again; for ever.
async fn listen(state: &AppState, changed: &Notify) {
    loop {
        tokio::select! {
            heard = state.store.listen(changed) => if heard.is_ok() {
                // Nobody tells here.
                std::future::pending::<()>().await;
            },
            // The connection may be one over which nothing comes any more, and nobody would ever know.
            () = state.reach.lost() => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes notice of all that was committed since the last look: decisions, tokens and listeners.
pub async fn catch_up(state: &AppState) -> Result<(), StoreError> {
    let mut seen = state.events.seen.lock().await;
    // Others wait for their turn: nobody holds it for long.
    let head = timeout(PATIENCE, state.store.audit_head()).await.unwrap_or_else(|_| Err(StoreError::silent()))?.seq;
    if *seen == Some(head) {
        state.decisions.confirm();
        return Ok(());
    }
    let events = match *seen {
        Some(seen) => missed(state.store.as_ref(), seen, head).await?,
        None => Vec::new(),
    };
    if events.iter().any(LiveEvent::concerns_access) {
        state.known_tokens.forget();
    }
    // Before anyone is told, so that whoever asks on hearing of it is told what is so now.
    state.decisions.refresh().await?;
    if seen.is_none() || events.iter().any(LiveEvent::concerns_alerts) {
        match alerts::firing(state).await {
            Ok(firing) => state.firing.store(alerts::count(&firing), Ordering::Relaxed),
            // One that cannot be read keeps nobody from being told of all else.
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "alerts could not be counted"),
        }
    }
    for event in events {
        // An error only says that nobody listens.
        let _ = state.events.told.send(event);
    }
    *seen = Some(head);
    state.events.head.store(head, Ordering::Release);
    Ok(())
}

/// Tells that there are other figures, if there are since this was told last.
pub fn tell_figures(state: &AppState) {
    let written = state.ingest.written();
    if state.events.written.swap(written, Ordering::AcqRel) != written {
        let _ = state.events.told.send(LiveEvent::Figures);
    }
}

/// What somebody missed who has seen the event `after`, up to the event `head`. More than is told one by one becomes one
/// event that says so.
pub async fn missed(store: &dyn Store, after: i64, head: i64) -> Result<Vec<LiveEvent>, StoreError> {
    let reset = || vec![LiveEvent::Reset { seq: head }];
    // A later event than the last is of another database, perhaps of this one before it was restored.
    if after > head || head - after > i64::from(MOST_MISSED) {
        return Ok(reset());
    }
    let rows = store.audit_events(&AuditQuery::any(AuditOrder::OldestFirst, Some(after), MOST_MISSED)).await?;
    let parsed: Result<Vec<AuditEvent>, _> = rows.iter().map(|row| serde_json::from_str(&row.body)).collect();
    let Ok(events) = parsed else { return Ok(reset()) };
    Ok(events.into_iter().filter(|event| event.seq <= head).map(LiveEvent::from).collect())
}
