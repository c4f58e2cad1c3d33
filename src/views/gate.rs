//! A feature's gate: the API's document and the panel's page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::driver::DriverNote;
use super::feature::HistoryRow;
use super::summary::Percentages;
use crate::domain::gate::GateReport;
use crate::domain::percentage::Percentage;
use crate::domain::policy::SignOffsRequired;
use crate::domain::sign_off::{Capacity, Decision, SignOff, Standing, Tool};

/// `GET /api/v1/features/{key}/gate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GateDocument {
    #[serde(flatten)]
    pub report: GateReport,
    pub sign_offs: SignOffsDocument,
    /// Whether nothing stands between the feature and its next stage.
    pub can_advance: bool,
    /// Everything that does, in words.
    pub refusals: Vec<String>,
}

/// Sign-offs asked for and given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignOffsDocument {
    pub required: SignOffsRequired,
    /// Of the present entry into the stage, oldest first.
    pub given: Vec<SignOffRow>,
}

/// A sign-off without what the reviewer saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignOffRow {
    pub id: String,
    pub at: DateTime<Utc>,
    pub stage: String,
    pub policy_version: i64,
    pub decision: Decision,
    pub capacity: Capacity,
    pub reviewer: String,
    pub comment: String,
    pub tool: Option<Tool>,
    /// `sha256:` of the frozen gate report.
    pub report_digest: String,
    pub evidence_digest: String,
    /// Whether it still counts; null for one of an earlier entry into a stage.
    pub standing: Option<Standing>,
}

impl SignOffRow {
    /// `sign_off` with what it still counts for.
    pub fn new(sign_off: &SignOff, standing: Option<Standing>) -> Self {
        Self {
            id: sign_off.id.0.clone(),
            at: sign_off.at,
            stage: sign_off.report.stage.clone(),
            policy_version: sign_off.report.policy_version,
            decision: sign_off.decision,
            capacity: sign_off.capacity,
            reviewer: sign_off.author.actor.as_str().to_owned(),
            comment: sign_off.comment.clone(),
            tool: sign_off.tool.clone(),
            report_digest: sign_off.report_digest.clone(),
            evidence_digest: sign_off.report.evidence_digest.clone(),
            standing,
        }
    }
}

/// A sign-off with the report that the reviewer saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignOffDocument {
    pub feature: String,
    #[serde(flatten)]
    pub row: SignOffRow,
    /// The frozen gate report.
    pub report: GateReport,
}

/// Where an advance leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextStage {
    /// The name of the stage, or `complete`.
    pub name: String,
    pub percentage: Percentage,
}

/// The gate as the feature page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateSummary {
    pub report: GateReport,
    pub required: SignOffsRequired,
    /// Of the present entry into the stage, oldest first.
    pub sign_offs: Vec<SignOffRow>,
    /// Everything that stands between the feature and its next stage, in words.
    pub refusals: Vec<String>,
    pub next: NextStage,
}

impl GateSummary {
    /// Whether nothing stands between the feature and its next stage.
    pub const fn can_advance(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// The page of a gate as it was when a feature went through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrozenGateView {
    pub key: String,
    pub migration_slug: String,
    pub migration_name: String,
    /// The change that was decided by it.
    pub change: HistoryRow,
    pub report: GateReport,
    /// The sign-offs given by then in that stage, oldest first.
    pub sign_offs: Vec<SignOffRow>,
}

/// The gate page: all that a reviewer decides by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateView {
    /// When it was true.
    pub at: DateTime<Utc>,
    pub key: String,
    pub name: String,
    pub migration_slug: String,
    pub migration_name: String,
    /// The feature's version, which every form carries.
    pub version: i64,
    /// The name of its stage.
    pub stage: String,
    pub percentages: Percentages,
    /// Who entered the stage, who may not sign it off.
    pub entered_by: Option<String>,
    /// `None` for a complete feature.
    pub gate: Option<GateSummary>,
    /// Sign-offs of the present entry with what each reviewer saw, newest first.
    pub seen: Vec<SignOffDocument>,
    /// Sign-offs of earlier entries, newest first.
    pub earlier: Vec<SignOffRow>,
    /// The evidence as it is shown here, sealed: a review carries it, so that it is bound to what the reviewer saw.
    /// Empty when it could not be sealed.
    pub sealed: String,
    /// What is to be said of traffic that is not of callers.
    pub driver: Option<DriverNote>,
}
