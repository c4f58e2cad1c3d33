//! The way to the panel's pages: who is not signed in is led to sign in first, and back.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Caller;
use super::authenticate::refusal;
use crate::domain::access::{Authority, Denied, Permission};
use crate::server::http::problem::Problem;
use crate::views::next;

/// Where people sign in.
pub const LOG_IN: &str = "/login";

/// Pages that are for everybody.
const OPEN: [&str; 2] = [LOG_IN, "/set-up"];

/// Lets a request through to its page, or leads it elsewhere.
pub async fn guard(request: Request, next: Next) -> Response {
    let caller = Caller::of(request.extensions());
    let path = request.uri().path();
    let may = caller.clone().principal().and_then(|principal| principal.with(Permission::Read));
    match (may, OPEN.contains(&path)) {
        (Ok(principal), true) if path == LOG_IN && matches!(principal.authority, Authority::User { .. }) => {
            see_other(&next::wanted(request.uri().query().unwrap_or_default()))
        }
        (_, true) | (Ok(_) | Err(Denied::Unavailable), _) => next.run(request).await,
        // A form that was sent too late must not be lost: its page keeps what was typed.
        (Err(Denied::NotSignedIn), false) if request.method() == Method::POST => next.run(request).await,
        (Err(Denied::NotSignedIn), false) if !matches!(caller, Caller::WrongToken) => {
            let wanted = request.uri().path_and_query().map_or("/", |it| it.as_str());
            see_other(&next::log_in(LOG_IN, wanted))
        }
        (Err(denied), false) => refusal(&caller, denied).into_response(),
    }
}

fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}
