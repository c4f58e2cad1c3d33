//! `GET /api/v1/audit`: the chain, paged as JSON, or whole as NDJSON.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt as _;

use super::extract::Query;
use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::audit_chain;
use crate::server::audit_filter::AuditFilter;
use crate::server::queries;
use crate::server::state::AppState;
use crate::server::store::AuditQuery;
use crate::views::audit::AuditPage;

/// A page of the chain, newest first; with `Accept: application/x-ndjson` all of it, oldest first, each line an event as
/// it was recorded with its hash.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    params(AuditFilter),
    responses((status = 200, description = "A page of the chain, newest first; with `Accept: application/x-ndjson` the whole chain, oldest first", body = AuditPage)),
)]
pub async fn audit(
    _: Allowed<Read>,
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(filter): Query<AuditFilter>,
) -> Result<Response, Problem> {
    let query = filter.parse().map_err(Problem::invalid)?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/x-ndjson") {
        return Ok(lines(state, query));
    }
    let page: AuditPage = queries::audit::page(&state, &query).await?;
    Ok(Json(page).into_response())
}

fn lines(state: AppState, query: AuditQuery) -> Response {
    let chunks = audit_chain::chunks(state, query);
    let mut response = Body::from_stream(chunks.map_ok(|rows| Bytes::from(audit_chain::text(&rows)))).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}
