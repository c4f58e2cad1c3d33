//! `/api/v1/alerts` and `/api/v1/silences`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::extract::{self, Path, Query};
use super::problem::Problem;
use crate::domain::alert::{NewSilence, SilenceId};
use crate::domain::alert_notice::AlertId;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::silence;
use crate::server::queries;
use crate::server::state::AppState;
use crate::views::alert::{AlertDocument, AlertsDocument, SilenceView};

/// Which alerts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertsQuery {
    /// Of this migration only.
    #[serde(default)]
    migration: String,
    /// Of this feature only.
    #[serde(default)]
    feature: String,
    /// `pending`, `firing` or `resolved`; all of them when it is not said.
    #[serde(default)]
    state: String,
    /// Only those that began before this one: `next` of the page before.
    #[serde(default)]
    before: String,
}

/// The body of `POST /api/v1/silences`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceBody {
    migration: String,
    /// Of this feature's alerts only.
    #[serde(default)]
    feature: String,
    /// Of this rule's alerts only.
    #[serde(default)]
    rule: String,
    /// When it ends, within 30 days.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// Or how long it lasts.
    #[serde(default)]
    minutes: Option<u32>,
    #[serde(default)]
    reason: String,
}

/// `GET /api/v1/alerts`: pending, firing and past ones, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "alerts",
    params(AlertsQuery),
    responses((status = 200, description = "A page of alerts, newest first", body = AlertsDocument)),
)]
pub async fn alerts(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<AlertsQuery>,
) -> Result<Json<AlertsDocument>, Problem> {
    let AlertsQuery { migration, feature, state: word, before } = query;
    let asked = queries::alerts::Asked { migration, feature, state: word, before };
    Ok(Json(queries::alerts::list(&state, &asked).await?))
}

/// `GET /api/v1/alerts/{id}`: one alert with what it fired on.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    tag = "alerts",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The alert, and the numbers that it fired on", body = AlertDocument)),
)]
pub async fn alert(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<AlertDocument>, Problem> {
    let found = queries::alerts::one(&state, &AlertId(id.clone())).await?;
    found.map(Json).ok_or_else(|| Problem::not_found(format!("there is no alert {id:?}")))
}

/// `GET /api/v1/silences`: newest first.
#[utoipa::path(
    get,
    path = "/api/v1/silences",
    tag = "alerts",
    responses((status = 200, description = "Silences, newest first", body = Vec<SilenceView>)),
)]
pub async fn silences(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<SilenceView>>, Problem> {
    Ok(Json(queries::alerts::silences(&state).await?))
}

/// `POST /api/v1/silences`: nobody is told of these alerts until it ends. What they do without anyone is done all the same.
#[utoipa::path(
    post,
    path = "/api/v1/silences",
    tag = "alerts",
    request_body = SilenceBody,
    responses((status = 201, description = "Silenced from now on", body = SilenceView)),
)]
pub async fn begin_silence(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<SilenceBody>,
) -> Result<(StatusCode, Json<SilenceView>), Problem> {
    let SilenceBody { migration, feature, rule, until, minutes, reason } = body;
    let now = state.clock.now();
    let until = until.or_else(|| minutes.map(|minutes| now + TimeDelta::minutes(i64::from(minutes))));
    let order = NewSilence::parse(&migration, &feature, &rule, until, &reason, now).map_err(Problem::invalid)?;
    let begun = silence::begin(&state, order, &allowed.principal.author()).await?;
    Ok((StatusCode::CREATED, Json(view(&state, &begun).await?)))
}

/// `DELETE /api/v1/silences/{id}`: ends it before its time.
#[utoipa::path(
    delete,
    path = "/api/v1/silences/{id}",
    tag = "alerts",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "Ended: what fires still is told", body = SilenceView)),
)]
pub async fn end_silence(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<SilenceView>, Problem> {
    let ended = silence::end(&state, &SilenceId(id), &allowed.principal.author()).await?;
    Ok(Json(view(&state, &ended).await?))
}

async fn view(state: &AppState, silence: &crate::domain::alert::Silence) -> Result<SilenceView, Problem> {
    let found = queries::alerts::silence(state, silence).await?;
    found.ok_or_else(|| Problem::not_found("the silence’s migration is gone".to_owned()))
}
