//! A feature's series: `GET /api/v1/features/{key}/metrics`, and what charts and their tables are drawn from.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::summary::{PathSummary, ShadowSummary};

/// The series of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MetricsView {
    pub feature: String,
    /// The operation that it was narrowed to; `None` for all.
    pub operation: Option<String>,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub step_seconds: i64,
    /// One per step, oldest first, also where there is no data.
    pub points: Vec<MetricsPoint>,
}

/// One step of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MetricsPoint {
    /// When the step starts.
    pub at: DateTime<Utc>,
    pub legacy: PathSummary,
    pub candidate: PathSummary,
    pub shadow: ShadowSummary,
}
