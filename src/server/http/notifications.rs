//! Targets and notifications over REST: `/api/v1/notification-targets` and `/api/v1/notifications`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{self, Expected, Path, Query, Versioned};
use super::problem::Problem;
use crate::domain::feature::Switch;
use crate::domain::field_error::FieldError;
use crate::domain::notification::target::TargetFields;
use crate::domain::notification::{NotificationId, StateWord};
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Administer, Operate, Read};
use crate::server::commands::notifications::{self as commands, TargetChanges};
use crate::server::state::AppState;
use crate::server::store::NotificationQuery;
use crate::server::{orders, queries};
use crate::views::notification::{CreatedTarget, NotificationView, TargetView, TestedTarget};

/// How many notifications are listed when it is not said, and at most.
const LISTED: u32 = 100;
const MOST_LISTED: u32 = 1_000;

/// The body of `POST /api/v1/notification-targets`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBody {
    name: String,
    /// `webhook`, `slack` or `alertmanager`.
    kind: String,
    /// Of an Alertmanager the address that `/api/v2/alerts` is put behind.
    url: String,
    /// Of an Alertmanager that asks for a password: whose.
    #[serde(default)]
    username: String,
    /// Of a webhook the key that letters are signed with, made here when there is none; of an Alertmanager a bearer token or
    /// a password.
    #[serde(default)]
    secret: String,
    /// `warning` when it is not said.
    #[serde(default = "warning")]
    least_severity: String,
    /// Whose alerts it is told; all when it is not said.
    #[serde(default)]
    migration: String,
    #[serde(default)]
    reason: String,
}

/// The body of `PATCH /api/v1/notification-targets/{id}`: what is not there stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetChangesBody {
    name: String,
    url: String,
    username: String,
    /// Of an Alertmanager it must be given again when the address is of another host.
    secret: String,
    least_severity: String,
    /// A slug, or `null` for all.
    #[schema(value_type = Option<String>)]
    migration: Whose,
    enabled: Option<bool>,
    reason: String,
}

/// What becomes of a notification, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhyBody {
    reason: String,
}

/// Why a target is removed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyQuery {
    #[serde(default)]
    reason: String,
}

/// Which notifications.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `queued`, `delivered`, `dead` or `dropped`; all when it is not said.
    state: Option<String>,
    /// 1 to 1000; 100 when it is not said.
    limit: Option<u32>,
}

