//! `/api/v1/files`: what is known of files, and being rid of them. Their bytes are in [`upload`] and [`download`].
//!
//! To send a file needs the scope that feeds (`ingest`), to delete one or to start a backfill the scope that changes
//! things (`operate`): what only feeds can destroy nothing.

pub(super) mod backfill;
pub(super) mod consistency;
mod disposition;
pub(super) mod download;
pub(super) mod upload;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Path, Query};
use super::problem::Problem;
use crate::domain::feature::FeatureId;
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::file::FileId;
use crate::domain::unit::Unit;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::files::service::{FileError, FileService};
use crate::server::state::AppState;
use crate::server::store::{FileQuery, FileTaskQuery};
use crate::views::file::{FileOperationResult, FileTaskView, FileView, FilesView};

/// The most files or tasks of one page.
const MOST: u32 = 500;

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilesQuery {
    /// Of this feature only.
    feature: Option<String>,
    /// Only those made after this one: `next` of the page before.
    after: Option<String>,
    /// 1 to 500; 50 when it is not said.
    limit: Option<u32>,
}

/// Whose request it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitQuery {
    /// What the decision sticks to; the file itself when it is not said.
    unit: Option<String>,
}

impl UnitQuery {
    fn unit(&self) -> Result<Option<Unit>, Problem> {
        let parsed = self.unit.as_deref().map(Unit::parse).transpose();
        parsed.map_err(|error| Problem::invalid(vec![FieldError::new("/unit", error)]))
    }
}

/// `GET /api/v1/files`: in the order of their making.
#[utoipa::path(
    get,
    path = "/api/v1/files",
    tag = "files",
    params(FilesQuery),
    responses((status = 200, description = "A page of files", body = FilesView)),
)]
pub async fn files(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<FilesQuery>,
) -> Result<Json<FilesView>, Problem> {
    let limit = limit(query.limit)?;
    let after = query.after.as_deref().map(file_id).transpose()?;
    let features = Features::read(&state).await?;
    let feature = query.feature.as_deref().map(|key| features.id(key)).transpose()?;
    let files = state.store.files(&FileQuery { feature, after, limit, ..FileQuery::default() }).await?;
    let is_full = files.len() == limit as usize;
    let next = files.last().filter(|_| is_full).map(|file| file.id.to_string());
    let files = files.iter().map(|file| FileView::new(file, features.key(file.feature))).collect();
    Ok(Json(FilesView { files, next }))
}

/// `GET /api/v1/files/{id}`: what is known of it, and where both sides keep it.
#[utoipa::path(
    get,
    path = "/api/v1/files/{id}",
    tag = "files",
    params(("id" = String, Path, description = "A UUID")),
    responses((status = 200, description = "The file without its bytes", body = FileView)),
)]
pub async fn file(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<FileView>, Problem> {
    let file = service(&state)?.record(&file_id(&id)?).await?;
    let features = Features::read(&state).await?;
    Ok(Json(FileView::new(&file, features.key(file.feature))))
}

/// `DELETE /api/v1/files/{id}`: nobody can read it any more, from now on; each side is rid of it as soon as it can.
#[utoipa::path(
    delete,
    path = "/api/v1/files/{id}",
    tag = "files",
    params(("id" = String, Path, description = "A UUID"), UnitQuery),
    responses((status = 200, description = "Deleted for good", body = FileOperationResult)),
)]
pub async fn delete(
    _: Allowed<Operate>,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(query): Query<UnitQuery>,
) -> Result<Json<FileOperationResult>, Problem> {
    let unit = query.unit()?;
    Ok(Json(service(&state)?.delete(&file_id(&id)?, unit.as_ref()).await?))
}

/// `GET /api/v1/files/tasks`: what is still to be done on a side, the task that is due longest first.
#[utoipa::path(
    get,
    path = "/api/v1/files/tasks",
    tag = "files",
    params(FilesQuery),
    responses((status = 200, description = "The queue that brings both sides in step", body = Vec<FileTaskView>)),
)]
pub async fn tasks(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Query(query): Query<FilesQuery>,
) -> Result<Json<Vec<FileTaskView>>, Problem> {
    let limit = limit(query.limit)?;
    let features = Features::read(&state).await?;
    let feature = query.feature.as_deref().map(|key| features.id(key)).transpose()?;
    let tasks = state.store.file_tasks(&FileTaskQuery { feature, limit, ..FileTaskQuery::default() }).await?;
    Ok(Json(tasks.into_iter().map(FileTaskView::from).collect()))
}

/// The features by both their names.
struct Features(HashMap<FeatureId, String>);

impl Features {
    async fn read(state: &AppState) -> Result<Self, Problem> {
        let features = state.store.features().await?;
        Ok(Self(features.into_iter().map(|feature| (feature.id, feature.key.to_string())).collect()))
    }

    fn key(&self, id: FeatureId) -> &str {
        self.0.get(&id).map_or("", String::as_str)
    }

    fn id(&self, key: &str) -> Result<FeatureId, Problem> {
        let found = self.0.iter().find(|(_, it)| *it == key).map(|(id, _)| *id);
        found.ok_or_else(|| FileError::UnknownFeature(key.to_owned()).into())
    }
}

/// The file service, where there is one.
fn service(state: &AppState) -> Result<&FileService, Problem> {
    state.files.as_ref().ok_or_else(|| Problem::unavailable("the file service is not set up"))
}

/// The key of a feature; one that cannot be a key is of none.
fn feature_key(text: &str) -> Result<FeatureKey, FieldError> {
    FeatureKey::parse(text).map_err(|error| FieldError::new("/feature", error))
}

/// An id; one that cannot be an id is of no file.
fn file_id(text: &str) -> Result<FileId, Problem> {
    FileId::parse(text).ok_or_else(|| FileError::NotFound(text.to_owned()).into())
}

fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked.unwrap_or(50) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(Problem::invalid(vec![FieldError::new("/limit", format!("must be 1 to {MOST}"))])),
    }
}
