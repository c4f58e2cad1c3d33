//! Who asks for flags: programs, and pages of other origins, with a token that may evaluate. Never by a cookie.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};

use super::refused::Refused;
use crate::domain::access::{Authority, Denied, Permission, Principal};
use crate::domain::token::TokenId;
use crate::server::access::authenticate::bearer;
use crate::server::access::known_tokens::holder;
use crate::server::http::body;
use crate::server::http::problem::Problem;
use crate::server::state::AppState;

/// The protocol's other way to send a token.
pub(super) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The body of a request of somebody who may ask, and who it is; whoever may not is told so once the body has come.
pub(super) async fn allowed(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Body, Arc<Principal>), Refused> {
    match who(state, headers).await {
        Ok(principal) => Ok((body, principal)),
        Err(problem) => {
            body::discard_all(body).await;
            Err(problem.into())
        }
    }
}

/// Who asks, if they may.
pub(super) async fn who(state: &AppState, headers: &HeaderMap) -> Result<Arc<Principal>, Problem> {
    let token = match (headers.get(header::AUTHORIZATION), headers.get(API_KEY)) {
        (Some(authorization), _) => bearer(authorization.to_str().unwrap_or_default()),
        (None, Some(key)) => key.to_str().ok(),
        (None, None) => return Err(Denied::NotSignedIn.into()),
    };
    let holder = match token {
        Some(token) => holder(state, token.trim()).await?,
        None => None,
    };
    let wrong = || Problem::unauthorized("the token is unknown, revoked or expired, or its owner is disabled");
    may_evaluate(holder.ok_or_else(wrong)?)
}

/// `principal`, if they may ask.
pub(super) fn may_evaluate(principal: Arc<Principal>) -> Result<Arc<Principal>, Problem> {
    let needs = Permission::Evaluate;
    if principal.may(needs) { Ok(principal) } else { Err(Denied::Forbidden { needs }.into()) }
}

/// The token by which somebody may do what they may.
pub(super) fn token_id(principal: &Principal) -> Option<TokenId> {
    match principal.authority {
        Authority::Token { id, .. } => Some(id),
        Authority::User { .. } | Authority::CommandLine | Authority::System => None,
    }
}
