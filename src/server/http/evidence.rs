//! `GET /api/v1/features/{key}/evidence.zip`: a gate as one download.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::catalog::{feature_key, unknown_feature};
use super::extract::{Path, Query};
use super::problem::Problem;
use crate::domain::field_error::FieldError;
use crate::domain::sign_off::SignOffId;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::evidence_pack::{PackError, Wanted, export};
use crate::server::state::AppState;

/// Which gate; the present one when nothing is said.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EvidenceQuery {
    /// What the reviewer of this sign-off saw.
    sign_off: Option<String>,
    /// The gate that was frozen with the rollout change of this number.
    change: Option<String>,
}

impl EvidenceQuery {
    fn wanted(self) -> Result<Wanted, Problem> {
        let invalid = |pointer: &str, detail: &str| Problem::invalid(vec![FieldError::new(pointer, detail)]);
        match (self.sign_off, self.change) {
            (None, None) => Ok(Wanted::Now),
            (Some(id), None) => Ok(Wanted::SignOff(SignOffId(id))),
            (None, Some(number)) => {
                number.parse().map(Wanted::Change).map_err(|_| invalid("/change", "must be a whole number"))
            }
            (Some(_), Some(_)) => Err(invalid("/change", "cannot be given together with sign_off")),
        }
    }
}

/// An evidence pack: see its `README.txt`.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/evidence.zip",
    tag = "gate",
    params(("key" = String, Path, description = "The feature's key"), EvidenceQuery),
    responses((status = 200, description = "Everything that a gate was judged on, as a ZIP archive that `crossfade evidence verify` checks offline", body = Vec<u8>, content_type = "application/zip")),
)]
pub async fn pack(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
    Query(query): Query<EvidenceQuery>,
) -> Result<Response, Problem> {
    let known = feature_key(&key)?;
    let (name, bytes) = export(&state, &known, &query.wanted()?).await.map_err(problem)?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok();
    let mut response = ([(header::CONTENT_TYPE, "application/zip")], bytes).into_response();
    if let Some(disposition) = disposition {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

fn problem(error: PackError) -> Problem {
    match error {
        PackError::NoFeature(key) => unknown_feature(key.as_str()),
        PackError::NoGate | PackError::NoSignOff(_) | PackError::NoChange(_) => Problem::not_found(error),
        PackError::Store(error) => error.into(),
        PackError::NoPolicy(_) | PackError::NotWritten(_) => {
            tracing::error!(%error, "could not make an evidence pack");
            Problem::internal()
        }
    }
}
