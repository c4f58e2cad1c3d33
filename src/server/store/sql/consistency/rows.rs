//! Rows of checks and findings, and their way to the domain.

use chrono::{DateTime, Utc};

use super::super::rows::{actor, corrupt, count, moment};
use crate::domain::consistency::check::{Check, CheckId, CheckMode, CheckState, Looked};
use crate::domain::consistency::{Closed, Finding, FindingId, FindingKind, Identity, KeptFinding, Repair, Subject};
use crate::domain::feature::FeatureId;
use crate::domain::file::FileId;
use crate::domain::path::Path;
use crate::server::store::StoreError;

const CHECKS: &str = "checks";
const FINDINGS: &str = "findings";

pub(super) fn mode(text: &str) -> Result<CheckMode, StoreError> {
    CheckMode::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| corrupt(CHECKS, "mode", text))
}

#[derive(sqlx::FromRow)]
pub(super) struct CheckRow {
    id: i64,
    mode: String,
    asked_by: String,
    asked_at: i64,
    started_at: Option<i64>,
    state: String,
    ended_at: Option<i64>,
    error: Option<String>,
    records: i64,
    objects: i64,
    bytes: i64,
    found: i64,
}

impl TryFrom<CheckRow> for Check {
    type Error = StoreError;

    fn try_from(row: CheckRow) -> Result<Self, StoreError> {
        let at = row.ended_at.map(|at| moment(CHECKS, "ended_at", at)).transpose()?;
        let state = match (row.state.as_str(), at) {
            ("waiting", None) => CheckState::Waiting,
            ("running", None) => CheckState::Running,
            ("complete", Some(at)) => CheckState::Complete { at },
            ("failed", Some(at)) => CheckState::Failed { at, error: row.error.unwrap_or_default() },
            ("interrupted", Some(at)) => CheckState::Interrupted { at },
            (other, _) => return Err(corrupt(CHECKS, "state", other)),
        };
        Ok(Self {
            id: CheckId(row.id),
            mode: mode(&row.mode)?,
            asked_by: actor(CHECKS, "asked_by", &row.asked_by)?,
            asked_at: moment(CHECKS, "asked_at", row.asked_at)?,
            started_at: row.started_at.map(|at| moment(CHECKS, "started_at", at)).transpose()?,
            state,
            looked: Looked {
                records: count(CHECKS, "records", row.records)?,
                objects: count(CHECKS, "objects", row.objects)?,
                bytes: count(CHECKS, "bytes", row.bytes)?,
                found: count(CHECKS, "found", row.found)?,
            },
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct FindingRow {
    id: i64,
    kind: String,
    side: String,
    subject: String,
    feature_id: Option<i64>,
    detail: String,
    repairs: String,
    found_at: i64,
    last_check: i64,
    last_error: Option<String>,
    closed_at: Option<i64>,
    closed_by: Option<String>,
    repair: Option<String>,
}

impl TryFrom<FindingRow> for KeptFinding {
    type Error = StoreError;

    fn try_from(row: FindingRow) -> Result<Self, StoreError> {
        let kind = FindingKind::parse(&row.kind).ok_or_else(|| corrupt(FINDINGS, "kind", &row.kind))?;
        let side = match row.side.as_str() {
            "" => None,
            side => Some(
                Path::ALL.into_iter().find(|it| it.as_str() == side).ok_or_else(|| corrupt(FINDINGS, "side", side))?,
            ),
        };
        let subject = match kind {
            FindingKind::NoRecord => Subject::Object(row.subject),
            _ => Subject::File(FileId::parse(&row.subject).ok_or_else(|| corrupt(FINDINGS, "subject", &row.subject))?),
        };
        let repairs: Result<Vec<Repair>, StoreError> =
            row.repairs.split_whitespace().map(|word| repair("repairs", word)).collect();
        let finding = Finding {
            is: Identity { kind, side, subject },
            feature: row.feature_id.map(FeatureId),
            detail: row.detail,
            repairs: repairs?,
        };
        let at = row.closed_at.map(|at| moment(FINDINGS, "closed_at", at)).transpose()?;
        Ok(Self {
            id: FindingId(row.id),
            finding,
            found_at: moment(FINDINGS, "found_at", row.found_at)?,
            last_check: CheckId(row.last_check),
            last_error: row.last_error,
            closed: at.map(|at| closed(at, row.closed_by.as_deref(), row.repair.as_deref())).transpose()?,
        })
    }
}

fn closed(at: DateTime<Utc>, by: Option<&str>, mended: Option<&str>) -> Result<Closed, StoreError> {
    Ok(match (by, mended) {
        (Some(by), Some(mended)) => {
            Closed::Repaired { at, by: actor(FINDINGS, "closed_by", by)?, repair: repair("repair", mended)? }
        }
        _ => Closed::Gone { at },
    })
}

fn repair(column: &'static str, word: &str) -> Result<Repair, StoreError> {
    Repair::parse(word).ok_or_else(|| corrupt(FINDINGS, column, word))
}
