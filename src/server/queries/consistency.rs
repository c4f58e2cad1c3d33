//! Checks of files and what they found.

use std::collections::HashMap;

use crate::domain::consistency::{FindingId, FindingKind, KeptFinding};
use crate::domain::feature::FeatureId;
use crate::domain::field_error::FieldError;
use crate::domain::file::FileId;
use crate::server::commands::CommandError;
use crate::server::state::AppState;
use crate::server::store::{FindingQuery, StoreError};
use crate::views::consistency::{CheckView, ConsistencyView, FindingView, OpenCount};

/// The most findings of one page.
const ROWS: u32 = 50;

/// The most checks shown.
const CHECKS: u32 = 10;

/// Which findings somebody asks for, as it was written; empty for all.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `open`, `closed` or `all`; the open ones when it is empty.
    pub state: String,
    pub kind: String,
    pub feature: String,
    pub before: String,
}

/// The newest checks, and the findings that are asked for.
pub async fn view(state: &AppState, asked: &Asked) -> Result<ConsistencyView, CommandError> {
    let features = keys(state).await?;
    let query = parse(asked, &features)?;
    let findings = state.store.findings(&query).await?;
    let next = findings.last().filter(|_| findings.len() == ROWS as usize).map(|last| last.id.0);
    let key = |id: Option<FeatureId>| id.and_then(|id| features.get(&id).cloned());
    let open = state.store.open_findings().await?.into_iter();
    let open = open.map(|it| OpenCount { kind: it.kind, feature: key(it.feature), count: it.count }).collect();
    let mut names: Vec<String> = features.values().cloned().collect();
    names.sort_unstable();
    Ok(ConsistencyView {
        at: state.clock.now(),
        checks: state.store.checks(CHECKS).await?.iter().map(CheckView::from).collect(),
        last_full: state.store.last_full_check().await?.as_ref().map(CheckView::from),
        open,
        findings: findings.iter().map(|it| FindingView::new(it, key(it.finding.feature))).collect(),
        next,
        features: names,
    })
}

/// One finding.
pub async fn finding(state: &AppState, kept: &KeptFinding) -> Result<FindingView, StoreError> {
    let feature = kept.finding.feature;
    let key = keys(state).await?.into_iter().find(|(id, _)| Some(*id) == feature).map(|(_, key)| key);
    Ok(FindingView::new(kept, key))
}

/// What was found of one file, newest first.
pub async fn of_file(state: &AppState, file: &FileId, feature: &str) -> Result<Vec<FindingView>, StoreError> {
    let query = FindingQuery { file: Some(file.clone()), limit: ROWS, ..FindingQuery::default() };
    let found = state.store.findings(&query).await?;
    Ok(found.iter().map(|it| FindingView::new(it, Some(feature.to_owned()))).collect())
}

async fn keys(state: &AppState) -> Result<HashMap<FeatureId, String>, StoreError> {
    Ok(state.store.features().await?.into_iter().map(|feature| (feature.id, feature.key.to_string())).collect())
}

fn parse(asked: &Asked, features: &HashMap<FeatureId, String>) -> Result<FindingQuery, CommandError> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, detail: &str| errors.push(FieldError::new(pointer, detail));
    let closed = match asked.state.as_str() {
        "" | "open" => Some(false),
        "closed" => Some(true),
        "all" => None,
        _ => {
            wrong("/state", "must be open, closed or all");
            None
        }
    };
    let kind = FindingKind::parse(&asked.kind);
    if kind.is_none() && !asked.kind.is_empty() {
        wrong("/kind", "is no kind of finding");
    }
    let feature = features.iter().find(|(_, key)| **key == asked.feature).map(|(id, _)| *id);
    if feature.is_none() && !asked.feature.is_empty() {
        wrong("/feature", "there is no such feature");
    }
    let before = asked.before.parse().ok().map(FindingId);
    if before.is_none() && !asked.before.is_empty() {
        wrong("/before", "must be a whole number");
    }
    if errors.is_empty() {
        Ok(FindingQuery { closed, kind, feature, file: None, before, limit: ROWS })
    } else {
        Err(errors.into())
    }
}
