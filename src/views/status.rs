//! `GET /monitoring/hybrid-status`: one migration at a glance, for programs. Latencies are seconds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::effective::Block;
use crate::domain::gate::Verdict;
use crate::domain::percentage::Percentage;

/// The status document. A number with no data behind it is `null`, never 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HybridStatus {
    pub migration: String,
    pub at: DateTime<Utc>,
    pub candidate_enabled: bool,
    pub fallback_to_legacy: bool,
    /// The effective percentage of each feature.
    pub rollout: BTreeMap<String, Percentage>,
    pub features: BTreeMap<String, FeatureStatus>,
    pub shadow_mode: ShadowStatus,
    pub performance: PerformanceStatus,
    /// The alerts that are pending or fire.
    pub alerts: Vec<AlertStatus>,
    pub system: SystemStatus,
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FeatureStatus {
    pub stage: String,
    pub configured: Percentage,
    pub effective: Percentage,
    /// The candidate's share of what was served in the last five minutes, in per cents.
    pub observed: Option<f64>,
    pub blocked_by: Vec<Block>,
    /// The verdict of its gate: `passed`, `failed` or `inconclusive`; `null` when it is complete.
    pub gate: Option<Verdict>,
}

/// Shadow setting and results of all features, over the window of [`PerformanceStatus`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShadowStatus {
    pub enabled: bool,
    pub sample_rate: f64,
    pub comparisons: u64,
    pub errors: u64,
    pub discrepancies: u64,
    pub error_rate: Option<f64>,
    pub discrepancy_rate: Option<f64>,
}

/// What both paths did in the window, over all features. `unified` is the candidate's name in this document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PerformanceStatus {
    pub window_seconds: i64,
    pub active_units: ActiveUnits,
    pub unified_avg_latency: Option<f64>,
    pub legacy_avg_latency: Option<f64>,
    pub unified_success_rate: Option<f64>,
    pub legacy_success_rate: Option<f64>,
    pub unified_p95_latency: Option<f64>,
    pub legacy_p95_latency: Option<f64>,
    /// The candidate's p95 over legacy's, less 1.
    pub degradation: Option<f64>,
    pub requests: RequestCounts,
    pub fallbacks: u64,
}

/// Distinct units per implementation, estimated; `null` where no observation named one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ActiveUnits {
    pub legacy: Option<u64>,
    pub unified: Option<u64>,
}

/// Requests per implementation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RequestCounts {
    pub legacy: u64,
    pub unified: u64,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AlertStatus {
    /// The name of its rule.
    pub rule: String,
    /// `null` when it is about the machine.
    pub feature: Option<String>,
    /// `pending` or `firing`.
    pub state: String,
    pub value: Option<f64>,
    pub limit: f64,
    /// Since when it is in this state.
    pub since: DateTime<Utc>,
}

/// The machine and the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SystemStatus {
    /// The share of all cores in use, 0 to 1; `null` until it was measured.
    pub cpu: Option<f64>,
    /// The share of memory in use, 0 to 1; `null` until it was measured.
    pub memory: Option<f64>,
    /// The share in use of the disk that the data is on, 0 to 1; `null` until it was measured.
    #[serde(default)]
    pub disk: Option<f64>,
    /// What is left on it.
    #[serde(default)]
    pub disk_free_bytes: Option<u64>,
    pub store_pool: StorePoolStatus,
    /// Batches that wait to be written.
    pub ingest_queue: u64,
    /// Tasks of files that wait.
    #[serde(default)]
    pub file_tasks: u64,
    /// Notifications of alerts that wait to be told.
    #[serde(default)]
    pub notification_queue: u64,
}

/// The store's connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StorePoolStatus {
    pub in_use: u32,
    pub size: u32,
}
