//! The overview: every feature of every migration on one screen.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::driver::DriverNote;
use super::feature::StageMark;
use super::rollback::RollbackView;
use super::summary::{PathSummary, Percentages, ShadowSummary};
use crate::domain::data_state::DataState;
use crate::domain::gate::GateState;

/// How far back the overview's figures look, in hours.
pub const OVERVIEW_HOURS: i64 = 24;

/// The overview page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverviewView {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Oldest first.
    pub migrations: Vec<MigrationCard>,
    /// Rollbacks under way or not yet proved, newest first.
    pub rollbacks: Vec<RollbackView>,
    /// How many features wait for nothing but a sign-off.
    pub waiting: u32,
    /// How many alerts fire, of whatever migration.
    pub firing: u32,
    /// What is to be said of traffic that is not of callers.
    pub driver: Option<DriverNote>,
}

/// One migration on the overview.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MigrationCard {
    pub slug: String,
    pub name: String,
    pub candidate_enabled: bool,
    pub fallback_to_legacy: bool,
    pub shadow_enabled: bool,
    /// The share of calls run on both sides, 0 to 1.
    pub sample_rate: f64,
    /// Oldest first.
    pub features: Vec<FeatureRow>,
}

/// One feature on the overview; its figures are of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    pub key: String,
    pub name: String,
    /// The name of its stage.
    pub stage: String,
    pub percentages: Percentages,
    pub legacy: PathSummary,
    pub candidate: PathSummary,
    pub shadow: ShadowSummary,
    pub data: DataState,
    /// How its gate stands; `None` for a complete feature.
    pub gate: Option<GateState>,
    /// How many alerts fire.
    pub firing: u32,
    /// The stages of its policy in order, for the crossfader.
    pub stages: Vec<StageMark>,
    /// Requests per hour of both paths, oldest first, 24 of them.
    pub sparkline: Vec<SparkPoint>,
}

/// One hour of a sparkline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparkPoint {
    pub legacy: u64,
    pub candidate: u64,
}
