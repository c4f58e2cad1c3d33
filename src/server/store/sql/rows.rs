//! Rows as SQLite has them, and their way to and from the domain. A row that does not parse names its table and column.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::domain::feature::{ActiveGradual, Feature, FeatureId, Switch};
use crate::domain::migration::{Migration, MigrationId, SampleRate, ShadowSetting};
use crate::domain::path::Path;
use crate::domain::percentage::Percentage;
use crate::domain::rollback::RollbackId;
use crate::domain::rollout::{ChangeKind, RolloutChange};
use crate::domain::rollup::Source;
use crate::domain::series::EntryMinute;
use crate::domain::stage_clock::StageClock;
use crate::domain::text::{Actor, Name};
use crate::server::store::StoreError;

/// A corrupt value: where and what.
pub(super) fn corrupt(table: &'static str, column: &'static str, detail: impl ToString) -> StoreError {
    StoreError::Corrupt { table, column, detail: detail.to_string() }
}

pub(super) fn moment(table: &'static str, column: &'static str, millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| corrupt(table, column, "out of range"))
}

pub(super) fn path(table: &'static str, text: &str) -> Result<Path, StoreError> {
    Path::ALL.into_iter().find(|path| path.as_str() == text).ok_or_else(|| corrupt(table, "path", text))
}

pub(super) const fn source_text(source: Source) -> &'static str {
    match source {
        Source::Path(path) => path.as_str(),
        Source::Shadow => "shadow",
    }
}

pub(super) fn source(text: &str) -> Result<Source, StoreError> {
    [Source::Path(Path::Legacy), Source::Path(Path::Candidate), Source::Shadow]
        .into_iter()
        .find(|source| source_text(*source) == text)
        .ok_or_else(|| corrupt("last_seen", "source", text))
}

pub(super) fn actor(table: &'static str, column: &'static str, text: &str) -> Result<Actor, StoreError> {
    Actor::parse(text).map_err(|error| corrupt(table, column, error))
}

/// A document kept as JSON.
pub(super) fn document<T: DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(table, column, error))
}

/// A count; SQLite has no unsigned integers.
pub(super) fn count(table: &'static str, column: &'static str, count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(|error| corrupt(table, column, error))
}

/// A count on its way in.
pub(super) fn to_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn percentage(table: &'static str, column: &'static str, basis_points: i64) -> Result<Percentage, StoreError> {
    u16::try_from(basis_points)
        .ok()
        .and_then(|basis_points| Percentage::from_basis_points(basis_points).ok())
        .ok_or_else(|| corrupt(table, column, basis_points))
}

#[derive(sqlx::FromRow)]
pub(super) struct MigrationRow {
    id: i64,
    slug: String,
    name: String,
    candidate_enabled: bool,
    fallback_to_legacy: bool,
    shadow_enabled: bool,
    shadow_sample_rate: f64,
    created_at: i64,
    version: i64,
}

impl TryFrom<MigrationRow> for Migration {
    type Error = StoreError;

    fn try_from(row: MigrationRow) -> Result<Self, StoreError> {
        const TABLE: &str = "migrations";
        Ok(Self {
            id: MigrationId(row.id),
            slug: row.slug.parse().map_err(|error| corrupt(TABLE, "slug", error))?,
            name: Name::parse(&row.name).map_err(|error| corrupt(TABLE, "name", error))?,
            candidate_enabled: Switch::from_bool(row.candidate_enabled),
            fallback_to_legacy: Switch::from_bool(row.fallback_to_legacy),
            shadow: ShadowSetting {
                enabled: Switch::from_bool(row.shadow_enabled),
                sample_rate: SampleRate::new(row.shadow_sample_rate)
                    .map_err(|error| corrupt(TABLE, "shadow_sample_rate", error))?,
            },
            created_at: moment(TABLE, "created_at", row.created_at)?,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct FeatureRow {
    id: i64,
    migration_id: i64,
    key: String,
    name: String,
    enabled: bool,
    basis_points: i64,
    stage: String,
    entered_at: i64,
    entry: i64,
    entered_by: Option<String>,
    before_entry: Option<String>,
    clock_elapsed_ms: i64,
    clock_running_since: Option<i64>,
    /// Of the gradual rollback under way.
    rollback_id: Option<String>,
    plan: Option<String>,
    hold: Option<String>,
    created_at: i64,
    version: i64,
}

impl TryFrom<FeatureRow> for Feature {
    type Error = StoreError;

    fn try_from(row: FeatureRow) -> Result<Self, StoreError> {
        const TABLE: &str = "features";
        Ok(Self {
            id: FeatureId(row.id),
            migration: MigrationId(row.migration_id),
            key: row.key.parse().map_err(|error| corrupt(TABLE, "key", error))?,
            name: Name::parse(&row.name).map_err(|error| corrupt(TABLE, "name", error))?,
            enabled: Switch::from_bool(row.enabled),
            configured: percentage(TABLE, "basis_points", row.basis_points)?,
            stage: row.stage,
            entered_at: moment(TABLE, "entered_at", row.entered_at)?,
            entry: row.entry,
            entered_by: row.entered_by.as_deref().map(|person| actor(TABLE, "entered_by", person)).transpose()?,
            before_entry: match &row.before_entry {
                Some(counts) => document(TABLE, "before_entry", counts)?,
                None => EntryMinute::default(),
            },
            clock: StageClock::from_parts(
                row.clock_elapsed_ms,
                row.clock_running_since.map(|since| moment(TABLE, "clock_running_since", since)).transpose()?,
            ),
            gradual: match (row.rollback_id, row.plan) {
                (Some(id), Some(plan)) => {
                    Some(ActiveGradual { rollback: RollbackId(id), plan: document("rollbacks", "plan", &plan)? })
                }
                (None, _) => None,
                (Some(id), None) => return Err(corrupt("rollbacks", "plan", format!("rollback {id} has none"))),
            },
            hold: row.hold.as_deref().map(|hold| document(TABLE, "hold", hold)).transpose()?,
            created_at: moment(TABLE, "created_at", row.created_at)?,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct RolloutChangeRow {
    id: i64,
    feature_id: i64,
    at: i64,
    kind: String,
    from_basis_points: Option<i64>,
    to_basis_points: i64,
    from_stage: Option<String>,
    stage: String,
    actor: String,
    reason: String,
    policy_version: Option<i64>,
    detail: Option<String>,
    overridden: String,
    rollback_id: Option<String>,
    has_evidence: bool,
}

impl TryFrom<RolloutChangeRow> for RolloutChange {
    type Error = StoreError;

    fn try_from(row: RolloutChangeRow) -> Result<Self, StoreError> {
        const TABLE: &str = "rollout_changes";
        let kind = ChangeKind::from_word(&row.kind).ok_or_else(|| corrupt(TABLE, "kind", &row.kind))?;
        let from = row.from_basis_points.map(|points| percentage(TABLE, "from_basis_points", points)).transpose()?;
        Ok(Self {
            id: row.id,
            feature: FeatureId(row.feature_id),
            at: moment(TABLE, "at", row.at)?,
            kind,
            from,
            to: percentage(TABLE, "to_basis_points", row.to_basis_points)?,
            from_stage: row.from_stage,
            stage: row.stage,
            actor: actor(TABLE, "actor", &row.actor)?,
            reason: row.reason,
            policy_version: row.policy_version,
            detail: row.detail,
            overridden: document(TABLE, "overridden", &row.overridden)?,
            rollback: row.rollback_id.map(RollbackId),
            has_evidence: row.has_evidence,
        })
    }
}
