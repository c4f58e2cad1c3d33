//! Rows of alerts and silences, and their way to and from the domain.

use super::super::rows::{actor, corrupt, document, moment};
use crate::domain::alert::{Acted, AlertState, Ended, Episode, Silence, SilenceId, Subject};
use crate::domain::alert_notice::{AlertId, Severity};
use crate::domain::feature::FeatureId;
use crate::domain::migration::MigrationId;
use crate::domain::policy::AlertKind;
use crate::domain::reason::Reason;
use crate::domain::rollback::RollbackId;
use crate::server::store::StoreError;

const ALERTS: &str = "alerts";
const SILENCES: &str = "silences";

/// [`AlertState`] as the columns have it.
pub(super) struct StateColumns<'a> {
    pub fired_at: Option<i64>,
    pub resolved_at: Option<i64>,
    pub resolved_reason: Option<&'a str>,
    pub held_ms: i64,
    pub clear_ms: i64,
}

impl<'a> StateColumns<'a> {
    pub fn of(state: &'a AlertState) -> Self {
        let fired_at = state.fired_at().map(|at| at.timestamp_millis());
        let none = Self { fired_at, resolved_at: None, resolved_reason: None, held_ms: 0, clear_ms: 0 };
        match state {
            AlertState::Pending { held_ms } => Self { held_ms: *held_ms, ..none },
            AlertState::Firing { clear_ms, .. } => Self { clear_ms: *clear_ms, ..none },
            AlertState::Resolved { at, reason, .. } => {
                Self { resolved_at: Some(at.timestamp_millis()), resolved_reason: Some(reason), ..none }
            }
        }
    }
}

/// [`Acted`] as the columns have it.
pub(super) struct ActedColumns<'a> {
    pub word: &'static str,
    pub rollback: Option<&'a str>,
}

impl<'a> ActedColumns<'a> {
    pub fn of(acted: &'a Acted) -> Self {
        match acted {
            Acted::Nothing => Self { word: "nothing", rollback: None },
            Acted::Held => Self { word: "held", rollback: None },
            Acted::RolledBack(rollback) => Self { word: "rolled_back", rollback: Some(&rollback.0) },
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct AlertRow {
    id: String,
    migration_id: i64,
    feature_id: Option<i64>,
    entry: Option<i64>,
    rule: String,
    kind: String,
    severity: String,
    action: String,
    policy_version: i64,
    state: String,
    pending_at: i64,
    fired_at: Option<i64>,
    resolved_at: Option<i64>,
    resolved_reason: Option<String>,
    held_ms: i64,
    clear_ms: i64,
    seen_at: i64,
    reading: String,
    frozen_digest: Option<String>,
    acted: String,
    rollback_id: Option<String>,
    told: bool,
    revision: i64,
}

impl TryFrom<AlertRow> for Episode {
    type Error = StoreError;

    fn try_from(row: AlertRow) -> Result<Self, StoreError> {
        Ok(Self {
            state: state(&row)?,
            acted: match (row.acted.as_str(), row.rollback_id) {
                ("nothing", None) => Acted::Nothing,
                ("held", None) => Acted::Held,
                ("rolled_back", Some(rollback)) => Acted::RolledBack(RollbackId(rollback)),
                _ => return Err(corrupt(ALERTS, "acted", row.acted)),
            },
            id: AlertId(row.id),
            subject: Subject {
                migration: MigrationId(row.migration_id),
                feature: row.feature_id.map(FeatureId),
                entry: row.entry,
            },
            rule: row.rule,
            kind: AlertKind::from_word(&row.kind).ok_or_else(|| corrupt(ALERTS, "kind", &row.kind))?,
            severity: Severity::from_word(&row.severity).ok_or_else(|| corrupt(ALERTS, "severity", &row.severity))?,
            action: document(ALERTS, "action", &row.action)?,
            policy_version: row.policy_version,
            pending_at: moment(ALERTS, "pending_at", row.pending_at)?,
            seen_at: moment(ALERTS, "seen_at", row.seen_at)?,
            reading: document(ALERTS, "reading", &row.reading)?,
            frozen_digest: row.frozen_digest,
            told: row.told,
            revision: row.revision,
        })
    }
}

fn state(row: &AlertRow) -> Result<AlertState, StoreError> {
    let at = |column: &'static str, value: Option<i64>| {
        moment(ALERTS, column, value.ok_or_else(|| corrupt(ALERTS, column, "missing"))?)
    };
    Ok(match row.state.as_str() {
        "pending" => AlertState::Pending { held_ms: row.held_ms },
        "firing" => AlertState::Firing { since: at("fired_at", row.fired_at)?, clear_ms: row.clear_ms },
        "resolved" => AlertState::Resolved {
            since: at("fired_at", row.fired_at)?,
            at: at("resolved_at", row.resolved_at)?,
            reason: row.resolved_reason.clone().unwrap_or_default(),
        },
        other => return Err(corrupt(ALERTS, "state", other)),
    })
}

#[derive(sqlx::FromRow)]
pub(super) struct SilenceRow {
    id: String,
    migration_id: i64,
    feature_id: Option<i64>,
    rule: Option<String>,
    starts_at: i64,
    ends_at: i64,
    reason: String,
    actor: String,
    ended_at: Option<i64>,
    ended_by: Option<String>,
}

impl TryFrom<SilenceRow> for Silence {
    type Error = StoreError;

    fn try_from(row: SilenceRow) -> Result<Self, StoreError> {
        let ended = match (row.ended_at, row.ended_by.as_deref()) {
            (Some(at), Some(by)) => {
                Some(Ended { at: moment(SILENCES, "ended_at", at)?, by: actor(SILENCES, "ended_by", by)? })
            }
            (None, _) => None,
            (Some(_), None) => return Err(corrupt(SILENCES, "ended_by", "missing")),
        };
        Ok(Self {
            id: SilenceId(row.id),
            migration: MigrationId(row.migration_id),
            feature: row.feature_id.map(FeatureId),
            rule: row.rule,
            from: moment(SILENCES, "starts_at", row.starts_at)?,
            until: moment(SILENCES, "ends_at", row.ends_at)?,
            reason: Reason::parse(&row.reason).map_err(|error| corrupt(SILENCES, "reason", error))?,
            actor: actor(SILENCES, "actor", &row.actor)?,
            ended,
        })
    }
}
