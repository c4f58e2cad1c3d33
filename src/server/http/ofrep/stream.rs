//! `GET /ofrep/v1/events`: tells clients when to ask again. It says that something changed and never what.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use futures::Stream;
use futures::stream::unfold;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::caller::{may_evaluate, who};
use super::refused::Refused;
use crate::domain::access::Principal;
use crate::domain::token::TokenState;
use crate::server::access::ticket;
use crate::server::decisions::FlagConfig;
use crate::server::http::events::{LAST_EVENT_ID, answer};
use crate::server::http::extract::Query;
use crate::server::http::problem::Problem;
use crate::server::state::AppState;

/// How long a stream lasts; a client then connects again, if it still may.
const LONGEST: Duration = Duration::from_hours(1);

/// What stands in the address that an evaluation names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Admission {
    /// Who listens, for browsers, which send no token here. Programs may send theirs instead.
    ticket: Option<String>,
    /// The configuration that the client has been told.
    since: Option<String>,
}

/// What is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfrepEvent)]
#[serde(rename_all = "camelCase")]
pub struct Refetch {
    /// Always `refetchEvaluation`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The configuration that is in effect now.
    etag: String,
    /// Since when, in seconds of Unix time.
    last_modified: i64,
}

/// Tells when to evaluate again, at once if the configuration is another than the client has been told. Evaluations of all
/// flags name the address, in `eventStreams`.
#[utoipa::path(
    get,
    path = "/ofrep/v1/events",
    tag = "ofrep",
    params(Admission, ("Last-Event-ID" = Option<String>, Header, description = "The configuration that the client has been told, before `since`")),
    responses((status = 200, description = "A stream of events", content_type = "text/event-stream", body = Refetch)),
)]
pub async fn events(
    State(state): State<AppState>,
    headers: HeaderMap,
    admission: Result<Query<Admission>, Problem>,
) -> Result<Response, Refused> {
    let Query(admission) = admission?;
    match &admission.ticket {
        Some(ticket) => by_ticket(&state, ticket).await?,
        None => who(&state, &headers).await?,
    };
    let place = state.events.flag_places.take().ok_or_else(Problem::busy)?;
    // So that there is a configuration to watch.
    state.decisions.catalog().await?;
    let config = state.decisions.watch();
    let told = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned).or(admission.since);
    let told = told.unwrap_or_else(|| config.borrow().etag.clone());
    Ok(answer(Listener { config, told, end: Instant::now() + LONGEST, _place: place }.stream()))
}

async fn by_ticket(state: &AppState, ticket: &str) -> Result<Arc<Principal>, Problem> {
    let over = || Problem::unauthorized("the ticket is not one of here, or its time is over; evaluate all flags again");
    let id = ticket::open(state, ticket).await?.ok_or_else(over)?;
    let token = state.store.tokens().await?.into_iter().find(|token| token.id == id);
    let token = token.filter(|token| token.state(state.clock.now()) == TokenState::Works).ok_or_else(over)?;
    may_evaluate(Arc::new(Principal::token(&token)))
}

/// One client. However many changes it misses, one event tells of them all.
struct Listener {
    config: watch::Receiver<FlagConfig>,
    /// The configuration that it knows of.
    told: String,
    end: Instant,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    fn stream(self) -> impl Stream<Item = Event> {
        unfold(self, |mut listener| async move {
            let FlagConfig { etag, last_modified } = listener.next().await?;
            listener.told.clone_from(&etag);
            let id = etag.clone();
            let refetch = Refetch { kind: "refetchEvaluation", etag, last_modified: last_modified.timestamp() };
            // It holds nothing that could fail to become JSON.
            Some((Event::default().event("message").id(id).json_data(&refetch).ok()?, listener))
        })
    }

    async fn next(&mut self) -> Option<FlagConfig> {
        let Self { config, told, end, .. } = self;
        let changed = config.wait_for(|config| config.etag != *told);
        Some(tokio::time::timeout_at(*end, changed).await.ok()?.ok()?.clone())
    }
}