/// `GET /api/v1/notification-targets`: by name, with how telling each goes.
#[utoipa::path(
    get,
    path = "/api/v1/notification-targets",
    tag = "notifications",
    responses((status = 200, description = "Targets, by name; no secrets", body = Vec<TargetView>)),
)]
pub async fn targets(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<TargetView>>, Problem> {
    Ok(Json(queries::notifications::targets(&state).await?))
}

/// `POST /api/v1/notification-targets`.
#[utoipa::path(
    post,
    path = "/api/v1/notification-targets",
    tag = "notifications",
    request_body = TargetBody,
    responses((status = 201, description = "The target, and the key of a webhook if it was made here: shown this once", body = CreatedTarget)),
)]
pub async fn create(
    allowed: Allowed<Administer>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<TargetBody>,
) -> Result<Response, Problem> {
    let reason = orders::reason(&body.reason)?;
    let fields = TargetFields {
        name: &body.name,
        kind: &body.kind,
        url: &body.url,
        username: &body.username,
        secret: &body.secret,
        least_severity: &body.least_severity,
        migration: &body.migration,
    };
    let (target, secret) = commands::create(&state, fields, &reason, &allowed.principal).await?;
    let view = queries::notifications::target(&state, &target).await?;
    let tag = HeaderValue::from_str(&format!("\"{}\"", view.version)).ok();
    let created = CreatedTarget { target: view, secret: secret.map(|secret| secret.expose().to_owned()) };
    let mut response = (StatusCode::CREATED, Json(created)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `PATCH /api/v1/notification-targets/{id}`.
#[utoipa::path(
    patch,
    path = "/api/v1/notification-targets/{id}",
    tag = "notifications",
    params(("id" = i64, Path, description = "The target's number"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = TargetChangesBody,
    responses((status = 200, description = "The target as it is from now on", body = TargetView)),
)]
pub async fn change(
    allowed: Allowed<Administer>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<TargetChangesBody>,
) -> Result<Response, Problem> {
    let reason = orders::reason(&body.reason)?;
    let migration = match &body.migration {
        Whose::Of(slug) => slug,
        Whose::Unsaid | Whose::All => "",
    };
    let changes = TargetChanges {
        fields: TargetFields {
            name: &body.name,
            kind: "",
            url: &body.url,
            username: &body.username,
            secret: &body.secret,
            least_severity: &body.least_severity,
            migration,
        },
        all_migrations: matches!(body.migration, Whose::All),
        enabled: body.enabled.map(Switch::from_bool),
    };
    let target = orders::target_id(&id)?;
    let target = commands::change(&state, target, seen, changes, &reason, &allowed.principal).await?;
    Ok(Versioned(target.version, queries::notifications::target(&state, &target).await?).into_response())
}

/// `DELETE /api/v1/notification-targets/{id}`: what waits for it is dropped.
#[utoipa::path(
    delete,
    path = "/api/v1/notification-targets/{id}",
    tag = "notifications",
    params(("id" = i64, Path, description = "The target's number"), WhyQuery),
    responses((status = 204, description = "It is told nothing more, and its secret is forgotten")),
)]
pub async fn remove(
    allowed: Allowed<Administer>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Expected(seen): Expected,
    Query(query): Query<WhyQuery>,
) -> Result<StatusCode, Problem> {
    let id = orders::target_id(&id)?;
    let reason = orders::reason_or(&query.reason, "removed")?;
    commands::remove(&state, id, seen, &reason, &allowed.principal).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/notification-targets/{id}/test`: sends a letter that says that nothing is the matter.
#[utoipa::path(
    post,
    path = "/api/v1/notification-targets/{id}/test",
    tag = "notifications",
    params(("id" = i64, Path, description = "The target's number")),
    responses((status = 200, description = "What came of it", body = TestedTarget)),
)]
pub async fn test(
    allowed: Allowed<Administer>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<TestedTarget>, Problem> {
    Ok(Json(commands::test(&state, orders::target_id(&id)?, &allowed.principal).await?))
}

/// `GET /api/v1/notifications`: newest first.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    tag = "notifications",
    params(ListQuery),
    responses((status = 200, description = "Notifications, newest first", body = Vec<NotificationView>)),
)]
pub async fn notifications(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<NotificationView>>, Problem> {
    let wrong = || Problem::invalid(vec![FieldError::new("/state", "must be queued, delivered, dead or dropped")]);
    let word = query.state.as_deref().map(|word| StateWord::from_word(word).ok_or_else(wrong)).transpose()?;
    let limit = query.limit.unwrap_or(LISTED).clamp(1, MOST_LISTED);
    let query = NotificationQuery { state: word, target: None, alert: None, oldest_first: false, limit };
    Ok(Json(queries::notifications::list(&state, &query).await?))
}

/// `POST /api/v1/notifications/{id}/retry`: has something that is not tried any more be tried anew.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/{id}/retry",
    tag = "notifications",
    params(("id" = String, Path, description = "A UUID")),
    request_body = WhyBody,
    responses((status = 200, description = "It waits for its turn", body = NotificationView)),
)]
pub async fn retry(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(body): extract::Json<WhyBody>,
) -> Result<Json<NotificationView>, Problem> {
    let reason = orders::reason_or(&body.reason, "sent again")?;
    let notification = commands::send_again(&state, &NotificationId(id), &reason, &allowed.principal).await?;
    Ok(Json(queries::notifications::view(&state, &notification).await?))
}

/// `POST /api/v1/notifications/{id}/drop`: gives up something that was not told.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/{id}/drop",
    tag = "notifications",
    params(("id" = String, Path, description = "A UUID")),
    request_body = WhyBody,
    responses((status = 200, description = "It is not told", body = NotificationView)),
)]
pub async fn drop_it(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(body): extract::Json<WhyBody>,
) -> Result<Json<NotificationView>, Problem> {
    let reason = orders::reason(&body.reason)?;
    let notification = commands::drop_it(&state, &NotificationId(id), &reason, &allowed.principal).await?;
    Ok(Json(queries::notifications::view(&state, &notification).await?))
}

fn warning() -> String {
    "warning".to_owned()
}

/// Whose alerts a target is told from now on: what is not there is told from what is null.
#[derive(Debug, Default, Serialize)]
#[serde(untagged)]
enum Whose {
    #[default]
    Unsaid,
    All,
    Of(String),
}

impl<'de> Deserialize<'de> for Whose {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::All, Self::Of))
    }
}
