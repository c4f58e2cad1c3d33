//! What became of a feature, in order: rollout changes and sign-offs in one story.

use chrono::{DateTime, Utc};

use super::feature::HistoryRow;
use super::gate_card::SignOffLine;
use super::rail::stage_label;
use crate::domain::sign_off::{Decision, Standing};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineRow {
    pub at: DateTime<Utc>,
    pub sort: Sort,
    /// What happened: `0 % → 1 %`, `approved`.
    pub what: String,
    /// More of it: `advanced to stage 1 %`.
    pub detail: String,
    pub actor: String,
    pub reason: String,
    /// What an override went past.
    pub overridden: Vec<String>,
    /// Why a sign-off is void.
    pub void_because: Option<String>,
    /// The number of the change whose evidence was frozen.
    pub evidence: Option<i64>,
}

/// What kind of thing it was, for the sign beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Up,
    Down,
    Switched,
    Approved,
    Rejected,
}

/// Both lists as one, newest first.
pub fn timeline(changes: Vec<HistoryRow>, sign_offs: Vec<SignOffLine>) -> Vec<TimelineRow> {
    let mut rows: Vec<TimelineRow> =
        changes.into_iter().map(of_change).chain(sign_offs.into_iter().map(of_sign_off)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    rows
}

fn of_change(row: HistoryRow) -> TimelineRow {
    let sort = match row.from {
        Some(from) if row.to < from => Sort::Down,
        Some(from) if row.to == from => Sort::Switched,
        Some(_) | None => Sort::Up,
    };
    let what = match row.from {
        Some(from) if from != row.to => format!("{from} → {}", row.to),
        Some(_) | None => row.to.to_string(),
    };
    let stage = match &row.from_stage {
        Some(from) if *from != row.stage => format!(", stage {} → {}", stage_label(from), stage_label(&row.stage)),
        Some(_) => String::new(),
        None => format!(", stage {}", stage_label(&row.stage)),
    };
    let more = row.detail.map(|detail| format!(", {detail}")).unwrap_or_default();
    TimelineRow {
        at: row.at,
        sort,
        what,
        detail: format!("{}{stage}{more}", row.kind.replace('_', " ")),
        actor: row.actor,
        reason: row.reason,
        overridden: row.overridden,
        void_because: None,
        evidence: row.has_evidence.then_some(row.id),
    }
}

fn of_sign_off(row: SignOffLine) -> TimelineRow {
    let void_because = match row.standing {
        Standing::Void(why) => Some(why),
        Standing::Counts | Standing::Superseded => None,
    };
    let tool = row.tool.map(|tool| format!(" by the tool {tool}")).unwrap_or_default();
    TimelineRow {
        at: row.at,
        sort: match row.decision {
            Decision::Approved => Sort::Approved,
            Decision::Rejected => Sort::Rejected,
        },
        what: row.decision.as_str().to_owned(),
        detail: format!("stage {}{tool}", stage_label(&row.stage)),
        actor: row.reviewer,
        reason: row.comment,
        overridden: Vec::new(),
        void_because,
        evidence: None,
    }
}
