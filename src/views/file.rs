//! Files as programs and pages see them: what is known of each, and what came of an operation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::backfill::{Backfill, BackfillState};
use crate::domain::file::{FileRecord, FileTask};
use crate::domain::path::Path;

/// A file, as one side has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileReference {
    /// A UUID.
    pub id: String,
    /// The name that it has where it is kept.
    pub provider_id: String,
    /// Where it is kept: `folder`, `supabase`, `local`, `s3`.
    pub provider: String,
    /// 64 hexadecimal digits; `null` for a file that was never read.
    pub sha256: Option<String>,
    pub size: u64,
    pub mime_type: String,
    pub original_name: String,
    pub created_at: DateTime<Utc>,
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

impl FileReference {
    /// `file` as the side `path` has it.
    pub fn new(file: &FileRecord, path: Path) -> Self {
        let side = file.side(path);
        Self {
            id: file.id.to_string(),
            provider_id: side.provider_id.clone(),
            provider: side.provider.clone(),
            sha256: file.sha256.as_ref().map(ToString::to_string),
            size: file.size,
            mime_type: file.mime_type.to_string(),
            original_name: file.original_name.to_string(),
            created_at: file.created_at,
            metadata: file.metadata.clone(),
        }
    }
}

/// What came of an operation on a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileOperationResult {
    pub success: bool,
    /// The file, when there is one.
    pub file_reference: Option<FileReference>,
    /// What went wrong, when something did.
    pub error: Option<String>,
    /// A UUID; the log has it too.
    pub operation_id: String,
    pub duration_ms: f64,
}

/// Where one side keeps a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileSideView {
    pub provider: String,
    pub provider_id: String,
    /// `present`, `pending`, `absent` or `failed`.
    pub state: String,
}

/// A file and where both sides keep it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileView {
    pub id: String,
    /// The key of its feature.
    pub feature: String,
    pub sha256: Option<String>,
    pub size: u64,
    pub mime_type: String,
    pub original_name: String,
    pub created_at: DateTime<Utc>,
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    pub legacy: FileSideView,
    pub candidate: FileSideView,
}

impl FileView {
    /// `file`, which is of the feature of this key.
    pub fn new(file: &FileRecord, feature: &str) -> Self {
        let side = |path| {
            let side = file.side(path);
            let (provider, provider_id) = (side.provider.clone(), side.provider_id.clone());
            FileSideView { provider, provider_id, state: side.state.as_str().to_owned() }
        };
        Self {
            id: file.id.to_string(),
            feature: feature.to_owned(),
            sha256: file.sha256.as_ref().map(ToString::to_string),
            size: file.size,
            mime_type: file.mime_type.to_string(),
            original_name: file.original_name.to_string(),
            created_at: file.created_at,
            metadata: file.metadata.clone(),
            legacy: side(Path::Legacy),
            candidate: side(Path::Candidate),
        }
    }
}

/// A page of files, in the order of their making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FilesView {
    pub files: Vec<FileView>,
    /// What to say as `after` for the next page; `null` on the last.
    pub next: Option<String>,
}

/// Something that is still to be done on a side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileTaskView {
    pub file: String,
    /// `legacy` or `candidate`.
    pub side: Path,
    /// `put` or `delete`.
    pub kind: String,
    pub attempts: u32,
    pub next_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

impl From<FileTask> for FileTaskView {
    fn from(task: FileTask) -> Self {
        Self {
            file: task.file.0,
            side: task.side,
            kind: task.kind.as_str().to_owned(),
            attempts: task.attempts,
            next_at: task.next_at,
            last_error: task.last_error,
        }
    }
}

/// How far a feature's backfill has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BackfillView {
    pub feature: String,
    pub state: BackfillState,
    pub started_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Files that lay in legacy without a record, and have one now.
    pub adopted: u64,
    /// Files copied and read back.
    pub copied: u64,
    pub copied_bytes: u64,
    /// Files that could not be copied; they are tried again by the queue.
    pub failed: u64,
    pub last_error: Option<String>,
}

impl BackfillView {
    /// That of the feature of this key.
    pub fn new(feature: &str, progress: &Backfill) -> Self {
        Self {
            feature: feature.to_owned(),
            state: progress.state,
            started_at: progress.started_at,
            updated_at: progress.updated_at,
            adopted: progress.adopted,
            copied: progress.copied,
            copied_bytes: progress.copied_bytes,
            failed: progress.failed,
            last_error: progress.last_error.clone(),
        }
    }
}
