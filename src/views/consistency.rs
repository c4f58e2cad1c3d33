//! Checks of files and what they found, as the panel and the API show them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::consistency::check::{Check, CheckMode, CheckState, Looked};
use crate::domain::consistency::{Closed, FindingKind, KeptFinding, Repair, Subject};
use crate::domain::path::Path;

/// One look at all files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    pub id: i64,
    pub mode: CheckMode,
    /// Who asked for it; `system` by schedule.
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    /// `waiting`, `running`, `complete`, `failed` or `interrupted`.
    pub state: String,
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
    #[serde(flatten)]
    pub looked: Looked,
}

impl From<&Check> for CheckView {
    fn from(check: &Check) -> Self {
        let error = match &check.state {
            CheckState::Failed { error, .. } => Some(error.clone()),
            _ => None,
        };
        Self {
            id: check.id.0,
            mode: check.mode,
            asked_by: check.asked_by.as_str().to_owned(),
            asked_at: check.asked_at,
            started_at: check.started_at,
            state: check.state.as_str().to_owned(),
            ended_at: check.state.ended_at(),
            error,
            looked: check.looked,
        }
    }
}

impl CheckView {
    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "waiting" | "running")
    }
}

/// Something that is, or was, wrong with a file or an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingView {
    pub id: i64,
    pub kind: FindingKind,
    /// `null` where it is about both sides.
    pub side: Option<Path>,
    /// The file's id; `null` of an object without a record.
    pub file: Option<String>,
    /// The object's name on its side; `null` of a file.
    pub object: Option<String>,
    /// The key of the file's feature; `null` of an object without a record, which counts for every feature.
    pub feature: Option<String>,
    pub detail: String,
    /// What may be done about it.
    pub repairs: Vec<Repair>,
    pub found_at: DateTime<Utc>,
    /// The check that found it last.
    pub last_check: i64,
    /// Why the last repair of it failed.
    pub last_error: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Who had it repaired; `null` while it is open, and when it was not found again.
    pub closed_by: Option<String>,
    pub repair: Option<Repair>,
}

impl FindingView {
    /// `kept`, of the feature of this key.
    pub fn new(kept: &KeptFinding, feature: Option<String>) -> Self {
        let is = &kept.finding.is;
        let (file, object) = match &is.subject {
            Subject::File(id) => (Some(id.to_string()), None),
            Subject::Object(key) => (None, Some(key.clone())),
        };
        let (closed_by, repair) = match &kept.closed {
            Some(Closed::Repaired { by, repair, .. }) => (Some(by.as_str().to_owned()), Some(*repair)),
            Some(Closed::Gone { .. }) | None => (None, None),
        };
        Self {
            id: kept.id.0,
            kind: is.kind,
            side: is.side,
            file,
            object,
            feature,
            detail: kept.finding.detail.clone(),
            repairs: kept.finding.repairs.clone(),
            found_at: kept.found_at,
            last_check: kept.last_check.0,
            last_error: kept.last_error.clone(),
            closed_at: kept.closed.as_ref().map(Closed::at),
            closed_by,
            repair,
        }
    }

    /// What it is about: a file or an object, by its name.
    pub fn subject(&self) -> &str {
        self.file.as_deref().or(self.object.as_deref()).unwrap_or_default()
    }
}

/// How many findings of one kind are open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenCount {
    pub kind: FindingKind,
    /// The key of the feature whose files they are of; `null` of objects without a record.
    pub feature: Option<String>,
    pub count: u64,
}

/// Whether records and sides agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsistencyView {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// The newest checks, newest first.
    pub checks: Vec<CheckView>,
    /// The newest complete one that read everything: what a gate goes by.
    pub last_full: Option<CheckView>,
    /// Open findings, of whatever filter.
    pub open: Vec<OpenCount>,
    /// Findings that the filter lets through, newest first.
    pub findings: Vec<FindingView>,
    /// What to say as `before` for the next page; `null` on the last.
    pub next: Option<i64>,
    /// The keys of all features, by which findings can be filtered.
    pub features: Vec<String>,
}

impl ConsistencyView {
    /// How many findings are open in all.
    pub fn open_count(&self) -> u64 {
        self.open.iter().map(|open| open.count).sum()
    }

    /// How many are open of each kind, as far as there are any, the gravest first.
    pub fn open_kinds(&self) -> Vec<(FindingKind, u64)> {
        let of = |kind| self.open.iter().filter(|open| open.kind == kind).map(|open| open.count).sum();
        FindingKind::ALL.into_iter().map(|kind| (kind, of(kind))).filter(|(_, count)| *count > 0).collect()
    }
}
