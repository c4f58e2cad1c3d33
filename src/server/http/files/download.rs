//! `GET /api/v1/files/{id}/content`: the bytes of a file, checked on their way. A body that is not what it should be ends
//! before its end.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{UnitQuery, disposition, file_id, service};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::files::service::Download;
use crate::server::http::extract::{Path, Query};
use crate::server::http::problem::Problem;
use crate::server::state::AppState;

/// Which side it came from.
const SIDE: HeaderName = HeaderName::from_static("x-crossfade-path");

/// What is sent is as it was stored: packing it would cost more than it saves, and hide its length.
#[derive(Clone, Copy, Debug)]
pub(in crate::server::http) struct AsItIs;

/// `GET /api/v1/files/{id}/content`: the file itself, from the side that was decided on or, when that one cannot, from the
/// other; `X-Crossfade-Path` says which. A body that breaks off was not what it should be.
#[utoipa::path(
    get,
    path = "/api/v1/files/{id}/content",
    tag = "files",
    params(("id" = String, Path, description = "A UUID"), UnitQuery),
    responses((status = 200, description = "The bytes, with their `Repr-Digest`", body = Vec<u8>, content_type = "application/octet-stream")),
)]
pub async fn content(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<UnitQuery>,
) -> Result<Response, Problem> {
    let unit = query.unit()?;
    let Download { file, side, bytes } = service(&state)?.download(&file_id(&id)?, unit.as_ref()).await?;
    let mut response = Response::new(Body::from_stream(bytes));
    response.extensions_mut().insert(AsItIs);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, file.size.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    headers.insert(header::CONTENT_DISPOSITION, disposition::of(&file.original_name, &file.mime_type));
    headers.insert(SIDE, HeaderValue::from_static(side.as_str()));
    if let Ok(mime_type) = HeaderValue::from_str(file.mime_type.as_str()) {
        headers.insert(header::CONTENT_TYPE, mime_type);
    }
    if let Some(sha256) = &file.sha256 {
        let digest = format!("sha-256=:{}:", STANDARD.encode(sha256.to_digest()));
        for (name, text) in [
            (header::ETAG, format!("\"{sha256}\"")),
            (HeaderName::from_static("repr-digest"), digest),
            (HeaderName::from_static("x-checksum-sha256"), sha256.to_string()),
        ] {
            headers.extend(HeaderValue::from_str(&text).map(|value| (name, value)));
        }
    }
    Ok(response)
}
