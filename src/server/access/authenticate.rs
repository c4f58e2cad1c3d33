//! The layers that find out who sent a request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::known_tokens::{KnownToken, holder};
use super::{Caller, cookie};
use crate::domain::access::{Denied, Principal};
use crate::domain::session::is_worth_noting;
use crate::domain::token::TokenState;
use crate::server::http::body;
use crate::server::http::problem::Problem;
use crate::server::state::AppState;
use crate::server::store::{SecretDigest, StoreError};

/// Notes in the request who sent it.
pub async fn note(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let caller = caller(&state, request.headers()).await;
    request.extensions_mut().insert(caller);
    unless_lost(&state, next.run(request)).await
}

/// Notes in the request who sent it, and turns away whoever is not known: nothing for programs is for everybody.
pub async fn demand(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if state.reach.is_away() && !request.method().is_safe() {
        body::discard_all(request.into_body()).await;
        return Problem::from(&StoreError::silent()).into_response();
    }
    let caller = caller(&state, request.headers()).await;
    if let Err(denied) = caller.clone().principal() {
        if request.method() != Method::GET {
            body::discard_all(request.into_body()).await;
        }
        return refusal(&caller, denied).into_response();
    }
    request.extensions_mut().insert(caller);
    unless_lost(&state, next.run(request)).await
}

/// Waits for an answer, unless the store is found to be away meanwhile: what was asked of it then may never be answered. What
/// is asked afterwards is refused by the store itself, and much needs no store.
async fn unless_lost(state: &AppState, answer: impl Future<Output = Response>) -> Response {
    if state.reach.is_away() {
        return answer.await;
    }
    tokio::select! {
        biased;
        answer = answer => answer,
        () = state.reach.lost() => Problem::from(&StoreError::silent()).into_response(),
    }
}

/// What somebody who is not known is told.
pub(super) fn refusal(caller: &Caller, denied: Denied) -> Problem {
    match caller {
        Caller::WrongToken => {
            Problem::unauthorized("the token is unknown, revoked or expired, or its owner is disabled")
        }
        Caller::Unknown(error) => error.as_ref().into(),
        Caller::Nobody | Caller::Known(_) => denied.into(),
    }
}

async fn caller(state: &AppState, headers: &HeaderMap) -> Caller {
    let found = match (headers.get(header::AUTHORIZATION), cookie::sent(headers, cookie::SESSION)) {
        (Some(authorization), _) => match bearer(authorization.to_str().unwrap_or_default()) {
            Some(token) => by_token(state, token).await,
            None => Ok(Caller::WrongToken),
        },
        (None, Some(secret)) => by_session(state, &secret).await,
        (None, None) => Ok(Caller::Nobody),
    };
    found.unwrap_or_else(|error| {
        if state.reach.is_away() {
            // Which was told once.
            return Caller::Unknown(Arc::new(error));
        }
        tracing::error!(error = &error as &dyn std::error::Error, "who asks could not be found out");
        Caller::Unknown(Arc::new(error))
    })
}

/// The token in an `Authorization` header.
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

async fn by_token(state: &AppState, token: &str) -> Result<Caller, StoreError> {
    if state.reach.is_away() {
        // Metrics are told all the same; whatever else needs the store finds out by itself.
        return Ok(holder(state, token).await?.map_or(Caller::WrongToken, |known| Caller::Known((*known).clone())));
    }
    let (now, digest) = (state.clock.now(), SecretDigest::of(token));
    let (times_forgotten, _) = state.known_tokens.find(&digest);
    let Some(token) = state.store.token(&digest).await? else { return Ok(Caller::WrongToken) };
    if token.state(now) != TokenState::Works {
        return Ok(Caller::WrongToken);
    }
    if is_worth_noting(token.last_used_at, now) {
        not_vital(state.store.note_token(token.id, now).await);
    }
    let principal = Principal::token(&token);
    state.known_tokens.note(digest, KnownToken::new(token, now), times_forgotten);
    Ok(Caller::Known(principal))
}

async fn by_session(state: &AppState, secret: &str) -> Result<Caller, StoreError> {
    if state.reach.is_away() {
        return Err(StoreError::silent());
    }
    let (now, digest) = (state.clock.now(), SecretDigest::of(secret));
    let session = state.store.session(&digest).await?.filter(|session| session.is_open(now));
    let Some(session) = session else { return Ok(Caller::Nobody) };
    if is_worth_noting(Some(session.seen_at), now) {
        not_vital(state.store.note_session(&digest, now).await);
    }
    Ok(Caller::Known(Principal::user(&session.user)))
}

/// A disk that takes nothing more must not keep anyone from reading.
pub(super) fn not_vital(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::debug!(error = &error as &dyn std::error::Error, "a use could not be noted");
    }
}
