//! `GET /api/v1/features/{key}/discrepancies`.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::catalog::{feature_key, unknown_feature};
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::time_range::TimeRange;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::queries;
use crate::server::state::AppState;
use crate::views::discrepancies::DiscrepanciesView;

/// Which hours; the last seven days when nothing is said.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiscrepanciesQuery {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

/// What differed between legacy and the candidate, by field, with examples.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/discrepancies",
    tag = "comparisons",
    params(("key" = String, Path, description = "The feature's key"), DiscrepanciesQuery),
    responses((status = 200, description = "By field, most frequent first, at most 50 of them", body = DiscrepanciesView)),
)]
pub async fn discrepancies(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Query(query): Query<DiscrepanciesQuery>,
) -> Result<Json<DiscrepanciesView>, Problem> {
    let key = feature_key(&key)?;
    let to = query.to.unwrap_or_else(|| state.clock.now());
    // At the beginning of time nothing lies before `to`, and the range is an empty one.
    let from = query.from.or_else(|| to.checked_sub_signed(TimeDelta::days(7))).unwrap_or(to);
    let range = TimeRange::with_step(from, to, 3_600)
        .map_err(|error| Problem::invalid(vec![FieldError::new("/from", error)]))?;
    let view = queries::discrepancies::load(&state, &key, range).await?;
    view.map(Json).ok_or_else(|| unknown_feature(key.as_str()))
}
