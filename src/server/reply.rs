//! What the panel's pages and server functions need of the request that they answer: the application's state, the status
//! of the answer, and a place to note a failure. Not what is answered: that is in `server_fns`.

use std::net::IpAddr;
use std::sync::atomic::Ordering;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use chrono::{DateTime, Utc};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

use super::access::{Caller, Peer};
use super::ingest::RETRY_AFTER_SECONDS;
use super::state::AppState;
use super::store::StoreError;
use crate::domain::access::{Authority, Denied, Permission, Principal};
use crate::domain::account::Login;
use crate::views::fault::Fault;
use crate::views::session::Session;

/// The state that the router provides to pages and server functions.
pub fn state() -> AppState {
    expect_context()
}

/// Whoever asks, if they may do that. Every server function begins with it, but those for signing in.
pub fn authorize(needs: Permission) -> Result<Principal, Denied> {
    principal()?.with(needs).inspect_err(|denied| set_status(status_of(*denied)))
}

/// Whoever asks.
pub fn principal() -> Result<Principal, Denied> {
    let caller = use_context::<Parts>().map_or(Caller::Nobody, |parts| Caller::of(&parts.extensions));
    caller.principal().inspect_err(|denied| set_status(status_of(*denied)))
}

/// The login of the person who asks, if they may do that. What is for people is not for tokens.
pub fn person(needs: Permission) -> Result<Login, Denied> {
    match authorize(needs)?.authority {
        Authority::User { login, .. } => Ok(login),
        Authority::Token { .. } | Authority::CommandLine | Authority::System => {
            set_status(status_of(Denied::NotForPrograms));
            Err(Denied::NotForPrograms)
        }
    }
}

/// The login of somebody who is to be changed: one that cannot be is nobody's.
pub fn login(text: &str) -> Result<Login, Fault> {
    Login::parse(text).map_err(|_| Fault::NotFound { what: format!("user {text}") })
}

const fn status_of(denied: Denied) -> u16 {
    match denied {
        Denied::NotSignedIn => 401,
        Denied::Forbidden { .. } | Denied::NotForPrograms => 403,
        Denied::Unavailable => 503,
    }
}

/// Whoever is signed in, as pages show it.
pub fn session() -> Option<Session> {
    let principal = Caller::of(&use_context::<Parts>()?.extensions).principal().ok()?;
    let Authority::User { login, role, .. } = &principal.authority else { return None };
    let permissions = Permission::ALL.into_iter().filter(|it| principal.may(*it)).map(Permission::as_str);
    let permissions = permissions.collect::<Vec<_>>().join(" ");
    let firing = use_context::<AppState>().map_or(0, |state| state.firing.load(Ordering::Relaxed));
    Some(Session { login: login.to_string(), role: role.as_str().to_owned(), permissions, firing })
}

/// The last change that a page is certain to show; what comes later is told by the stream.
pub fn last_change() -> Option<i64> {
    use_context::<AppState>()?.events.head()
}

/// As of when decisions are made, while the store does not answer.
pub fn decided_at() -> Option<DateTime<Utc>> {
    let state = use_context::<AppState>()?;
    state.reach.is_away().then(|| state.decisions.known_at()).flatten()
}

/// The address that the request came from, where it came over a network.
pub fn peer() -> Option<IpAddr> {
    use_context::<Parts>()?.extensions.get::<Peer>().map(|peer| peer.0)
}

/// The head of the request.
pub fn headers() -> HeaderMap {
    use_context::<Parts>().map(|parts| parts.headers).unwrap_or_default()
}

/// Has the answer set a cookie.
pub fn set_cookie(cookie: Option<HeaderValue>) {
    if let (Some(cookie), Some(options)) = (cookie, use_context::<ResponseOptions>()) {
        options.append_header(header::SET_COOKIE, cookie);
    }
}

/// Whether the request is of a form that was sent without JavaScript.
pub fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    })
}

/// Sets the status of the answer, unless it is going to be a redirect.
///
/// A form sent without JavaScript is always answered with a redirect: back to the form with the fault in its query, or
/// on to what was made. With any other status a browser would not follow it.
pub fn set_status(code: u16) {
    let (options, status) = (use_context::<ResponseOptions>(), StatusCode::from_u16(code));
    if let (false, Some(options), Ok(status)) = (is_plain_form(), options, status) {
        options.set_status(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            options.insert_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
    }
}

/// Notes that the store failed the panel. People are told no more than that it did.
pub fn log_failure(error: &StoreError) {
    tracing::error!(error = error as &dyn std::error::Error, "the panel could not use the store");
}
