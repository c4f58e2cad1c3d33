//! `GET /charts/{feature}/{chart}.svg`: the panel's charts on their own, to embed elsewhere.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::catalog::{feature_key, unknown_feature};
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::observation::Operation;
use crate::domain::policy::{Stage, stage_named};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::access::headers;
use crate::server::charts::{self, ChartInput, Placement, Size};
use crate::server::queries;
use crate::server::state::AppState;
use crate::views::chart::ChartKind;
use crate::views::range::RangeChoice;

/// How the chart is to be drawn.
#[derive(Debug, Deserialize)]
pub struct ChartQuery {
    /// `1h`, `24h`, `7d`, `30d` or, with `from` and `to`, `custom`.
    range: Option<String>,
    from: Option<String>,
    to: Option<String>,
    operation: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
}

/// One chart of one feature.
#[utoipa::path(
    get,
    path = "/charts/{feature}/{file}",
    tag = "features",
    params(("feature" = String, Path, description = "The feature's key"), ("file" = String, Path, description = "The chart's name and `.svg`")),
    responses((status = 200, description = "A drawing, `image/svg+xml`", body = String, content_type = "image/svg+xml")),
)]
pub async fn chart(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path((key, file)): Path<(String, String)>,
    Query(query): Query<ChartQuery>,
) -> Result<Response, Problem> {
    let key = feature_key(&key)?;
    let kind = file
        .strip_suffix(".svg")
        .and_then(ChartKind::from_slug)
        .ok_or_else(|| Problem::not_found(format!("there is no chart {file:?}")))?;
    let invalid =
        |pointer: &str, error: &dyn ToString| Problem::invalid(vec![FieldError::new(pointer, error.to_string())]);
    let range = RangeChoice::parse(query.range.as_deref(), query.from.as_deref(), query.to.as_deref())
        .and_then(|choice| choice.range(state.clock.now()))
        .map_err(|error| invalid("/range", &error))?;
    let operation = query.operation.as_deref().filter(|text| !text.is_empty()).map(Operation::parse).transpose();
    let operation = operation.map_err(|error| invalid("/operation", &error))?;
    let width = query.width.unwrap_or(charts::WIDE.width().into());
    let height = query.height.unwrap_or(charts::WIDE.height().into());
    let pointer = if Size::WIDTHS.contains(&width) { "/height" } else { "/width" };
    let size = Size::new(width, height).map_err(|error| invalid(pointer, &error))?;
    let store = state.store.as_ref();
    let (_, feature) = store.feature(&key).await?.ok_or_else(|| unknown_feature(key.as_str()))?;
    let metrics = queries::metrics::load(store, &feature, range, operation.as_ref()).await?.view;
    let history = queries::feature::history(&state, &feature).await?;
    let limit = stage_named(&feature.stage).and_then(Stage::error_rate_limit);
    let alerts = queries::alerts::spans(&state, &feature, metrics.from).await?;
    let input = ChartInput { kind, metrics: &metrics, history: &history, alerts: &alerts, limit };
    let drawing = charts::draw(&input, size, Placement::Standalone).map_err(|error| {
        tracing::error!(feature = %key, chart = kind.slug(), %error, "could not draw a chart");
        Problem::internal()
    })?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, headers::DRAWING),
    ];
    Ok((headers, drawing.svg).into_response())
}
