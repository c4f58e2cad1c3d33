//! A gate as its card shows it, in words already: the page of a feature fetches it again and again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::criterion::CriterionRow;
use super::format;
use super::gate::{GateSummary, SignOffRow};
use crate::domain::gate::{GateState, NextChange};
use crate::domain::policy::SignOffsRequired;
use crate::domain::sign_off::{Decision, Standing};

/// The card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateCardView {
    pub feature: String,
    pub stage: String,
    pub state: GateState,
    pub policy_version: i64,
    pub entered_at: DateTime<Utc>,
    pub as_of: DateTime<Utc>,
    /// When the verdict can next change, and why.
    pub next_change: Option<String>,
    pub criteria: Vec<CriterionRow>,
    /// Of this stage, newest first.
    pub sign_offs: Vec<SignOffLine>,
    /// `needs 1 by a manager`.
    pub required: String,
    /// What stands in the way of an advance.
    pub refusals: Vec<String>,
}

impl GateCardView {
    /// `gate` as of `now`.
    pub fn new(gate: &GateSummary, now: DateTime<Utc>) -> Self {
        let report = &gate.report;
        Self {
            feature: report.feature.to_string(),
            stage: report.stage.clone(),
            state: report.state,
            policy_version: report.policy_version,
            entered_at: report.entered_at,
            as_of: now,
            next_change: report.next_change.as_ref().map(next_change),
            criteria: report.criteria.iter().map(CriterionRow::new).collect(),
            sign_offs: gate.sign_offs.iter().rev().map(SignOffLine::new).collect(),
            required: required(gate.required),
            refusals: gate.refusals.clone(),
        }
    }
}

fn next_change(next: &NextChange) -> String {
    match next.seconds {
        Some(seconds) => {
            format!("in {} at the earliest: {}", format::duration(TimeDelta::seconds(seconds)), next.reason)
        }
        None => next.reason.clone(),
    }
}

fn required(required: SignOffsRequired) -> String {
    let parts = [(required.manager, "manager"), (required.tool, "tool")];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, who)| format!("{count} by a {who}")).collect();
    if parts.is_empty() { "none needed".to_owned() } else { format!("needs {}", parts.join(" and ")) }
}

/// A sign-off in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffLine {
    pub decision: Decision,
    pub standing: Standing,
    pub reviewer: String,
    pub at: DateTime<Utc>,
    pub stage: String,
    pub comment: String,
    /// The name of the tool that reviewed.
    pub tool: Option<String>,
}

impl SignOffLine {
    /// `row` without its digests.
    pub fn new(row: &SignOffRow) -> Self {
        Self {
            decision: row.decision,
            standing: row.standing.clone().unwrap_or(Standing::Superseded),
            reviewer: row.reviewer.clone(),
            at: row.at,
            stage: row.stage.clone(),
            comment: row.comment.clone(),
            tool: row.tool.as_ref().map(|tool| tool.name.clone()),
        }
    }
}
