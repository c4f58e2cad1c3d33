//! The router: which address is answered by what. One file per protocol; errors become responses in [`problem`].

mod alerts;
mod assets;
mod audit;
pub mod body;
mod catalog;
mod charts;
mod comparison_rules;
mod discrepancies;
mod events;
mod evidence;
mod extract;
mod files;
mod form;
mod gate;
mod hand_over;
mod health;
mod in_time;
mod ingest;
mod metrics;
mod notifications;
mod ofrep;
pub mod openapi;
mod otlp;
pub mod page_routes;
mod panel;
mod plain_pages;
mod policies;
pub mod problem;
mod prometheus;
mod rollbacks;
mod rollout;
pub mod routes;
mod runbook;
pub mod serve;
mod status;
mod under_way;

use std::path::PathBuf;

use axum::Router;
use axum::http::{Extensions, HeaderMap, HeaderName, StatusCode, Version};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use self::problem::Problem;
use super::access::{authenticate, csrf, headers};
use super::state::AppState;

/// Where metrics are collected, in no folder of their own, since collectors expect it there.
const METRICS: &str = "/metrics";

/// Where metrics of OpenTelemetry come in, likewise.
const OTLP: &str = "/v1/metrics";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Everything that is served: the API, the panel, and the files in `site_root` that the browser loads.
pub fn router(state: AppState, site_root: PathBuf) -> Router {
    let for_somebody = Router::new()
        .merge(for_programs("/monitoring", routes::below("/monitoring")))
        .merge(for_programs("/charts", routes::below("/charts")))
        .merge(for_programs("/api", for_programs("/v1", routes::below("/api/v1"))))
        .merge(routes::only(METRICS))
        .merge(openapi::page())
        .layer(from_fn_with_state(state.clone(), authenticate::demand));
    // Whoever is refused there is told so by the handler, in the words of its protocol.
    let otlp = routes::only(OTLP).layer(from_fn_with_state(state.clone(), authenticate::note));
    let api = routes::outside(&["/monitoring", "/charts", "/api/v1", "/ofrep"], &[METRICS, OTLP])
        .merge(for_somebody)
        .merge(otlp)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .with_state(state.clone());
    let layers = ServiceBuilder::new()
        .map_response(headers::add)
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(()).on_failure(()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_to_be_packed)));
    let few_layers =
        ServiceBuilder::new().map_response(headers::add_for_programs).layer(CatchPanicLayer::custom(panicked));
    let flags = ofrep::router(&state.ofrep_origins).with_state(state.clone()).layer(few_layers);
    let everything = api.merge(panel::router(state, site_root)).layer(from_fn(csrf::protect));
    // Flags are asked for by every call of somebody's program, so they pass nothing that they have no use for: their
    // answers are too short to pack, nothing of them is logged, and no cookie is looked at.
    everything.layer(layers).merge(flags)
}

/// `routes` below `prefix`, for programs: what is not there is told in their way, and not by a page.
fn for_programs(prefix: &str, routes: Router<AppState>) -> Router<AppState> {
    let nothing_here = || async { Problem::nothing_here() };
    Router::new().nest(prefix, routes.fallback(nothing_here)).route(&format!("{prefix}/"), any(nothing_here))
}

/// Whether an answer may be packed, as far as it says itself.
fn is_to_be_packed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<files::download::AsItIs>().is_none()
}

fn span(request: &axum::extract::Request) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    tracing::error!(panic = message.unwrap_or("unknown"), "a handler panicked");
    Problem::internal().into_response()
}
