//! What the panel's pages and server functions need of the request that they answer: the application's state, the status
//! of the answer, and a place to note a failure. Not what is answered: that is in `server_fns`.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;

use super::commands::CommandError;
use super::state::AppState;
use super::store::StoreError;
use crate::server_fns::error::PanelError;

/// The state that the router provides to pages and server functions.
pub fn state() -> AppState {
    expect_context()
}

/// Sets the status of the answer, unless it is going to be a redirect.
///
/// A form sent without JavaScript is always answered with a redirect: back to the form with the fault in its query, or
/// on to what was made. With any other status a browser would not follow it.
pub fn set_status(code: u16) {
    let is_form = use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    });
    if let (false, Some(options), Ok(status)) = (is_form, use_context::<ResponseOptions>(), StatusCode::from_u16(code))
    {
        options.set_status(status);
    }
}

/// Notes that the store failed the panel. People are told no more than that it did.
pub fn log_failure(error: &StoreError) {
    tracing::error!(error = error as &dyn std::error::Error, "the panel could not use the store");
}

/// What a command's failure is to the panel: `given` is what a form had, and `names` the field that names what exists.
pub fn told(error: CommandError, given: BTreeMap<String, String>, names: &str) -> PanelError {
    match error {
        CommandError::Exists { what } => PanelError::Conflict { what, field: names.to_owned(), given },
        CommandError::NotFound { what } => PanelError::NotFound { what },
        CommandError::Invalid(errors) => PanelError::Invalid { errors, given },
        CommandError::Refused(refusals) => {
            PanelError::Refused { refusals: refusals.iter().map(ToString::to_string).collect(), given }
        }
        CommandError::Stale { what, changes, .. } => PanelError::Stale { what, changes, given },
        CommandError::Store(error) => {
            log_failure(&error);
            PanelError::Unavailable { given }
        }
    }
}
