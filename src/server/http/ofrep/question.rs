//! What clients ask with: an evaluation context, of which only the targeting key counts.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::refused::Refused;
use crate::domain::unit::Unit;
use crate::server::http::body;
use crate::server::state::AppState;

/// The most bytes of a question: contexts may have much in them that is of no use here.
const MAX_BYTES: usize = 64 << 10;

/// The body of a question.
#[derive(Deserialize, ToSchema)]
#[schema(as = OfrepQuestion)]
pub(super) struct Question<'a> {
    #[serde(borrow, default)]
    #[schema(value_type = Option<Context>)]
    context: Option<&'a RawValue>,
}

/// An evaluation context; what else is in it is passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = OfrepContext)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    /// The unit that decisions stick to.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    targeting_key: Option<Cow<'a, str>>,
}

/// The unit that is asked for; `None` where none is named.
pub(super) async fn read(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Option<Unit>, Refused> {
    let mut share = state.ingest.budget.share();
    let body = body::read(headers, body, MAX_BYTES, &mut share).await?;
    parse(&body)
}

fn parse(body: &[u8]) -> Result<Option<Unit>, Refused> {
    if !is_object(body) {
        return Err(Refused::unreadable("not a JSON object"));
    }
    let question: Question = serde_json::from_slice(body).map_err(Refused::unreadable)?;
    let Some(context) = question.context else { return Ok(None) };
    if !is_object(context.get().as_bytes()) {
        return Err(Refused::no_context("the context must be an object"));
    }
    let context: Context = serde_json::from_str(context.get()).map_err(Refused::no_context)?;
    // Some clients send an empty key where they have none.
    match context.targeting_key.filter(|key| !key.is_empty()) {
        Some(key) => Unit::parse(&key).map(Some).map_err(|error| Refused::no_context(format!("targetingKey: {error}"))),
        None => Ok(None),
    }
}

/// A list would do for serde, each of its items a field.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().starts_with(b"{")
}
