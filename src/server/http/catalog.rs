//! `/api/v1/migrations` and `/api/v1/features`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{self, Expected, Path, Versioned};
use super::problem::Problem;
use super::rollout::or_not_given;
use crate::domain::feature::{NewFeature, Switch};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::collect;
use crate::domain::migration::{NewMigration, SampleRate};
use crate::domain::reason::Reason;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::settings::{Settings, SettingsOrder};
use crate::server::state::AppState;
use crate::server::{commands, orders, queries};
use crate::views::catalog::{FeatureDocument, MigrationView};

/// The body of `POST /api/v1/migrations`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewMigrationBody {
    slug: String,
    name: String,
}

/// The body of `PATCH /api/v1/migrations/{slug}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrationPatch {
    candidate_enabled: Option<bool>,
    fallback_to_legacy: Option<bool>,
    shadow_mode: Option<ShadowPatch>,
    #[serde(default)]
    reason: String,
}

/// The shadow setting in a [`MigrationPatch`].
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShadowPatch {
    enabled: Option<bool>,
    /// 0 to 1.
    sample_rate: Option<f64>,
}

/// The body of `POST /api/v1/features`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NewFeatureBody {
    migration: String,
    key: String,
    #[serde(default)]
    name: String,
}

/// `GET /api/v1/migrations`.
#[utoipa::path(
    get,
    path = "/api/v1/migrations",
    tag = "migrations",
    responses((status = 200, description = "All migrations, oldest first", body = Vec<MigrationView>)),
)]
pub async fn migrations(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<MigrationView>>, Problem> {
    Ok(Json(queries::catalog::migrations(&state).await?))
}

/// `GET /api/v1/migrations/{slug}`.
#[utoipa::path(
    get,
    path = "/api/v1/migrations/{slug}",
    tag = "migrations",
    params(("slug" = String, Path, description = "The migration's slug")),
    responses((status = 200, description = "The migration; its version is the ETag", body = MigrationView)),
)]
pub async fn migration(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    present(&state, &slug).await
}

/// `PATCH /api/v1/migrations/{slug}`: its switches and its shadow setting; what is not said stays.
#[utoipa::path(
    patch,
    path = "/api/v1/migrations/{slug}",
    tag = "migrations",
    params(("slug" = String, Path, description = "The migration's slug"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body = MigrationPatch,
    responses((status = 200, description = "The migration as it is now", body = MigrationView)),
)]
pub async fn set_migration(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Expected(seen): Expected,
    extract::Json(body): extract::Json<MigrationPatch>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let reason = collect(&mut errors, "/reason", Reason::parse(or_not_given(&body.reason)));
    let shadow = body.shadow_mode.unwrap_or_default();
    let sample_rate = match shadow.sample_rate {
        Some(rate) => collect(&mut errors, "/shadow_mode/sample_rate", SampleRate::new(rate)),
        None => None,
    };
    let Some(reason) = reason.filter(|_| errors.is_empty()) else { return Err(Problem::invalid(errors)) };
    let settings = Settings {
        candidate_enabled: body.candidate_enabled.map(Switch::from_bool),
        fallback_to_legacy: body.fallback_to_legacy.map(Switch::from_bool),
        shadow_enabled: shadow.enabled.map(Switch::from_bool),
        sample_rate,
    };
    let author = allowed.principal.author();
    let order = SettingsOrder { migration: orders::slug(&slug)?, seen, settings, author, reason };
    commands::settings::set(&state, order).await?;
    present(&state, &slug).await
}

/// `POST /api/v1/migrations`.
#[utoipa::path(
    post,
    path = "/api/v1/migrations",
    tag = "migrations",
    request_body = NewMigrationBody,
    responses((status = 201, description = "Created", body = MigrationView)),
)]
pub async fn create_migration(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<NewMigrationBody>,
) -> Result<Response, Problem> {
    let new = NewMigration::parse(&body.slug, &body.name).map_err(Problem::invalid)?;
    let slug = new.slug.clone();
    commands::catalog::create_migration(&state, new, &allowed.principal.author()).await?;
    let view = queries::catalog::migration(&state, &slug).await?.ok_or_else(Problem::internal)?;
    Ok(created(&format!("/api/v1/migrations/{slug}"), view))
}

/// `GET /api/v1/features`.
#[utoipa::path(
    get,
    path = "/api/v1/features",
    tag = "features",
    responses((status = 200, description = "All features, oldest first", body = Vec<FeatureDocument>)),
)]
pub async fn features(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<FeatureDocument>>, Problem> {
    Ok(Json(queries::catalog::features(&state).await?))
}

/// `GET /api/v1/features/{key}`.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}",
    tag = "features",
    params(("key" = String, Path, description = "The feature's key")),
    responses((status = 200, description = "The feature; its version is the ETag", body = FeatureDocument)),
)]
pub async fn feature(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    super::rollout::present(&state, &key).await
}

/// `POST /api/v1/features`.
#[utoipa::path(
    post,
    path = "/api/v1/features",
    tag = "features",
    request_body = NewFeatureBody,
    responses((status = 201, description = "Created", body = FeatureDocument)),
)]
pub async fn create_feature(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    extract::Json(body): extract::Json<NewFeatureBody>,
) -> Result<Response, Problem> {
    let new = NewFeature::parse(&body.migration, &body.key, &body.name).map_err(Problem::invalid)?;
    let key = new.key.clone();
    commands::catalog::create_feature(&state, new, &allowed.principal.author()).await?;
    let view = queries::catalog::feature(&state, &key).await?.ok_or_else(Problem::internal)?;
    Ok(created(&format!("/api/v1/features/{key}"), view))
}

/// The key in an address: one that cannot be a key is of no feature.
pub(super) fn feature_key(text: &str) -> Result<FeatureKey, Problem> {
    FeatureKey::parse(text).map_err(|_| unknown_feature(text))
}

pub(super) fn unknown_feature(key: &str) -> Problem {
    Problem::not_found(format!("there is no feature {key:?}"))
}

/// The migration as it is now.
async fn present(state: &AppState, slug: &str) -> Result<Response, Problem> {
    let unknown = || Problem::not_found(format!("there is no migration {slug:?}"));
    let known = MigrationSlug::parse(slug).map_err(|_| unknown())?;
    let view = queries::catalog::migration(state, &known).await?.ok_or_else(unknown)?;
    Ok(Versioned(view.version, view).into_response())
}

fn created(location: &str, view: impl serde::Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
