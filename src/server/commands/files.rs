//! What people do to files in the panel: being rid of one, trying again what failed, taking over what only legacy has.

use serde_json::{Value, json};

use super::CommandError;
use crate::domain::audit::AuditDraft;
use crate::domain::author::Author;
use crate::domain::feature_key::FeatureKey;
use crate::domain::file::FileId;
use crate::domain::reason::Reason;
use crate::domain::refusal::Refusal;
use crate::server::files::service::{FileError, FileService};
use crate::server::state::AppState;
use crate::server::store::Change;

/// Deletes a file for good, and tells of it.
pub async fn delete(state: &AppState, id: &FileId, author: &Author, reason: &Reason) -> Result<(), CommandError> {
    let files = service(state)?;
    let file = files.record(id).await.map_err(in_command)?;
    let features = state.store.features().await?;
    let feature = features.into_iter().find(|it| it.id == file.feature).map(|it| it.key);
    let migration = match &feature {
        Some(key) => state.store.feature(key).await?.map(|(migration, _)| migration.slug),
        None => None,
    };
    files.delete(id, None).await.map_err(in_command)?;
    let change = Change {
        actor: author.actor.clone(),
        at: state.clock.now(),
        writes: Vec::new(),
        audit: vec![AuditDraft {
            action: "file.deleted",
            migration,
            feature,
            subject: Some(format!("file {id}")),
            reason: reason.as_str().to_owned(),
            before: json!({"name": file.original_name.as_str(), "size": file.size, "sha256": file.sha256}),
            after: Value::Null,
            policy_version: None,
            version: None,
        }],
    };
    state.commit(&change).await?;
    tracing::info!(file = %id, actor = author.actor.as_str(), "file deleted");
    Ok(())
}

/// Has everything tried again now that waits for its next attempt; how much that is.
pub async fn retry_now(state: &AppState) -> Result<u64, CommandError> {
    service(state)?;
    Ok(state.store.hasten_tasks(state.clock.now()).await?)
}

/// Begins a feature's backfill, or goes on with the one under way.
pub async fn begin_backfill(state: &AppState, key: &FeatureKey) -> Result<(), CommandError> {
    service(state)?.begin_backfill(key).await.map(drop).map_err(in_command)
}

fn service(state: &AppState) -> Result<&FileService, CommandError> {
    state.files.as_ref().ok_or_else(|| CommandError::refused(Refusal::NoFiles))
}

fn in_command(error: FileError) -> CommandError {
    match error {
        FileError::Store(error) => error.into(),
        FileError::NotFound(id) => CommandError::NotFound { what: format!("file {id}") },
        FileError::UnknownFeature(key) => CommandError::NotFound { what: format!("feature {key}") },
        FileError::Invalid(errors) => errors.into(),
        other => CommandError::refused(Refusal::RepairFailed { why: other.to_string() }),
    }
}
