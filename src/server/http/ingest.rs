//! `POST /api/v1/observations` and `/comparisons`.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::body;
use super::problem::Problem;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Ingest;
use crate::server::ingest::comparison_wire::ComparisonWire;
use crate::server::ingest::items::{self, Format};
use crate::server::ingest::wire::{Context, ObservationWire, Wire};
use crate::server::state::AppState;
use crate::server::store::{Answer, Batch, BatchKey, Digest, Receipt};

/// Told apart from a first answer by this header.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The most bytes of an `Idempotency-Key`.
const MAX_KEY_BYTES: usize = 255;

/// Takes in observations.
#[utoipa::path(
    post,
    path = "/api/v1/observations",
    tag = "ingest",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within 24 hours it gets the first answer again and counts once")),
    request_body = Vec<ObservationWire>,
    responses((status = 202, description = "Counted, and durable", body = Answer)),
)]
pub async fn observations(
    _: Allowed<Ingest>,
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    ingest(&state, &headers, body, By::NoRules, |body, format, context| {
        batch_of::<ObservationWire<'_>>(body, format, context)
    })
    .await
}

/// Takes in comparisons.
#[utoipa::path(
    post,
    path = "/api/v1/comparisons",
    tag = "ingest",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within 24 hours it gets the first answer again and counts once")),
    request_body = Vec<ComparisonWire>,
    responses((status = 202, description = "Counted, and durable", body = Answer)),
)]
pub async fn comparisons(
    _: Allowed<Ingest>,
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    ingest(&state, &headers, body, By::TheRules, |body, format, context| {
        batch_of::<ComparisonWire<'_>>(body, format, context)
    })
    .await
}

fn batch_of<'a, T: Wire + Deserialize<'a>>(
    body: &'a [u8],
    format: Format,
    context: &Context,
) -> Result<(Batch, &'static str), Problem> {
    Ok((items::batch(items::parse::<T>(body, format)?, context), T::KIND))
}

/// What items are checked by.
#[derive(Clone, Copy)]
enum By {
    NoRules,
    /// The comparison rules in force.
    TheRules,
}

async fn ingest(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
    by: By,
    batch_of: impl FnOnce(&[u8], Format, &Context) -> Result<(Batch, &'static str), Problem>,
) -> Result<Response, Problem> {
    let mut share = state.ingest.budget.share();
    let body = body::read(headers, body, body::MAX_BATCH_BYTES, &mut share).await?;
    let key = idempotency_key(headers)?;
    let context = Context::new(&state.store.features().await?, state.clock.now()).keeping(state.retention);
    let context = match by {
        By::NoRules => context,
        By::TheRules => context.with_rules(state.store.rules_in_force().await?),
    };
    let (mut batch, kind) = batch_of(&body, format(headers), &context)?;
    batch.key = key.map(|key| BatchKey {
        digest: Digest::of(&[kind.as_bytes(), key.as_bytes()]),
        fingerprint: Digest::of(&[&body]),
    });
    drop(body);
    match state.ingest.submit(batch, share).await? {
        Receipt::Stored(answer) => Ok((StatusCode::ACCEPTED, Json(answer)).into_response()),
        Receipt::Repeated(answer) => {
            let replayed = [(REPLAYED, HeaderValue::from_static("true"))];
            Ok((StatusCode::ACCEPTED, replayed, Json(answer)).into_response())
        }
        Receipt::KeyReused => Err(Problem::key_reused()),
    }
}

fn format(headers: &HeaderMap) -> Format {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
            Format::Ndjson
        }
        _ => Format::Json,
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::bad_request(format!("Idempotency-Key must have 1 to {MAX_KEY_BYTES} visible characters"))),
    }
}
