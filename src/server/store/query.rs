//! What can be asked of the rollups.

use chrono::{DateTime, Utc};

use crate::domain::audit::{Columns, Line};
use crate::domain::difference::{Difference, FieldPath};
use crate::domain::feature::FeatureId;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::noise::NoiseCounts;
use crate::domain::observation::Operation;
use crate::domain::rollback::RollbackId;
use crate::domain::rollup::{Hour, Minute};
use crate::domain::text::Actor;

/// A span of rollups: from the first that is in to the first that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Minutes { from: Minute, to: Minute },
    Hours { from: Hour, to: Hour },
}

impl Span {
    /// The whole minutes from `from` to `to`.
    pub const fn minutes(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self::Minutes { from: Minute::of(from), to: Minute::of(to) }
    }

    /// The whole hours from the one that `from` falls in to the one before that which `to` falls in, or with it when
    /// `to` is not its start.
    pub const fn hours(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let Hour(last) = Hour::of(to);
        let on_the_hour = to.timestamp() % 3_600 == 0 && to.timestamp_subsec_nanos() == 0;
        let end = if on_the_hour { last } else { last + 1 };
        Self::Hours { from: Hour::of(from), to: Hour(end) }
    }

    /// The first minute in and the first out.
    pub const fn bounds(self) -> (i64, i64) {
        match self {
            Self::Minutes { from, to } => (from.0, to.0),
            Self::Hours { from, to } => (from.0 * 60, to.0 * 60),
        }
    }

    /// The first minute of the first hour in and of the first hour out.
    pub const fn hour_bounds(self) -> (i64, i64) {
        match self {
            Self::Minutes { from, to } => (from.hour().0 * 60, (to.0 + 59).div_euclid(60) * 60),
            Self::Hours { .. } => self.bounds(),
        }
    }
}

/// Which rollups.
#[derive(Clone, Debug)]
pub struct RollupQuery {
    pub span: Span,
    /// Of this feature only; `None` for all.
    pub feature: Option<FeatureId>,
    /// Of this operation only; `None` for all.
    pub operation: Option<Operation>,
}

impl RollupQuery {
    /// Of all features and operations.
    pub const fn all(span: Span) -> Self {
        Self { span, feature: None, operation: None }
    }

    /// Of one feature.
    pub const fn of(feature: FeatureId, span: Span) -> Self {
        Self { span, feature: Some(feature), operation: None }
    }

    /// Narrowed to an operation.
    #[must_use]
    pub fn operation(mut self, operation: Option<&Operation>) -> Self {
        self.operation = operation.cloned();
        self
    }
}

/// How often fields differed, hour by hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldHours {
    /// How many fields differed, those that are not listed among them.
    pub fields: u64,
    /// By field, kind and hour.
    pub counts: Vec<(Difference, Hour, u64)>,
}

/// What second legacy runs showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoiseTally {
    /// Runs with a second legacy run.
    pub second_runs: u64,
    /// By field, those that differed in any of them.
    pub fields: Vec<(FieldPath, NoiseCounts)>,
}

/// How busy the store's connections are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    pub in_use: u32,
    pub size: u32,
}

/// Which end of the audit chain comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOrder {
    OldestFirst,
    NewestFirst,
}

/// Which audit events; every part that is given must hold.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    pub order: AuditOrder,
    /// Only those after this place in the order; `None` from its beginning.
    pub after: Option<i64>,
    pub limit: u32,
    pub feature: Option<FeatureKey>,
    pub migration: Option<MigrationSlug>,
    pub actor: Option<Actor>,
    /// An action, or the noun that actions begin with: `feature`, `feature.advanced`.
    pub action: Option<String>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

impl AuditQuery {
    /// Events from one end, whatever they are of.
    pub const fn any(order: AuditOrder, after: Option<i64>, limit: u32) -> Self {
        Self { order, after, limit, feature: None, migration: None, actor: None, action: None, from: None, to: None }
    }
}

/// An audit event as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: i64,
    /// The text that the hash is of.
    pub body: String,
    pub hash: String,
    /// What repeats parts of the text.
    pub columns: Columns,
}

impl From<&AuditRow> for Line {
    fn from(row: &AuditRow) -> Self {
        Self { seq: row.seq, hash: row.hash.clone(), body: row.body.clone() }
    }
}

/// Which rollbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollbackQuery {
    /// The newest of all.
    Newest { limit: u32 },
    /// Those with steps to make or an effect to prove.
    Open,
    /// The one of this name.
    One(RollbackId),
}
