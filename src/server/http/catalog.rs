//! `/api/v1/migrations` and `/api/v1/features`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::extract;
use super::extract::Path;
use super::problem::Problem;
use crate::domain::feature::NewFeature;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::migration::NewMigration;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::state::AppState;
use crate::server::{commands, queries};
use crate::views::catalog::{FeatureDocument, MigrationView};

/// The body of `POST /api/v1/migrations`.
#[derive(Debug, Deserialize)]
pub struct NewMigrationBody {
    slug: String,
    name: String,
}

/// The body of `POST /api/v1/features`.
#[derive(Debug, Deserialize)]
pub struct NewFeatureBody {
    migration: String,
    key: String,
    #[serde(default)]
    name: String,
}

/// `GET /api/v1/migrations`.
pub async fn migrations(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<MigrationView>>, Problem> {
    Ok(Json(queries::catalog::migrations(&state).await?))
}

/// `GET /api/v1/migrations/{slug}`.
pub async fn migration(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Json<MigrationView>, Problem> {
    let unknown = || Problem::not_found(format!("there is no migration {slug:?}"));
    let slug = MigrationSlug::parse(&slug).map_err(|_| unknown())?;
    queries::catalog::migration(&state, &slug).await?.map(Json).ok_or_else(unknown)
}

/// `POST /api/v1/migrations`.
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
pub async fn features(_: Allowed<Read>, State(state): State<AppState>) -> Result<Json<Vec<FeatureDocument>>, Problem> {
    Ok(Json(queries::catalog::features(&state).await?))
}

/// `GET /api/v1/features/{key}`.
pub async fn feature(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Json<FeatureDocument>, Problem> {
    let key = feature_key(&key)?;
    queries::catalog::feature(&state, &key).await?.map(Json).ok_or_else(|| unknown_feature(key.as_str()))
}

/// `POST /api/v1/features`.
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

fn created(location: &str, view: impl serde::Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
