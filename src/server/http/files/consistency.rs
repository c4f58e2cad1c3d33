//! `/api/v1/files/consistency`: whether records and sides agree, and having mended what does not.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::consistency::Repair;
use crate::domain::consistency::check::CheckMode;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::consistency;
use crate::server::http::extract::{self, Path, Query};
use crate::server::http::problem::Problem;
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::consistency::{CheckView, ConsistencyView, FindingView};

/// Which findings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// `open`, `closed` or `all`; the open ones when it is not said.
    #[serde(default)]
    state: String,
    /// Of this kind only.
    #[serde(default)]
    kind: String,
    /// Of this feature's files only.
    #[serde(default)]
    feature: String,
    /// Only those that came before this one: `next` of the page before.
    #[serde(default)]
    before: String,
}

/// The body of `POST /api/v1/files/consistency/checks`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// `full` when it is not said: every content is read.
    #[serde(default)]
    mode: CheckMode,
}

/// The body of `POST /api/v1/files/consistency/findings/{id}/repair`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairBody {
    /// One of those that the finding offers.
    repair: Repair,
    /// Whose file an object becomes that is adopted.
    #[serde(default)]
    feature: Option<String>,
    reason: String,
}

/// `GET /api/v1/files/consistency`.
#[utoipa::path(
    get,
    path = "/api/v1/files/consistency",
    tag = "files",
    params(ConsistencyQuery),
    responses((status = 200, description = "The newest checks, and a page of what they found", body = ConsistencyView)),
)]
pub async fn consistency(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<ConsistencyQuery>,
) -> Result<Json<ConsistencyView>, Problem> {
    let ConsistencyQuery { state: open, kind, feature, before } = query;
    let asked = queries::consistency::Asked { state: open, kind, feature, before };
    Ok(Json(queries::consistency::view(&state, &asked).await?))
}

/// `POST /api/v1/files/consistency/checks`: asks for a check, which runs by itself.
#[utoipa::path(
    post,
    path = "/api/v1/files/consistency/checks",
    tag = "files",
    request_body = CheckBody,
    responses((status = 202, description = "It will run", body = CheckView), (status = 200, description = "The one that waits or runs already", body = CheckView)),
)]
pub async fn check(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<CheckBody>,
) -> Result<(StatusCode, Json<CheckView>), Problem> {
    let (check, is_new) = consistency::ask(&state, body.mode, &allowed.principal).await?;
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(CheckView::from(&check))))
}

/// `POST /api/v1/files/consistency/findings/{id}/repair`: looks at it again, and mends it.
#[utoipa::path(
    post,
    path = "/api/v1/files/consistency/findings/{id}/repair",
    tag = "files",
    params(("id" = String, Path, description = "The number of a finding")),
    request_body = RepairBody,
    responses((status = 200, description = "Repaired, and closed", body = FindingView)),
)]
pub async fn repair(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(body): extract::Json<RepairBody>,
) -> Result<Json<FindingView>, Problem> {
    let RepairBody { repair, feature, reason } = body;
    let order =
        orders::repair(&id, repair.as_str(), feature.as_deref().unwrap_or_default(), &reason, &allowed.principal)?;
    let repaired = consistency::repair(&state, &order).await?;
    Ok(Json(queries::consistency::finding(&state, &repaired).await?))
}
