//! Comparison rules over REST: those in force, and new ones.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::{self, Expected, Path, Versioned};
use super::problem::Problem;
use crate::domain::comparison_rules::ComparisonRules;
use crate::domain::field_error::FieldError;
use crate::domain::reason::Reason;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::comparison_rules::{RulesOrder, save};
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::comparison_rules::RulesDocument;

/// The body of `PUT /api/v1/migrations/{slug}/comparison-rules`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    #[schema(value_type = ComparisonRules)]
    rules: Value,
    #[serde(default)]
    reason: String,
}

/// `GET /api/v1/migrations/{slug}/comparison-rules`: the version in force.
#[utoipa::path(
    get,
    path = "/api/v1/migrations/{slug}/comparison-rules",
    tag = "comparisons",
    params(("slug" = String, Path, description = "The migration's slug")),
    responses((status = 200, description = "The version in force; it is the ETag", body = RulesDocument)),
)]
pub async fn rules(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    present(&state, &slug).await
}

/// `PUT /api/v1/migrations/{slug}/comparison-rules`: puts a new version in force for what is compared from now on.
#[utoipa::path(
    put,
    path = "/api/v1/migrations/{slug}/comparison-rules",
    tag = "comparisons",
    params(("slug" = String, Path, description = "The migration's slug"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = RulesBody,
    responses((status = 200, description = "The new version", body = RulesDocument)),
)]
pub async fn save_rules(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<RulesBody>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let rules = ComparisonRules::parse(&body.rules)
        .map_err(|found| {
            let below = |error: FieldError| FieldError::new(format!("/rules{}", error.pointer), error.detail);
            errors.extend(found.into_iter().map(below));
        })
        .ok();
    let reason = Reason::parse(&body.reason).map_err(|error| errors.push(FieldError::new("/reason", error))).ok();
    let (Some(rules), Some(reason)) = (rules, reason) else { return Err(Problem::invalid(errors)) };
    let order = RulesOrder { migration: orders::slug(&slug)?, seen, rules, author: allowed.principal.author(), reason };
    save(&state, order).await?;
    present(&state, &slug).await
}

async fn present(state: &AppState, slug: &str) -> Result<Response, Problem> {
    let found = queries::comparison_rules::document(state, &orders::slug(slug)?).await?;
    found
        .map(|document| Versioned(document.version, document).into_response())
        .ok_or_else(|| Problem::not_found(format!("there is no migration {slug:?}")))
}
