//! The `OpenFeature` Remote Evaluation Protocol 0.3: which path to take, for stock `OpenFeature` clients. Flag `kimi` is
//! whether the feature `kimi` takes the candidate, flag `kimi.shadow` whether the other side is run too.
//!
//! Cookies count for nothing here, so pages of other origins may ask, where they are allowed to. Clients read these
//! answers closely: errors have a form of their own, in [`refused`].

mod answer;
mod caller;
mod question;
mod refused;
pub(super) mod stream;

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use chrono::{DateTime, Utc};
use tower_http::cors::CorsLayer;

pub use self::answer::{AllFlags, EventStream, FlagAnswer};
use self::caller::{allowed, token_id};
use self::question::Question;
pub use self::refused::{Failure, Refused};
use super::problem::Problem;
use super::routes;
use crate::domain::unit::Unit;
use crate::server::access::ticket;
use crate::server::decisions::{Catalog, Entry};
use crate::server::state::AppState;

/// What follows a feature's key in the name of the flag that tells of its shadow.
const SHADOW: &str = ".shadow";

/// Where single flags are.
const FLAGS: &str = "/ofrep/v1/evaluate/flags/";

/// What else is below `/ofrep`.
const NO_FLAGS: [&str; 3] = ["/ofrep", "/ofrep/", "/ofrep/{*rest}"];

/// How long a browser may keep what it was told of origins.
const CORS_MAX_AGE: Duration = Duration::from_hours(1);

/// Everything of the protocol; pages of `origins` may ask as well as programs.
pub(super) fn router(origins: &[HeaderValue]) -> Router<AppState> {
    // Not nested: that would take every address apart and put it together again.
    let routes = NO_FLAGS
        .into_iter()
        .fold(routes::whole("/ofrep"), |router, path| router.route(path, any(no_flag)))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() });
    if origins.is_empty() {
        return routes;
    }
    let cors = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_NONE_MATCH, caller::API_KEY])
        .expose_headers([header::ETAG, header::RETRY_AFTER])
        .max_age(CORS_MAX_AGE);
    routes.layer(cors)
}

/// Evaluates one flag: `kimi`, or `kimi.shadow` for whether the other side is run too.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags/{key}",
    tag = "ofrep",
    params(("key" = String, Path, description = "A feature's key, or that and `.shadow`")),
    request_body = Question,
    responses(
        (status = 200, description = "The flag's value", body = FlagAnswer),
        (status = 400, description = "No context, or none with a targeting key where one is needed", body = Failure),
        (status = 404, description = "No such flag", body = Failure),
    ),
)]
pub async fn evaluate(
    State(state): State<AppState>,
    key: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let (head, body) = request.into_parts();
    // A key that is no text is told as it stands in the address.
    let key = key.map_or_else(|_| raw_key(head.uri.path()), |Path(key)| key);
    let evaluated = async {
        let (body, _) = allowed(&state, &head.headers, body).await?;
        let unit = question::read(&state, &head.headers, body).await?;
        let catalog = state.decisions.catalog().await?;
        let flag = Flag::find(&catalog, &key).ok_or_else(|| Refused::no_flag(&key))?;
        flag.evaluate(unit.as_ref(), state.clock.now())
    };
    evaluated.await.map(|answer| answer::json(&answer)).map_err(|refused: Refused| refused.about(key))
}

/// Evaluates every flag. The answer's `ETag` is of what it holds, so that asking again with `If-None-Match` costs little.
#[utoipa::path(
    post,
    path = "/ofrep/v1/evaluate/flags",
    tag = "ofrep",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of an earlier answer")),
    request_body = Question,
    responses(
        (status = 200, description = "Every flag's value, or why it has none", body = AllFlags),
        (status = 304, description = "As in the answer with this `ETag`"),
        (status = 400, description = "No context", body = Failure),
    ),
)]
pub async fn evaluate_all(State(state): State<AppState>, request: Request) -> Result<Response, Refused> {
    let (Parts { headers, .. }, body) = request.into_parts();
    let (body, principal) = allowed(&state, &headers, body).await?;
    let unit = question::read(&state, &headers, body).await?;
    let catalog = state.decisions.catalog().await?;
    // Before the flags are evaluated: when it changes meanwhile, the stream tells so at once.
    let config = state.decisions.watch().borrow().clone();
    let now = state.clock.now();
    let flags = catalog.entries().iter().flat_map(|entry| [Flag::Path(entry), Flag::Shadow(entry)]);
    let mut all = AllFlags::new(flags.map(|flag| flag.evaluate_or_tell(unit.as_ref(), now)).collect());
    // Without a stream clients fall back to asking now and then.
    let ticket = match token_id(&principal) {
        Some(token) => ticket::make(&state, token).await.ok(),
        None => None,
    };
    // The ticket counts as well: a client whose ticket is over must not be told that all is as it was.
    let etag = all.etag(ticket.as_deref());
    if is_known(&headers, &etag) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &etag));
    }
    all.event_streams.extend(ticket.map(|ticket| EventStream::new(&ticket, &config.etag)));
    Ok(tagged(answer::json(&all), &etag))
}

/// Addresses below `/ofrep` that are nothing: mostly flags whose keys have a slash.
async fn no_flag(uri: Uri) -> Refused {
    let key = raw_key(uri.path());
    Refused::no_flag(&key).about(key)
}

fn raw_key(path: &str) -> String {
    path.strip_prefix(FLAGS).unwrap_or(path).to_owned()
}

/// Whether `If-None-Match` names `etag`.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn tagged(mut response: Response, etag: &str) -> Response {
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// What a client may ask.
#[derive(Clone, Copy)]
enum Flag<'a> {
    /// Whether the candidate is taken.
    Path(&'a Entry),
    /// Whether the other side is run too.
    Shadow(&'a Entry),
}

impl<'a> Flag<'a> {
    fn find(catalog: &'a Catalog, key: &str) -> Option<Self> {
        match key.strip_suffix(SHADOW) {
            Some(feature) => catalog.entry(feature).map(Self::Shadow),
            None => catalog.entry(key).map(Self::Path),
        }
    }

    fn key(self) -> String {
        match self {
            Self::Path(entry) => entry.feature.key.as_str().to_owned(),
            Self::Shadow(entry) => format!("{}{SHADOW}", entry.feature.key),
        }
    }

    fn evaluate(self, unit: Option<&Unit>, now: DateTime<Utc>) -> Result<FlagAnswer, Refused> {
        Ok(match self {
            Self::Path(entry) => FlagAnswer::path(self.key(), entry.decide(unit, now)?),
            Self::Shadow(entry) => FlagAnswer::shadow(self.key(), entry.decide_shadow(unit)?, &entry.feature.stage),
        })
    }

    /// Its value, or in its place why it has none: one flag must not keep the others from being told.
    fn evaluate_or_tell(self, unit: Option<&Unit>, now: DateTime<Utc>) -> answer::OneOfAll {
        match self.evaluate(unit, now) {
            Ok(answer) => answer::OneOfAll::Value(answer),
            Err(refused) => answer::OneOfAll::Failure(refused.about(self.key()).into_failure()),
        }
    }
}
