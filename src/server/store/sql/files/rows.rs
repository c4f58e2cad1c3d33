//! Rows of files, and their way to the domain.

use super::super::error::from_sqlx;
use super::super::rows::{corrupt, count, document, moment};
use crate::domain::feature::FeatureId;
use crate::domain::file::{Checksum, FileId, FileRecord, FileSide, SideState};
use crate::domain::file_name::FileName;
use crate::domain::mime_type::MimeType;
use crate::server::store::StoreError;

/// A file with both its sides; what is asked for follows. One that lacks a side is no less there: it is corrupt.
pub(super) const SELECT: &str = "SELECT files.*,
         legacy.provider AS legacy_provider, legacy.provider_id AS legacy_id, legacy.state AS legacy_state,
         candidate.provider AS candidate_provider, candidate.provider_id AS candidate_id,
         candidate.state AS candidate_state
     FROM files
     LEFT JOIN file_sides AS legacy ON legacy.file_id = files.id AND legacy.side = 'legacy'
     LEFT JOIN file_sides AS candidate ON candidate.file_id = files.id AND candidate.side = 'candidate'";

/// What was read of one row, if it was there.
pub(super) fn optional(row: Result<Option<FileRow>, sqlx::Error>) -> Result<Option<FileRecord>, StoreError> {
    row.map_err(from_sqlx)?.map(FileRecord::try_from).transpose()
}

#[derive(sqlx::FromRow)]
pub(super) struct FileRow {
    id: String,
    feature_id: i64,
    original_name: String,
    mime_type: String,
    size: i64,
    sha256: Option<String>,
    created_at: i64,
    metadata: String,
    deleted_at: Option<i64>,
    legacy_provider: Option<String>,
    legacy_id: Option<String>,
    legacy_state: Option<String>,
    candidate_provider: Option<String>,
    candidate_id: Option<String>,
    candidate_state: Option<String>,
}

impl TryFrom<FileRow> for FileRecord {
    type Error = StoreError;

    fn try_from(row: FileRow) -> Result<Self, StoreError> {
        const TABLE: &str = "files";
        Ok(Self {
            id: FileId::parse(&row.id).ok_or_else(|| corrupt(TABLE, "id", &row.id))?,
            feature: FeatureId(row.feature_id),
            original_name: FileName::parse(&row.original_name)
                .map_err(|error| corrupt(TABLE, "original_name", error))?,
            mime_type: MimeType::parse(&row.mime_type).map_err(|error| corrupt(TABLE, "mime_type", error))?,
            size: count(TABLE, "size", row.size)?,
            sha256: row
                .sha256
                .map(|text| Checksum::parse(&text).map_err(|error| corrupt(TABLE, "sha256", error)))
                .transpose()?,
            created_at: moment(TABLE, "created_at", row.created_at)?,
            metadata: document(TABLE, "metadata", &row.metadata)?,
            legacy: side(row.legacy_provider.zip(row.legacy_id), row.legacy_state)?,
            candidate: side(row.candidate_provider.zip(row.candidate_id), row.candidate_state)?,
            deleted_at: row.deleted_at.map(|at| moment(TABLE, "deleted_at", at)).transpose()?,
        })
    }
}

fn side(place: Option<(String, String)>, state: Option<String>) -> Result<FileSide, StoreError> {
    const TABLE: &str = "file_sides";
    let (provider, provider_id) = place.ok_or_else(|| corrupt(TABLE, "side", "there is none"))?;
    let state = state.ok_or_else(|| corrupt(TABLE, "state", "there is none"))?;
    let state =
        SideState::ALL.into_iter().find(|it| it.as_str() == state).ok_or_else(|| corrupt(TABLE, "state", state))?;
    Ok(FileSide { provider, provider_id, state })
}
