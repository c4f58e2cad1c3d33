//! `POST /api/v1/files`: the body is the file, of any size up to the file service's own limit, and never in memory.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{feature_key, service};
use crate::domain::field_error::{FieldError, collect};
use crate::domain::file::{Checksum, Metadata};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::domain::unit::Unit;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Ingest;
use crate::server::files::service::{FileError, NewFile};
use crate::server::http::body;
use crate::server::http::extract::Query;
use crate::server::http::problem::Problem;
use crate::server::state::AppState;
use crate::views::file::FileOperationResult;

/// How long the next bytes of a body may be in coming.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes of metadata.
const METADATA_BYTES: usize = 4 << 10;

/// What is said of the file that the body is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// The key of the feature that moves it.
    feature: String,
    /// Its own name, 1 to 255 bytes; not a path.
    name: String,
    /// What the decision sticks to; the file itself when it is not said.
    unit: Option<String>,
    /// A JSON object of at most 4096 bytes, kept with it.
    metadata: Option<String>,
}

/// `POST /api/v1/files`: takes in the body, which is durable when this is answered. `Content-Type` is the file's type; when
/// it is not said, or not known, it is taken from the name. `Content-Digest` (`sha-256`) or `X-Checksum-Sha256` is
/// checked.
#[utoipa::path(
    post,
    path = "/api/v1/files",
    tag = "files",
    params(
        UploadQuery,
        ("Content-Digest" = Option<String>, Header, description = "`sha-256=:…:` (RFC 9530): what the content must be"),
        ("X-Checksum-Sha256" = Option<String>, Header, description = "The same in 64 hexadecimal digits"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "Kept, and durable", body = FileOperationResult)),
)]
pub async fn upload(
    _: Allowed<Ingest>,
    State(state): State<AppState>,
    headers: HeaderMap,
    query: Result<Query<UploadQuery>, Problem>,
    body: Body,
) -> Result<Response, Problem> {
    let checked = query.and_then(|Query(query)| {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let most = service(&state)?.most_bytes();
        if length.is_some_and(|length| length > most) {
            return Err(FileError::TooLarge(most).into());
        }
        new_file(query, &headers)
    });
    let new = match checked {
        Ok(new) => new,
        Err(problem) => {
            body::discard_all(body).await;
            return Err(problem);
        }
    };
    let mut arriving = body.into_data_stream();
    match service(&state)?.upload(new, with_patience(&mut arriving)).await {
        Ok(result) => Ok(created(result)),
        Err(error) => {
            // Who still sends would not get to read the answer.
            body::discard_all(Body::from_stream(arriving)).await;
            Err(error.into())
        }
    }
}

fn created(result: FileOperationResult) -> Response {
    let id = result.file_reference.as_ref().map(|file| file.id.clone()).unwrap_or_default();
    let mut response = (StatusCode::CREATED, Json(result)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/files/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn with_patience(arriving: &mut BodyDataStream) -> impl Stream<Item = Result<Bytes, FileError>> + Send + '_ {
    stream::try_unfold(arriving, |arriving| async move {
        match tokio::time::timeout(PATIENCE, arriving.next()).await {
            Err(_) => Err(FileError::TooSlow),
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => Ok(Some((bytes, arriving))),
            Ok(Some(Err(error))) => Err(FileError::CutOff(deepest(&error))),
        }
    })
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn new_file(query: UploadQuery, headers: &HeaderMap) -> Result<NewFile, Problem> {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("\u{0}"));
    if text(header::CONTENT_ENCODING).is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        return Err(Problem::unsupported_type("a file is taken as it is: send it without Content-Encoding"));
    }
    let mut errors = Vec::new();
    let feature = feature_key(&query.feature).map_err(|error| errors.push(error)).ok();
    let name = collect(&mut errors, "/name", FileName::parse(&query.name));
    let unit = collect(&mut errors, "/unit", query.unit.as_deref().map(Unit::parse).transpose()).flatten();
    let metadata = collect(&mut errors, "/metadata", metadata(query.metadata.as_deref()));
    let said = text(header::CONTENT_TYPE).map(MimeType::parse).transpose();
    let said = collect(&mut errors, "/headers/content-type", said).flatten();
    let announced = announced(headers).map_err(|error| errors.push(error)).ok().flatten();
    match (feature, name, metadata) {
        (Some(feature), Some(name), Some(metadata)) if errors.is_empty() => {
            let mime_type = said.filter(|it| *it != MimeType::unknown()).unwrap_or_else(|| guessed(&name));
            Ok(NewFile { feature, unit, name, mime_type, metadata, announced })
        }
        _ => Err(Problem::invalid(errors)),
    }
}

/// The type that files of such a name usually have.
fn guessed(name: &FileName) -> MimeType {
    let guess = mime_guess::from_path(name.as_str()).first_raw();
    guess.and_then(|it| MimeType::parse(it).ok()).unwrap_or_else(MimeType::unknown)
}

fn metadata(text: Option<&str>) -> Result<Metadata, String> {
    let Some(text) = text else { return Ok(Metadata::new()) };
    if text.len() > METADATA_BYTES {
        return Err(format!("must have at most {METADATA_BYTES} bytes"));
    }
    serde_json::from_str(text).map_err(|error| format!("must be a JSON object: {error}"))
}

/// What the content is announced to be; digests of other kinds than SHA-256 are not looked at.
fn announced(headers: &HeaderMap) -> Result<Option<Checksum>, FieldError> {
    let wrong = |header: &str, detail: &str| FieldError::new(format!("/headers/{header}"), detail);
    let mut found = None;
    if let Some(value) = headers.get("x-checksum-sha256") {
        let parsed = value.to_str().ok().and_then(|text| Checksum::parse(text.trim()).ok());
        found =
            Some(parsed.ok_or_else(|| wrong("x-checksum-sha256", "must be the 64 hexadecimal digits of a SHA-256"))?);
    }
    for value in headers.get_all("content-digest") {
        let malformed = || wrong("content-digest", "must be like sha-256=:…:, with the digest in base64");
        for item in value.to_str().map_err(|_| malformed())?.split(',') {
            let (kind, digest) = item.trim().split_once('=').ok_or_else(malformed)?;
            if kind.eq_ignore_ascii_case("sha-256") {
                let digest = digest.strip_prefix(':').and_then(|it| it.strip_suffix(':')).ok_or_else(malformed)?;
                let digest = STANDARD.decode(digest).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                let digest = Checksum::of_digest(digest.ok_or_else(malformed)?);
                if found.as_ref().is_some_and(|before| *before != digest) {
                    return Err(wrong("content-digest", "contradicts another digest"));
                }
                found = Some(digest);
            }
        }
    }
    Ok(found)
}
