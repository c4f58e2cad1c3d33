//! What went wrong on the way: rollbacks with their proof, switches that were turned off, rejections, overrides.

use super::stages::{is_of, reviews};
use super::{HandOver, in_words};
use crate::domain::rollback::Proof;
use crate::domain::rollout::{ChangeKind, RolloutChange};
use crate::domain::sign_off::Decision;
use crate::views::format;
use crate::views::markdown::{escaped, table};
use crate::views::rollback::RollbackView;

pub(super) fn sections(report: &HandOver) -> Vec<String> {
    let switched_off = |change: &&RolloutChange| match change.kind {
        ChangeKind::FeatureDisabled | ChangeKind::CandidateDisabled | ChangeKind::FallbackDisabled => true,
        ChangeKind::Created
        | ChangeKind::Advanced
        | ChangeKind::Completed
        | ChangeKind::PercentageSet
        | ChangeKind::StageRestarted
        | ChangeKind::FeatureEnabled
        | ChangeKind::CandidateEnabled
        | ChangeKind::FallbackEnabled
        | ChangeKind::ShadowChanged
        | ChangeKind::FeatureRollback
        | ChangeKind::GradualRollback
        | ChangeKind::GradualRollbackCancelled
        | ChangeKind::EmergencyRollback => false,
    };
    let is_told = |it: &&crate::domain::sign_off::SignOff| {
        let gates = report.gates.iter().map(|(_, frozen)| &frozen.report);
        let gates = gates.chain(report.present.iter().map(|(gate, _)| gate));
        gates.into_iter().any(|gate| is_of(it, gate.entered_at, &gate.stage))
    };
    let rejections = || report.sign_offs.iter().filter(|it| it.decision == Decision::Rejected);
    vec![
        "### Rollbacks\n".to_owned(),
        rollbacks(report),
        "### Switches turned off\n".to_owned(),
        switches(report.changes.iter().filter(switched_off)),
        "### Rejections\n".to_owned(),
        if rejections().next().is_none() { "None.\n".to_owned() } else { reviews(rejections()) },
        "### Overrides\n".to_owned(),
        overrides(report.changes.iter().filter(|change| !change.overridden.is_empty())),
        "### Sign-offs of entries that led nowhere\n".to_owned(),
        reviews(report.sign_offs.iter().filter(|it| !is_told(it))),
    ]
}

fn rollbacks(report: &HandOver) -> String {
    let rows: Vec<[String; 6]> = report
        .rollbacks
        .iter()
        .map(|rollback| {
            let from = rollback.covered.iter().find(|covered| covered.feature == report.feature.key);
            let from = from.map(|covered| covered.from.to_string()).unwrap_or_default();
            [
                format::second(rollback.at),
                format!("{} of {}", rollback.kind, escaped(&rollback.scope_in_words())),
                format!("{from} → {}", rollback.target),
                escaped(&rollback.actor),
                escaped(&rollback.reason),
                proof(rollback),
            ]
        })
        .collect();
    if rows.is_empty() {
        "None.\n".to_owned()
    } else {
        table(["When", "What", "Percentage", "By", "Reason", "Proof"], rows)
    }
}

fn proof(rollback: &RollbackView) -> String {
    let ended =
        |how: &str| rollback.ended_at.map_or_else(|| how.to_owned(), |at| format!("{how} {}", format::second(at)));
    match (rollback.progress.as_str(), &rollback.proof) {
        (_, Some(Proof::Verified { at, after_seconds })) => {
            format!("verified {}, {after_seconds} s after it", format::second(*at))
        }
        (_, Some(Proof::NoTraffic)) => "in effect; no traffic since".to_owned(),
        (_, Some(Proof::NotYetSeen)) => "in effect, not yet seen".to_owned(),
        ("cancelled", None) => {
            let by = rollback.ended_by.as_ref().map(|by| format!(" by {}", escaped(by))).unwrap_or_default();
            format!("{}{by}", ended("cancelled"))
        }
        ("pre_empted", None) => ended("pre-empted"),
        (progress, None) => progress.replace('_', " "),
    }
}

fn switches<'a>(changes: impl Iterator<Item = &'a RolloutChange>) -> String {
    let rows: Vec<[String; 4]> = changes
        .map(|change| {
            let (by, reason) = (escaped(change.actor.as_str()), escaped(&change.reason));
            [format::second(change.at), in_words(change.kind), by, reason]
        })
        .collect();
    if rows.is_empty() { "None.\n".to_owned() } else { table(["When", "What", "By", "Reason"], rows) }
}

fn overrides<'a>(changes: impl Iterator<Item = &'a RolloutChange>) -> String {
    let rows: Vec<[String; 5]> = changes
        .map(|change| {
            let past: Vec<String> = change.overridden.iter().map(|demand| escaped(demand)).collect();
            let stage = escaped(change.from_stage.as_deref().unwrap_or_default());
            let (by, reason) = (escaped(change.actor.as_str()), escaped(&change.reason));
            [format::second(change.at), stage, by, reason, past.join("; ")]
        })
        .collect();
    if rows.is_empty() { "None.\n".to_owned() } else { table(["When", "Out of stage", "By", "Reason", "Past"], rows) }
}
