//! Policies over REST: a migration's versions, and a new one.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{self, Expected, Path, Versioned};
use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::policy::{PolicyOrder, save};
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::policy::PolicyDocument;

/// The body of `PUT /api/v1/migrations/{slug}/policy`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    #[schema(value_type = Policy)]
    policy: Value,
    #[serde(default)]
    reason: String,
}

/// `GET /api/v1/migrations/{slug}/policy`: the version in force.
#[utoipa::path(
    get,
    path = "/api/v1/migrations/{slug}/policy",
    tag = "policies",
    params(("slug" = String, Path, description = "The migration's slug")),
    responses((status = 200, description = "The version in force; it is the ETag", body = PolicyDocument)),
)]
pub async fn policy(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    present(&state, &slug).await
}

/// `GET /api/v1/migrations/{slug}/policies`: all versions, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/migrations/{slug}/policies",
    tag = "policies",
    params(("slug" = String, Path, description = "The migration's slug")),
    responses((status = 200, description = "All versions, newest first", body = Vec<PolicyDocument>)),
)]
pub async fn policies(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Json<Vec<PolicyDocument>>, Problem> {
    let versions = queries::policy::versions(&state, &orders::slug(&slug)?).await?;
    versions.map(Json).ok_or_else(|| unknown(&slug))
}

/// `PUT /api/v1/migrations/{slug}/policy`: puts a new version in force.
#[utoipa::path(
    put,
    path = "/api/v1/migrations/{slug}/policy",
    tag = "policies",
    params(("slug" = String, Path, description = "The migration's slug"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = PolicyBody,
    responses((status = 200, description = "The new version", body = PolicyDocument)),
)]
pub async fn save_policy(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<PolicyBody>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let policy = Policy::parse(&body.policy)
        .map_err(|found| {
            let below = |error: FieldError| FieldError::new(format!("/policy{}", error.pointer), error.detail);
            errors.extend(found.into_iter().map(below));
        })
        .ok();
    let reason = Reason::parse(&body.reason).map_err(|error| errors.push(FieldError::new("/reason", error))).ok();
    let (Some(policy), Some(reason)) = (policy, reason) else { return Err(Problem::invalid(errors)) };
    let order =
        PolicyOrder { migration: orders::slug(&slug)?, seen, policy, author: allowed.principal.author(), reason };
    save(&state, order).await?;
    present(&state, &slug).await
}

async fn present(state: &AppState, slug: &str) -> Result<Response, Problem> {
    let found = queries::policy::document(state, &orders::slug(slug)?, None).await?;
    found.map(|document| Versioned(document.version, document).into_response()).ok_or_else(|| unknown(slug))
}

fn unknown(slug: &str) -> Problem {
    Problem::not_found(format!("there is no migration {slug:?}"))
}
