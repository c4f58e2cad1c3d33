//! `/api/v1/files/backfill`: taking over what only legacy has.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{feature_key, service};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::http::extract;
use crate::server::http::problem::Problem;
use crate::server::state::AppState;
use crate::views::file::BackfillView;

/// The body of `POST /api/v1/files/backfill`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackfillBody {
    /// The key of the feature that files without a record are to be of.
    feature: String,
}

/// `GET /api/v1/files/backfill`: how far each feature's has come.
#[utoipa::path(
    get,
    path = "/api/v1/files/backfill",
    tag = "files",
    responses((status = 200, description = "Every backfill that was ever begun", body = Vec<BackfillView>)),
)]
pub async fn backfills(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<BackfillView>>, Problem> {
    let found = service(&state)?.backfills().await?;
    Ok(Json(found.iter().map(|(feature, progress)| BackfillView::new(feature.key.as_str(), progress)).collect()))
}

/// `POST /api/v1/files/backfill`: begins one, or goes on with the one that was stopped. It runs by itself.
#[utoipa::path(
    post,
    path = "/api/v1/files/backfill",
    tag = "files",
    request_body = BackfillBody,
    responses((status = 202, description = "Begun, or under way already", body = BackfillView)),
)]
pub async fn begin(
    _: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<BackfillBody>,
) -> Result<(StatusCode, Json<BackfillView>), Problem> {
    let key = feature_key(&body.feature).map_err(|error| Problem::invalid(vec![error]))?;
    let progress = service(&state)?.begin_backfill(&key).await?;
    Ok((StatusCode::ACCEPTED, Json(BackfillView::new(key.as_str(), &progress))))
}
