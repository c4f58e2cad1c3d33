//! Files as the panel shows them.

use std::collections::HashMap;

use crate::domain::feature::FeatureId;
use crate::domain::field_error::FieldError;
use crate::domain::file::FileId;
use crate::domain::path::Path;
use crate::server::commands::CommandError;
use crate::server::state::AppState;
use crate::server::store::{FileListQuery, FileTaskQuery, FileTotals, Holding, SideTotals, StoreError};
use crate::views::consistency::CheckView;
use crate::views::file::{BackfillView, FileTaskView, FileView};
use crate::views::file_pages::{FeatureFiles, FilePage, FilesPage, SideFiles};

/// The most files of one page.
const ROWS: u32 = 50;

/// The most tasks shown.
const TASKS: u32 = 10;

/// Which files somebody asks for, as it was written; empty for all.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub feature: String,
    pub name: String,
    /// `legacy`, `candidate`, `not_legacy` or `not_candidate`.
    pub side: String,
    pub before: String,
}

/// What there is, and the files that are asked for.
pub async fn page(state: &AppState, asked: &Asked) -> Result<FilesPage, CommandError> {
    let features = state.store.features().await?;
    let keys: HashMap<FeatureId, String> = features.iter().map(|it| (it.id, it.key.to_string())).collect();
    let query = parse(asked, &keys)?;
    let files = state.store.file_list(&query).await?;
    let is_full = files.len() == ROWS as usize;
    let key = |id: FeatureId| keys.get(&id).map_or("", String::as_str);
    let totals: HashMap<FeatureId, FileTotals> =
        state.store.file_totals().await?.into_iter().map(|totals| (totals.feature, totals)).collect();
    let backfills: HashMap<FeatureId, _> = state.store.file_backfills().await?.into_iter().collect();
    let rows = features.iter().map(|feature| {
        let totals = totals.get(&feature.id);
        let side = |of: fn(&FileTotals) -> SideTotals| {
            let SideTotals { files, bytes, behind } = totals.map(of).unwrap_or_default();
            SideFiles { files, bytes, behind }
        };
        FeatureFiles {
            feature: feature.key.to_string(),
            files: totals.map_or(0, |it| it.files),
            bytes: totals.map_or(0, |it| it.bytes),
            legacy: side(|it| it.legacy),
            candidate: side(|it| it.candidate),
            backfill: backfills.get(&feature.id).map(|it| BackfillView::new(feature.key.as_str(), it)),
        }
    });
    let sharing = state.store.file_sharing().await?;
    let queue = state.store.queue_length().await?;
    let tasks = state.store.file_tasks(&FileTaskQuery { limit: TASKS, ..FileTaskQuery::default() }).await?;
    let mut open: HashMap<_, u64> = HashMap::new();
    for it in state.store.open_findings().await? {
        *open.entry(it.kind).or_default() += it.count;
    }
    let kinds = crate::domain::consistency::FindingKind::ALL.into_iter();
    Ok(FilesPage {
        at: state.clock.now(),
        is_set_up: state.files.is_some(),
        features: rows.collect(),
        objects: sharing.objects,
        object_bytes: sharing.object_bytes,
        shared_bytes: sharing.file_bytes.saturating_sub(sharing.object_bytes),
        waiting: queue.tasks,
        failing: queue.failing,
        due_since: queue.due_since,
        tasks: tasks.into_iter().map(FileTaskView::from).collect(),
        last_check: state.store.checks(1).await?.first().map(CheckView::from),
        open: kinds.filter_map(|kind| Some((kind, *open.get(&kind)?))).collect(),
        next: files.last().filter(|_| is_full).map(|last| last.id.to_string()),
        files: files.iter().map(|file| FileView::new(file, key(file.feature))).collect(),
    })
}

/// One file that was not deleted.
pub async fn file(state: &AppState, id: &str) -> Result<Option<FilePage>, StoreError> {
    let Some(id) = FileId::parse(id) else { return Ok(None) };
    let Some(file) = state.store.file(&id).await?.filter(|file| file.deleted_at.is_none()) else { return Ok(None) };
    let features = state.store.features().await?;
    let key = features.iter().find(|it| it.id == file.feature).map(|it| it.key.to_string()).unwrap_or_default();
    let tasks = state.store.tasks_of(std::slice::from_ref(&id)).await?;
    Ok(Some(FilePage {
        at: state.clock.now(),
        findings: super::consistency::of_file(state, &id, &key).await?,
        file: FileView::new(&file, &key),
        tasks: tasks.into_iter().map(FileTaskView::from).collect(),
    }))
}

fn parse(asked: &Asked, keys: &HashMap<FeatureId, String>) -> Result<FileListQuery, CommandError> {
    let mut errors = Vec::new();
    let feature = keys.iter().find(|(_, key)| **key == asked.feature).map(|(id, _)| *id);
    if feature.is_none() && !asked.feature.is_empty() {
        errors.push(FieldError::new("/feature", "there is no such feature"));
    }
    let side = match asked.side.as_str() {
        "" => None,
        "legacy" => Some((Path::Legacy, Holding::Has)),
        "candidate" => Some((Path::Candidate, Holding::Has)),
        "not_legacy" => Some((Path::Legacy, Holding::Lacks)),
        "not_candidate" => Some((Path::Candidate, Holding::Lacks)),
        _ => {
            errors.push(FieldError::new("/side", "must be legacy, candidate, not_legacy or not_candidate"));
            None
        }
    };
    let before = FileId::parse(&asked.before);
    if before.is_none() && !asked.before.is_empty() {
        errors.push(FieldError::new("/before", "must be the id of a file"));
    }
    if errors.is_empty() {
        Ok(FileListQuery { feature, name: asked.name.trim().to_owned(), side, before, limit: ROWS })
    } else {
        Err(errors.into())
    }
}
