//! Changing features over REST: percentage, advance, switch, restart; and their history.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::catalog::unknown_feature;
use super::extract::{self, Expected, Path, Query, Versioned};
use super::problem::Problem;
use crate::domain::feature::Switch;
use crate::domain::field_error::FieldError;
use crate::domain::percentage::Percentage;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::CommandError;
use crate::server::commands::rollout;
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::catalog::FeatureDocument;
use crate::views::feature::HistoryPage;

/// The body of `PUT …/percentage`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PercentageBody {
    /// 0 to 100, at most two decimals.
    percentage: f64,
    #[serde(default)]
    reason: String,
}

/// The body of `POST …/advance`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceBody {
    #[serde(default)]
    reason: String,
    /// Go past what is unmet; for admins.
    #[serde(default, rename = "override")]
    override_gate: bool,
}

/// The body of `PATCH /api/v1/features/{key}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeaturePatch {
    enabled: bool,
    #[serde(default)]
    reason: String,
}

/// The body of what needs no more than a reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    #[serde(default)]
    reason: String,
}

/// Which page of a history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Only changes before the one with this number.
    before: Option<i64>,
    /// How many, 1 to 1000; 100 when it is not said.
    limit: Option<u32>,
}

/// `PUT /api/v1/features/{key}/percentage`.
#[utoipa::path(
    put,
    path = "/api/v1/features/{key}/percentage",
    tag = "rollout",
    params(("key" = String, Path, description = "The feature's key"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = PercentageBody,
    responses((status = 200, description = "The feature as it is now", body = FeatureDocument)),
)]
pub async fn set_percentage(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<PercentageBody>,
) -> Result<Response, Problem> {
    let order = orders::feature(&key, seen, &body.reason, &allowed.principal);
    let wanted = Percentage::from_percent(body.percentage);
    let (order, wanted) = match (order, wanted) {
        (Ok(order), Ok(wanted)) => (order, wanted),
        (Err(CommandError::Invalid(mut errors)), Err(error)) => {
            errors.insert(0, FieldError::new("/percentage", error));
            return Err(Problem::invalid(errors));
        }
        (Err(error), _) => return Err(error.into()),
        (Ok(_), Err(error)) => return Err(Problem::invalid(vec![FieldError::new("/percentage", error)])),
    };
    rollout::set_percentage(&state, order, wanted).await?;
    present(&state, &key).await
}

/// `POST /api/v1/features/{key}/advance`.
#[utoipa::path(
    post,
    path = "/api/v1/features/{key}/advance",
    tag = "rollout",
    params(("key" = String, Path, description = "The feature's key"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = AdvanceBody,
    responses((status = 200, description = "The feature as it is now", body = FeatureDocument)),
)]
pub async fn advance(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<AdvanceBody>,
) -> Result<Response, Problem> {
    let passage = orders::passage(body.override_gate, &allowed.principal)?;
    let order = orders::feature(&key, seen, &body.reason, &allowed.principal)?;
    rollout::advance(&state, order, passage).await?;
    present(&state, &key).await
}

/// `PATCH /api/v1/features/{key}`.
#[utoipa::path(
    patch,
    path = "/api/v1/features/{key}",
    tag = "features",
    params(("key" = String, Path, description = "The feature's key"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = FeaturePatch,
    responses((status = 200, description = "The feature as it is now", body = FeatureDocument)),
)]
pub async fn set_enabled(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<FeaturePatch>,
) -> Result<Response, Problem> {
    let reason = or_not_given(&body.reason);
    let order = orders::feature(&key, seen, reason, &allowed.principal)?;
    rollout::set_enabled(&state, order, Switch::from_bool(body.enabled)).await?;
    present(&state, &key).await
}

/// `POST /api/v1/features/{key}/restart-stage`.
#[utoipa::path(
    post,
    path = "/api/v1/features/{key}/restart-stage",
    tag = "rollout",
    params(("key" = String, Path, description = "The feature's key"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = ReasonBody,
    responses((status = 200, description = "The feature as it is now", body = FeatureDocument)),
)]
pub async fn restart_stage(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<ReasonBody>,
) -> Result<Response, Problem> {
    let order = orders::feature(&key, seen, &body.reason, &allowed.principal)?;
    rollout::restart_stage(&state, order).await?;
    present(&state, &key).await
}

/// `GET /api/v1/features/{key}/history`.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/history",
    tag = "rollout",
    params(("key" = String, Path, description = "The feature's key"), HistoryQuery),
    responses((status = 200, description = "Rollout changes, newest first", body = HistoryPage)),
)]
pub async fn history(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<HistoryPage>, Problem> {
    let known = super::catalog::feature_key(&key)?;
    let limit = query.limit.unwrap_or(100);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::invalid(vec![FieldError::new("/limit", "must be from 1 to 1000")]));
    }
    let page = queries::feature::history_page(&state, &known, query.before, limit).await?;
    page.map(Json).ok_or_else(|| unknown_feature(&key))
}

/// The reason of a switch that was thrown without one.
pub(super) fn or_not_given(reason: &str) -> &str {
    if reason.trim().is_empty() { "no reason given" } else { reason }
}

/// The feature as it is now.
pub(super) async fn present(state: &AppState, key: &str) -> Result<Response, Problem> {
    let document: FeatureDocument = queries::catalog::feature(state, &super::catalog::feature_key(key)?)
        .await?
        .ok_or_else(|| unknown_feature(key))?;
    Ok(Versioned(document.version, document).into_response())
}
