//! Checking the part of the audit chain that is in a pack: it is unbroken, and it tells of what is in the pack.

use serde_json::json;

use super::verdict::{Checks, several};
use super::{Manifest, Moment, PackChange, PackPolicy, PackSignOff};
use crate::domain::audit::{AuditEvent, BrokenChain, Head, Line, Verifier};
use crate::domain::digest::canonical_sha256;
use crate::domain::gate::GateReport;
use crate::domain::rollout::ChangeKind;

pub(super) fn check(
    manifest: &Manifest,
    lines: &[Line],
    sign_offs: &[PackSignOff],
    report: Option<&GateReport>,
    policy: Option<&PackPolicy>,
    checks: &mut Checks,
) {
    let (events, broken) = walk(lines, &manifest.audit.head);
    let mut wrong: Vec<String> = broken.map(|broken| broken.to_string()).into_iter().collect();
    if manifest.audit.events != lines.len() as u64 {
        wrong.push(format!("{} where the manifest tells of {}", several(lines.len(), "event"), manifest.audit.events));
    }
    let well = format!("{}, unbroken to the head at event {}", several(events.len(), "event"), manifest.audit.head.seq);
    checks.all("audit chain", wrong, well);

    let mut untold: Vec<String> = sign_offs.iter().filter_map(|it| untold_sign_off(it, manifest, &events)).collect();
    untold.extend(missing_sign_offs(manifest, sign_offs, &events));
    if let (Moment::Change { change }, Some(report)) = (&manifest.of.moment, report) {
        untold.extend(untold_change(change, report, &events));
    }
    if let Some(policy) = policy {
        untold.extend(other_policy(policy, manifest, &events));
    }
    let sign_offs = several(sign_offs.len(), "sign-off");
    let well = match manifest.of.moment {
        Moment::Change { .. } => format!("they tell of the change and of {sign_offs}, with their digests"),
        Moment::Gate | Moment::SignOff { .. } => format!("they tell of {sign_offs}, with their digests"),
    };
    checks.all("audit events", untold, well);
}

/// The events that can be read as a chain, and where it breaks. The part begins wherever its first event says.
fn walk(lines: &[Line], head: &Head) -> (Vec<AuditEvent>, Option<BrokenChain>) {
    let Some(first) = lines.first() else {
        let broken = (head.seq > 0).then_some(BrokenChain::Missing { seq: head.seq, last: head.seq });
        return (Vec::new(), broken);
    };
    let previous = serde_json::from_str::<AuditEvent>(&first.body).map(|event| event.previous).unwrap_or_default();
    let mut verifier = Verifier::after(Head { seq: first.seq.saturating_sub(1), hash: previous });
    let mut events = Vec::new();
    for line in lines {
        match verifier.step(&line.body, &line.hash) {
            Ok(event) if event.seq != line.seq => {
                return (events, Some(BrokenChain::OutOfPlace { seq: line.seq, found: event.seq }));
            }
            Ok(event) => events.push(event),
            Err(broken) => return (events, Some(broken)),
        }
    }
    (events, verifier.finish(head).err())
}

fn is_of(event: &AuditEvent, manifest: &Manifest) -> bool {
    event.feature.as_ref() == Some(&manifest.of.feature)
}

fn untold_sign_off(given: &PackSignOff, manifest: &Manifest, events: &[AuditEvent]) -> Option<String> {
    let told = |wrong: &str| Some(format!("sign-off {} by {}: {wrong}", given.id, given.reviewer));
    let action = format!("sign_off.{}", given.decision.as_str());
    let Some(event) = events.iter().find(|it| is_of(it, manifest) && it.after["id"] == given.id.as_str()) else {
        return told("no event tells of it");
    };
    let after = json!({
        "id": given.id,
        "stage": given.report.stage,
        "decision": given.decision,
        "capacity": given.capacity,
        "tool": given.tool,
        "verdict": given.report.verdict,
        "report_digest": given.report_digest,
        "evidence_digest": given.report.evidence_digest,
    });
    let same = event.action == action
        && event.after == after
        && event.actor.as_str() == given.reviewer
        && event.reason == given.comment
        && event.at == given.at;
    if same { None } else { told(&format!("event {} tells of it otherwise", event.seq)) }
}

/// Sign-offs of this entry that the events tell of and the pack leaves out.
fn missing_sign_offs(manifest: &Manifest, given: &[PackSignOff], events: &[AuditEvent]) -> Vec<String> {
    let entry = |state: &serde_json::Value| state["entry"].as_i64();
    let mut found = Vec::new();
    for event in events.iter().filter(|event| is_of(event, manifest)) {
        let enters = entry(&event.after).is_some_and(|after| entry(&event.before).is_some_and(|it| it != after));
        if enters && event.at > manifest.of.entered_at {
            break;
        }
        let is_here = event.action.starts_with("sign_off.") && event.after["stage"] == manifest.of.stage.as_str();
        if is_here && !given.iter().any(|it| event.after["id"] == it.id.as_str()) {
            found.push(format!("event {} tells of a sign-off by {} that is not here", event.seq, event.actor.as_str()));
        }
    }
    found
}

fn untold_change(change: &PackChange, report: &GateReport, events: &[AuditEvent]) -> Option<String> {
    let action = match (change.kind, change.overridden.is_empty()) {
        (ChangeKind::Completed, _) => "feature.completed",
        (_, true) => "feature.advanced",
        (_, false) => "feature.advanced_by_override",
    };
    let digest = canonical_sha256(report).unwrap_or_default();
    let overridden = if change.overridden.is_empty() { serde_json::Value::Null } else { json!(change.overridden) };
    let tells = |event: &&AuditEvent| {
        event.action == action
            && event.feature.as_ref() == Some(&report.feature)
            && event.at == change.at
            && event.actor.as_str() == change.actor
            && event.reason == change.reason
            && event.before["stage"] == report.stage.as_str()
            && event.after["stage"] == change.stage.as_str()
            && event.after["overridden"] == overridden
            && event.after["report_digest"] == digest.as_str()
            && event.after["evidence_digest"] == report.evidence_digest.as_str()
    };
    if events.iter().any(|event| tells(&event)) {
        None
    } else {
        Some(format!("no event tells of rollout change {} with this report", change.number))
    }
}

/// A policy that an event of the part put in force, and that is another here.
fn other_policy(policy: &PackPolicy, manifest: &Manifest, events: &[AuditEvent]) -> Option<String> {
    let puts_in_force = |event: &&AuditEvent| {
        event.action == "policy.changed"
            && event.migration.as_ref() == Some(&manifest.of.migration)
            && event.after["version"] == policy.version
    };
    let event = events.iter().find(puts_in_force)?;
    let here = serde_json::to_value(&policy.policy).unwrap_or_default();
    (event.after["policy"] != here)
        .then(|| format!("event {} put another policy in force than the one here", event.seq))
}
