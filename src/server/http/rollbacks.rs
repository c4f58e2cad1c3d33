//! `/api/v1/rollbacks`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{self, Path};
use super::problem::Problem;
use crate::domain::field_error::{FieldError, collect};
use crate::domain::gradual::Pace;
use crate::domain::percentage::Percentage;
use crate::domain::rollback::RollbackId;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::rollback::{self, Outcome};
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::rollback::RollbackView;

/// The body of `POST /api/v1/rollbacks`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RollbackBody {
    /// Candidate off, fallback on, every percentage 0: of one migration, or of everything.
    Emergency {
        #[serde(default)]
        migration: Option<String>,
        #[serde(default)]
        reason: String,
    },
    /// One feature down in steps, the first at once.
    Gradual {
        feature: String,
        /// Where it ends, in per cent; 0 when it is not said.
        #[serde(default)]
        target: f64,
        /// What each step takes away, in per cent; 10 when it is not said.
        #[serde(default)]
        step: Option<f64>,
        /// The time between two steps, 1 to 86400; 300 when it is not said.
        #[serde(default)]
        interval_seconds: Option<i64>,
        #[serde(default)]
        reason: String,
    },
    /// One feature off and at 0 %.
    Feature {
        feature: String,
        #[serde(default)]
        reason: String,
    },
}

/// `GET /api/v1/rollbacks`: newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rollbacks",
    tag = "rollbacks",
    responses((status = 200, description = "Rollbacks, newest first", body = Vec<RollbackView>)),
)]
pub async fn rollbacks(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<RollbackView>>, Problem> {
    Ok(Json(queries::rollbacks::newest(&state).await?.rollbacks))
}

/// `GET /api/v1/rollbacks/{id}`.
#[utoipa::path(
    get,
    path = "/api/v1/rollbacks/{id}",
    tag = "rollbacks",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The rollback with its progress and proof", body = RollbackView)),
)]
pub async fn rollback(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<RollbackView>, Problem> {
    let found = queries::rollbacks::one(&state, &RollbackId(id.clone())).await?;
    found.map(Json).ok_or_else(|| Problem::not_found(format!("there is no rollback {id:?}")))
}

/// `POST /api/v1/rollbacks`: 201 when it was made, 200 when everything was so already.
#[utoipa::path(
    post,
    path = "/api/v1/rollbacks",
    tag = "rollbacks",
    request_body = RollbackBody,
    responses((status = 201, description = "Rolled back", body = RollbackView), (status = 200, description = "Everything was so already, by this rollback", body = RollbackView)),
)]
pub async fn roll_back(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<RollbackBody>,
) -> Result<Response, Problem> {
    let by = &allowed.principal;
    let outcome = match body {
        RollbackBody::Emergency { migration, reason } => {
            let scope = migration.as_deref().map(orders::slug).transpose()?;
            rollback::emergency(&state, scope.as_ref(), &orders::rollback(&reason, by)?).await?
        }
        RollbackBody::Feature { feature, reason } => {
            let key = orders::feature_key(&feature)?;
            rollback::feature(&state, &key, &orders::rollback(&reason, by)?).await?
        }
        RollbackBody::Gradual { feature, target, step, interval_seconds, reason } => {
            let key = orders::feature_key(&feature)?;
            let mut errors: Vec<FieldError> = Vec::new();
            let target = collect(&mut errors, "/target", Percentage::from_percent(target));
            let pace = Pace::parse(step, interval_seconds).map_err(|found| errors.extend(found)).ok();
            match (target, pace) {
                (Some(target), Some(pace)) if errors.is_empty() => {
                    rollback::gradual(&state, &key, target, pace, &orders::rollback(&reason, by)?).await?
                }
                _ => return Err(Problem::invalid(errors)),
            }
        }
    };
    let status = match &outcome {
        Outcome::Made(_) => StatusCode::CREATED,
        Outcome::AlreadySo(_) => StatusCode::OK,
    };
    // The answer must not fail for what is only to be shown.
    let made = outcome.rollback();
    let view = queries::rollbacks::view(&state, made).await;
    let view = view.unwrap_or_else(|_| RollbackView::new(made, None, state.clock.now()));
    let mut response = (status, Json(view)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/rollbacks/{}", made.id.0)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// `DELETE /api/v1/rollbacks/{id}`: stops a gradual one between two steps.
#[utoipa::path(
    delete,
    path = "/api/v1/rollbacks/{id}",
    tag = "rollbacks",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "Cancelled between two steps", body = RollbackView)),
)]
pub async fn cancel(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<RollbackView>, Problem> {
    let order = orders::rollback("", &allowed.principal)?;
    let cancelled = rollback::cancel(&state, &RollbackId(id), &order).await?;
    Ok(Json(queries::rollbacks::view(&state, &cancelled).await?))
}
