//! The feature page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alert::FiringView;
use super::chart::ChartView;
use super::driver::DriverNote;
use super::gate_card::{GateCardView, SignOffLine};
use super::metrics::MetricsView;
use super::rollback::RollbackView;
use super::summary::{PathSummary, Percentages, ShadowSummary};
use crate::domain::data_state::DataState;
use crate::domain::percentage::Percentage;

/// The feature page: its state now and its figures over the range chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureView {
    /// When it was true.
    pub at: DateTime<Utc>,
    pub key: String,
    pub name: String,
    pub migration_slug: String,
    pub migration_name: String,
    /// The name of its stage.
    pub stage: String,
    pub entered_at: DateTime<Utc>,
    pub enabled: bool,
    /// Counts its changes; every form carries it.
    pub version: i64,
    /// The stages of its policy in order, for the crossfader.
    pub stages: Vec<StageMark>,
    /// `None` for a complete feature.
    pub gate: Option<GateCardView>,
    /// The newest rollback that covers it, while it is under way, unproved, or not a day old.
    pub rollback: Option<RollbackView>,
    pub percentages: Percentages,
    pub data: DataState,
    /// Every operation seen, by name.
    pub operations: Vec<String>,
    /// Over the range chosen.
    pub legacy: PathSummary,
    /// Over the range chosen.
    pub candidate: PathSummary,
    /// Over the range chosen.
    pub shadow: ShadowSummary,
    /// Over the range chosen, for the tables behind the charts and the values under the pointer.
    pub metrics: MetricsView,
    /// In the order in which they are shown.
    pub charts: Vec<ChartView>,
    /// Newest first.
    pub history: Vec<HistoryRow>,
    /// All sign-offs, newest first.
    pub sign_offs: Vec<SignOffLine>,
    /// Over the range chosen, most frequent first.
    pub discrepancies: Vec<DiscrepancyRow>,
    /// Over the range chosen, most frequent first.
    pub error_kinds: Vec<ErrorKindRow>,
    /// What is to be said of traffic that is not of callers.
    pub driver: Option<DriverNote>,
    /// The alerts that fire.
    pub alerts: Vec<FiringView>,
    /// How many fire in all, of other features too.
    pub firing: u32,
}

impl FeatureView {
    /// Whether neither path did anything and nothing was compared, over the range chosen.
    pub const fn has_nothing_in_range(&self) -> bool {
        self.legacy.requests == 0 && self.candidate.requests == 0 && self.shadow.comparisons == 0
    }

    /// What stands in the place of an empty [`Self::error_kinds`]: there may be errors whose kind nobody named.
    pub const fn no_error_kinds(&self) -> &'static str {
        let (legacy, candidate) = (&self.legacy, &self.candidate);
        if legacy.errors + legacy.caller_errors + candidate.errors + candidate.caller_errors == 0 {
            "No errors in this range."
        } else {
            "The errors in this range came without a kind."
        }
    }

    /// What stands in the place of an empty [`Self::discrepancies`]: there may be discrepancies that name no field.
    pub const fn no_discrepancies(&self) -> &'static str {
        match (self.shadow.comparisons, self.shadow.discrepancies) {
            (0, _) => "Nothing was compared in this range.",
            (_, 0) => "No field differed in this range.",
            _ => "The discrepancies in this range came without fields.",
        }
    }
}

/// One rollout change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryRow {
    /// Its number.
    pub id: i64,
    pub at: DateTime<Utc>,
    /// The word for the kind of change.
    pub kind: String,
    pub from: Option<Percentage>,
    pub to: Percentage,
    pub from_stage: Option<String>,
    pub stage: String,
    pub actor: String,
    pub reason: String,
    /// The policy version that it was decided by.
    pub policy_version: Option<i64>,
    /// More in words: what a switch was set to.
    pub detail: Option<String>,
    /// What an override went past; empty for all other changes.
    pub overridden: Vec<String>,
    /// The rollback that it is part of.
    pub rollback: Option<String>,
    /// Whether the gate was frozen with it.
    pub has_evidence: bool,
}

/// One page of a feature's history: `GET /api/v1/features/{key}/history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryPage {
    /// Newest first.
    pub changes: Vec<HistoryRow>,
    /// Give this as `before` for the next page; null when there is none.
    pub next: Option<i64>,
}

/// A stage on the crossfader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageMark {
    pub name: String,
    pub percentage: Percentage,
}

/// How often one field differed in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscrepancyRow {
    pub field: String,
    /// `missing`, `extra`, `type` or `value`.
    pub kind: String,
    pub count: u64,
}

/// How often one kind of error came on each path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorKindRow {
    pub kind: String,
    pub legacy: u64,
    pub candidate: u64,
}
