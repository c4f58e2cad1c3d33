//! Gates and sign-offs over REST.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::catalog::{feature_key, unknown_feature};
use super::extract::{self, Expected, Path};
use super::problem::Problem;
use crate::domain::sign_off::{SignOffId, Tool};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Read, SignOff};
use crate::server::commands::sign_off::{SignOffOrder, sign_off};
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::gate::{GateDocument, SignOffDocument, SignOffRow};

/// The body of `POST …/sign-offs`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOffBody {
    /// `approved` or `rejected`.
    decision: String,
    /// Needed for a rejection.
    #[serde(default)]
    comment: String,
    /// The tool that reviewed; its sign-off counts as a tool's, never as a manager's.
    #[serde(default)]
    tool: Option<Tool>,
}

/// `GET /api/v1/features/{key}/gate`.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/gate",
    tag = "gate",
    params(("key" = String, Path, description = "The feature's key")),
    responses((status = 200, description = "The gate of the present stage, judged now", body = GateDocument)),
)]
pub async fn gate(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Json<GateDocument>, Problem> {
    let known = feature_key(&key)?;
    if let Some(document) = queries::gate::document(&state, &known).await? {
        return Ok(Json(document));
    }
    match state.store.feature(&known).await? {
        Some((_, feature)) if feature.is_complete() => Err(Problem::not_found("a complete feature has no gate")),
        Some((_, feature)) => Err(Problem::not_found(format!("the policy has no stage {:?}", feature.stage))),
        None => Err(unknown_feature(&key)),
    }
}

/// `GET /api/v1/features/{key}/sign-offs`: newest first.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/sign-offs",
    tag = "gate",
    params(("key" = String, Path, description = "The feature's key")),
    responses((status = 200, description = "All sign-offs, newest first", body = Vec<SignOffRow>)),
)]
pub async fn sign_offs(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Json<Vec<SignOffRow>>, Problem> {
    let rows = queries::gate::sign_offs(&state, &feature_key(&key)?).await?;
    rows.map(Json).ok_or_else(|| unknown_feature(&key))
}

/// `GET /api/v1/sign-offs/{id}`: with what the reviewer saw.
#[utoipa::path(
    get,
    path = "/api/v1/sign-offs/{id}",
    tag = "gate",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The sign-off with what the reviewer saw", body = SignOffDocument)),
)]
pub async fn sign_off_seen(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<SignOffDocument>, Problem> {
    let found = queries::gate::sign_off(&state, &SignOffId(id.clone())).await?;
    found.map(Json).ok_or_else(|| Problem::not_found(format!("there is no sign-off {id:?}")))
}

/// `POST /api/v1/features/{key}/sign-offs`.
#[utoipa::path(
    post,
    path = "/api/v1/features/{key}/sign-offs",
    tag = "gate",
    params(("key" = String, Path, description = "The feature's key"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = SignOffBody,
    responses((status = 201, description = "Recorded", body = SignOffDocument)),
)]
pub async fn give_sign_off(
    allowed: Allowed<SignOff>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<SignOffBody>,
) -> Result<Response, Problem> {
    let order = SignOffOrder {
        key: feature_key(&key)?,
        seen,
        evidence: None,
        author: allowed.principal.author(),
        capacity: orders::capacity(&allowed.principal),
        review: orders::review(&body.decision, &body.comment, body.tool)?,
    };
    let given = sign_off(&state, order).await?;
    let document = queries::gate::sign_off(&state, &given.id).await?.ok_or_else(Problem::internal)?;
    let mut response = (StatusCode::CREATED, Json(document)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/sign-offs/{}", given.id.0)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
