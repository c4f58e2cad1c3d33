//! `GET /api/v1/events`: change events as Server-Sent Events, from where a client left off.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::unfold;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::Instant;
use utoipa::IntoParams;

use super::extract::Query;
use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::events::{self, missed};
use crate::server::state::AppState;
use crate::views::live_event::LiveEvent;

/// How long a stream lasts; a client then connects again and shows anew who it is.
const LONGEST: Duration = Duration::from_mins(15);

/// How often something is sent when there is nothing to tell, so that a broken connection is noticed.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a client waits before it connects again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// The header in which a client that connects again names what it has seen.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The `id` of the last event that was seen, for clients that cannot send `Last-Event-ID`, which comes first.
    last_event_id: Option<i64>,
}

/// Change events after each commit. An event's `id` is its place in the audit chain; a client that names the last one it
/// has seen gets what it missed. Too much to tell one by one becomes one event of the kind `reset`: fetch all again.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "audit",
    params(From, ("Last-Event-ID" = Option<i64>, Header, description = "The `id` of the last event that was seen")),
    responses((status = 200, description = "A stream of events named by their kind", content_type = "text/event-stream", body = LiveEvent)),
)]
pub async fn live(
    _: Allowed<Read>,
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let last_seen = match headers.get(LAST_EVENT_ID) {
        Some(id) => Some(parse(id.to_str().unwrap_or_default())?),
        None => from.last_event_id,
    };
    let place = state.events.places.take().ok_or_else(Problem::busy)?;
    // Listened first and looked afterwards: what comes in between is there twice, and not lost.
    let told = state.events.listen();
    events::catch_up(&state).await?;
    let head = state.store.audit_head().await?.seq;
    let last_seen = last_seen.unwrap_or(head);
    let missed = missed(state.store.as_ref(), last_seen, head).await?;
    let listener = Listener {
        waiting: missed.into(),
        last_seen,
        told,
        state,
        end: Instant::now() + LONGEST,
        is_over: false,
        _place: place,
    };
    Ok(answer(listener.stream()))
}

/// `stream` as an answer that stays open.
pub(super) fn answer(stream: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures::StreamExt as _;
    let begin = futures::stream::iter([Event::default().retry(RETRY)]);
    let events = begin.chain(stream).map(Ok::<_, Infallible>);
    // Some proxies keep what comes until there is more of it, unless they are told not to.
    let unbuffered = [("x-accel-buffering", "no")];
    (unbuffered, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}

fn parse(id: &str) -> Result<i64, Problem> {
    id.trim().parse().map_err(|_| Problem::bad_request("Last-Event-ID must be the id of an event"))
}

/// One client.
struct Listener {
    waiting: VecDeque<LiveEvent>,
    last_seen: i64,
    told: broadcast::Receiver<LiveEvent>,
    state: AppState,
    end: Instant,
    is_over: bool,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    fn stream(self) -> impl Stream<Item = Event> {
        unfold(self, |mut listener| async move {
            let event = listener.next().await?;
            let told = Event::default().event(event.kind());
            let told = event.seq().into_iter().fold(told, |told, seq| told.id(seq.to_string()));
            // It holds nothing that could fail to become JSON.
            Some((told.json_data(&event).ok()?, listener))
        })
    }

    async fn next(&mut self) -> Option<LiveEvent> {
        if self.is_over {
            return None;
        }
        let event = loop {
            if let Some(event) = self.waiting.pop_front() {
                break event;
            }
            let told = tokio::time::timeout_at(self.end, self.told.recv()).await.ok()?;
            match told {
                // It was among those that had been missed.
                Ok(LiveEvent::Change(change)) if change.seq <= self.last_seen => {}
                Ok(event) => break event,
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    break LiveEvent::Reset { seq: self.state.store.audit_head().await.ok()?.seq };
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        };
        self.last_seen = event.seq().unwrap_or(self.last_seen);
        // Whoever may read no more must not go on listening: who may connects again at once.
        self.is_over = event.concerns_access() && matches!(event, LiveEvent::Change(_));
        Some(event)
    }
}
