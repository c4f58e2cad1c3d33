//! `GET /api/v1/audit`: the chain, paged as JSON, or whole as NDJSON.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::extract::Query;
use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::audit_filter::AuditFilter;
use crate::server::queries;
use crate::server::state::AppState;
use crate::server::store::{AuditOrder, AuditQuery, AuditRow};
use crate::views::audit::AuditPage;

/// How many events are read at once for NDJSON.
const CHUNK: u32 = 500;

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
        return Ok(lines(state, AuditQuery { order: AuditOrder::OldestFirst, after: None, limit: CHUNK, ..query }));
    }
    let page: AuditPage = queries::audit::page(&state, &query).await?;
    Ok(Json(page).into_response())
}

/// One event as a line: the text that its hash is of, as text, so that anyone can hash it.
pub fn line(row: &AuditRow) -> String {
    let mut line = serde_json::json!({"seq": row.seq, "hash": row.hash, "body": row.body}).to_string();
    line.push('\n');
    line
}

fn lines(state: AppState, query: AuditQuery) -> Response {
    let chunks = stream::try_unfold(Some(query), move |query| {
        let state = state.clone();
        async move {
            let Some(query) = query else { return Ok(None) };
            let rows = state.store.audit_events(&query).await?;
            let next = rows.last().map(|row| AuditQuery { after: Some(row.seq), ..query });
            let text: String = rows.iter().map(line).collect();
            Ok::<_, crate::server::store::StoreError>(next.map(|next| (Bytes::from(text), Some(next))))
        }
    });
    let mut response = Body::from_stream(chunks).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}
