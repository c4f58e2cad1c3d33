//! A reviewer's approval or rejection of a stage, bound to the evidence that the reviewer saw, and what it still counts
//! for. Not who may give one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::author::Author;
use super::evidence::Evidence;
use super::feature::{Feature, FeatureId};
use super::field_error::{FieldError, collect};
use super::gate::{GateReport, Verdict};
use super::policy::SignOffsRequired;
use super::reason::Reason;
use super::refusal::Refusal;
use super::text;

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approved,
    Rejected,
}

impl Decision {
    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The decision with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approved, Self::Rejected].into_iter().find(|decision| decision.as_str() == word)
    }
}

/// In what capacity a sign-off was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// By a manager, or by a token with a manager's authority.
    Manager,
    /// By an admin, whose approval lifts anyone's rejection.
    Admin,
    /// By a tool that reviewed. It never counts as a person.
    Tool,
}

impl Capacity {
    /// The word for it, as the store and the API have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Tool => "tool",
        }
    }

    /// The capacity with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Manager, Self::Admin, Self::Tool].into_iter().find(|capacity| capacity.as_str() == word)
    }
}

/// The tool that reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tool {
    /// Its name: `codereview`.
    pub name: String,
    /// Where what it said can be found.
    #[serde(default)]
    pub reference: Option<String>,
    /// How many exchanges with it remain.
    #[serde(default)]
    pub remaining: Option<u32>,
}

impl Tool {
    /// Checks what was told of a tool. Every faulty field is named.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        collect(&mut errors, "/tool/name", text::parse(&self.name, 80));
        if let Some(reference) = &self.reference {
            collect(&mut errors, "/tool/reference", text::parse(reference, 200));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A sign-off's name: a UUID, version 7.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct SignOffId(pub String);

/// A sign-off as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct SignOff {
    pub id: SignOffId,
    pub feature: FeatureId,
    /// Which entry of the feature into a stage it is of; see [`Feature::entry`].
    pub entry: i64,
    pub decision: Decision,
    pub capacity: Capacity,
    pub author: Author,
    pub comment: String,
    pub tool: Option<Tool>,
    /// What the reviewer saw; it names the stage and the policy version.
    pub report: GateReport,
    /// `sha256:` of the report's canonical form.
    pub report_digest: String,
    /// What the report was judged on.
    pub evidence: Evidence,
    pub at: DateTime<Utc>,
}

/// A sign-off as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub decision: Decision,
    pub comment: Option<Reason>,
    pub tool: Option<Tool>,
}

/// Whether a sign-off still counts, and if not why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state", content = "because")]
pub enum Standing {
    /// It counts.
    Counts,
    /// It does not count any more.
    Void(String),
    /// A newer one by the same reviewer took its place, or an admin's approval lifted it.
    Superseded,
}

/// What each sign-off of `sign_offs` (oldest first) still counts for, with `feature` where it is and `report` what is
/// measured now.
pub fn standings(sign_offs: &[SignOff], feature: &Feature, report: &GateReport) -> Vec<Standing> {
    sign_offs
        .iter()
        .enumerate()
        .map(|(index, sign_off)| {
            if let Some(why) = void(sign_off, feature, report) {
                return Standing::Void(why);
            }
            let superseded = sign_offs[index + 1..].iter().any(|later| supersedes(later, sign_off));
            if superseded { Standing::Superseded } else { Standing::Counts }
        })
        .collect()
}

/// What is still missing of the sign-offs that a stage requires.
pub fn unmet(
    required: SignOffsRequired,
    sign_offs: &[SignOff],
    feature: &Feature,
    report: &GateReport,
) -> Vec<Refusal> {
    let counting: Vec<&SignOff> = sign_offs
        .iter()
        .zip(standings(sign_offs, feature, report))
        .filter(|(_, standing)| *standing == Standing::Counts)
        .map(|(sign_off, _)| sign_off)
        .collect();
    let mut refusals: Vec<Refusal> = counting
        .iter()
        .filter(|sign_off| sign_off.decision == Decision::Rejected)
        .map(|sign_off| Refusal::Rejected { by: sign_off.author.actor.clone() })
        .collect();
    for (what, required, of) in [
        ("manager", required.manager, &[Capacity::Manager, Capacity::Admin][..]),
        ("tool", required.tool, &[Capacity::Tool]),
    ] {
        let mut given: Vec<&str> = counting
            .iter()
            .filter(|sign_off| sign_off.decision == Decision::Approved && of.contains(&sign_off.capacity))
            .map(|sign_off| reviewer(sign_off))
            .collect();
        given.sort_unstable();
        given.dedup();
        let given = u8::try_from(given.len()).unwrap_or(u8::MAX);
        if given < required {
            refusals.push(Refusal::SignOffs { what, required, given });
        }
    }
    refusals
}

/// Why a sign-off is void now: it was of another entry or policy version, or a criterion that had passed no longer does.
///
/// A rejection is void by another entry only: what weighed against the stage then still does under another policy.
fn void(sign_off: &SignOff, feature: &Feature, report: &GateReport) -> Option<String> {
    if sign_off.entry != feature.entry {
        return Some(format!("the stage was entered anew on {}", feature.entered_at.format("%Y-%m-%d %H:%M UTC")));
    }
    if sign_off.decision == Decision::Rejected {
        return None;
    }
    if sign_off.report.policy_version != report.policy_version {
        return Some(format!(
            "it was given under policy version {}, and {} applies now",
            sign_off.report.policy_version, report.policy_version
        ));
    }
    let fallen = sign_off.report.criteria.iter().filter(|seen| seen.verdict == Verdict::Passed).find_map(|seen| {
        report.criteria.iter().find(|now| seen.is_same_demand(now) && now.verdict != Verdict::Passed)
    })?;
    Some(format!("{} had passed and is {} now", fallen.kind.in_words(), fallen.verdict.as_str()))
}

fn supersedes(later: &SignOff, earlier: &SignOff) -> bool {
    if later.entry != earlier.entry {
        return false;
    }
    let lifted = earlier.decision == Decision::Rejected
        && later.decision == Decision::Approved
        && later.capacity == Capacity::Admin;
    lifted
        || (reviewer(later) == reviewer(earlier)
            && (later.capacity == Capacity::Tool) == (earlier.capacity == Capacity::Tool))
}

/// Who reviewed: a tool by its own name, a person as who they are.
fn reviewer(sign_off: &SignOff) -> &str {
    match &sign_off.tool {
        Some(tool) if sign_off.capacity == Capacity::Tool => &tool.name,
        _ => sign_off.author.person.as_str(),
    }
}

#[cfg(test)]
mod tests;
