//! `GET /monitoring/hybrid-status`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::extract::Query;
use super::problem::Problem;
use crate::domain::feature_key::MigrationSlug;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::queries;
use crate::server::state::AppState;
use crate::views::status::HybridStatus;

/// Which migration; the oldest when it is not said.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatusQuery {
    migration: Option<String>,
}

/// The status of one migration.
#[utoipa::path(
    get,
    path = "/monitoring/hybrid-status",
    tag = "monitoring",
    params(StatusQuery),
    responses((status = 200, description = "One migration at a glance", body = HybridStatus)),
)]
pub async fn hybrid_status(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<StatusQuery>,
) -> Result<Json<HybridStatus>, Problem> {
    let unknown = |slug: &str| Problem::not_found(format!("there is no migration {slug:?}"));
    let slug = match &query.migration {
        Some(slug) => Some(MigrationSlug::parse(slug).map_err(|_| unknown(slug))?),
        None => None,
    };
    let status = queries::status::load(&state, slug.as_ref()).await?;
    status.map(Json).ok_or_else(|| match &query.migration {
        Some(slug) => unknown(slug),
        None => Problem::not_found("there are no migrations yet"),
    })
}
