//! `GET /api/v1/features/{key}/metrics`.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::catalog::{feature_key, unknown_feature};
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::observation::Operation;
use crate::domain::retention::Retention;
use crate::domain::rollup::Minute;
use crate::domain::time_range::{TimeRange, TimeRangeError};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::queries;
use crate::server::state::AppState;
use crate::views::metrics::MetricsView;

/// An hour in seconds.
const HOUR: i64 = 3_600;

/// Which part of the series; the last 24 hours of all operations when nothing is said.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MetricsQuery {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    /// In seconds, a multiple of 60.
    step: Option<i64>,
    operation: Option<String>,
}

impl MetricsQuery {
    /// The range asked for. Where minutes are no longer kept, a step is an hour at least.
    pub fn range(&self, now: DateTime<Utc>, retention: Retention) -> Result<TimeRange, Problem> {
        let to = self.to.unwrap_or(now);
        // At the beginning of time nothing lies before `to`, and the range is an empty one.
        let from = self.from.or_else(|| to.checked_sub_signed(TimeDelta::hours(24))).unwrap_or(to);
        let range = match self.step {
            Some(step) => TimeRange::with_step(from, to, step),
            None => TimeRange::new(from, to),
        };
        let is_too_fine =
            |range: &TimeRange| range.step_seconds % HOUR != 0 && Minute::of(range.from) < retention.first_minute(now);
        let range = match range {
            Ok(range) if is_too_fine(&range) && self.step.is_some() => {
                let kept = retention.minutes.num_days();
                let detail =
                    format!("minutes are kept {kept} days; a step before that is a multiple of {HOUR} seconds");
                return Err(Problem::invalid(vec![FieldError::new("/step", detail)]));
            }
            Ok(range) if is_too_fine(&range) => TimeRange::with_step(from, to, HOUR),
            range => range,
        };
        range.map_err(|error| {
            let pointer = match error {
                TimeRangeError::Step | TimeRangeError::TooManySteps => "/step",
                TimeRangeError::Empty | TimeRangeError::TooLong => "/from",
            };
            Problem::invalid(vec![FieldError::new(pointer, error)])
        })
    }

    /// The operation asked for.
    pub fn operation(&self) -> Result<Option<Operation>, Problem> {
        let parsed = self.operation.as_deref().filter(|text| !text.is_empty()).map(Operation::parse).transpose();
        parsed.map_err(|error| Problem::invalid(vec![FieldError::new("/operation", error)]))
    }
}

/// The series of one feature.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/metrics",
    tag = "features",
    params(("key" = String, Path, description = "The feature's key"), MetricsQuery),
    responses((status = 200, description = "Series per path, one point a step", body = MetricsView)),
)]
pub async fn metrics(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<MetricsView>, Problem> {
    let key = feature_key(&key)?;
    let range = query.range(state.clock.now(), state.retention)?;
    let operation = query.operation()?;
    let store = state.store.as_ref();
    let (_, feature) = store.feature(&key).await?.ok_or_else(|| unknown_feature(key.as_str()))?;
    Ok(Json(queries::metrics::load(store, &feature, range, operation.as_ref()).await?.view))
}
