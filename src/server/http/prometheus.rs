//! `GET /metrics`: what Prometheus scrapes. What the series are is in [`crate::server::exposition`].

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::exposition;
use crate::server::exposition::text::{OPENMETRICS, PLAIN, plain, wants_openmetrics};
use crate::server::state::AppState;

/// The project's own series, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "monitoring",
    responses((status = 200, description = "The text format 0.0.4, or OpenMetrics 1.0 for those who accept it", body = String, content_type = "text/plain")),
)]
pub async fn metrics(_: Allowed<Read>, State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let text = exposition::openmetrics(&state).await.map_err(|error| {
        tracing::error!(%error, "what Prometheus is told could not be written");
        Problem::internal()
    })?;
    if wants_openmetrics(accept) {
        Ok(([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response())
    } else {
        Ok(([(header::CONTENT_TYPE, PLAIN)], plain(&text)).into_response())
    }
}
