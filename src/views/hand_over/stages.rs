//! A section for every stage that the feature left, and for the one that it is in: verdict, criteria, counts, reviews.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::HandOver;
use crate::domain::digest::canonical_sha256;
use crate::domain::evidence::{Evidence, PathEvidence};
use crate::domain::gate::GateReport;
use crate::domain::rollout::RolloutChange;
use crate::domain::sign_off::SignOff;
use crate::views::criterion::CriterionRow;
use crate::views::format;
use crate::views::markdown::{escaped, table};

pub(super) fn sections(report: &HandOver) -> Vec<String> {
    let mut sections: Vec<String> = report
        .gates
        .iter()
        .enumerate()
        .map(|(index, (change, frozen))| {
            let left = left(report, change, &frozen.report);
            section(report, index + 1, &frozen.report, &frozen.evidence, &left)
        })
        .collect();
    if let Some((gate, evidence)) = &report.present {
        let so_far = format::duration(report.at - gate.entered_at);
        let left = format!("- Entered {}; not left yet, for {so_far}.\n", format::second(gate.entered_at));
        sections.push(section(report, sections.len() + 1, gate, evidence, &left));
    }
    if sections.is_empty() {
        sections.push("No stage was left, and the feature is in none.\n".to_owned());
    }
    sections
}

fn section(report: &HandOver, number: usize, gate: &GateReport, evidence: &Evidence, left: &str) -> String {
    let head = format!("### {number}. {} at {}\n", escaped(&gate.stage), gate.percentage);
    let facts = format!(
        "{left}- Gate: **{}**, by version {} of the policy, as of {}.\n- Evidence: `{}`\n- Report: `{}`\n",
        gate.state.in_words(),
        gate.policy_version,
        format::second(gate.as_of),
        gate.evidence_digest,
        canonical_sha256(gate).unwrap_or_default(),
    );
    let given = report.sign_offs.iter().filter(|it| is_of(it, gate.entered_at, &gate.stage));
    [head, facts, criteria(gate), counts(evidence), reviews(given)].join("\n")
}

/// When it was left, how long it took, by whom, and what was overridden.
fn left(report: &HandOver, change: &RolloutChange, gate: &GateReport) -> String {
    let mut text = format!(
        "- Entered {}, left {} after {}, to {} at {}.\n- Let on by {}: {}\n",
        format::second(gate.entered_at),
        format::second(change.at),
        format::duration(change.at - gate.entered_at),
        escaped(&change.stage),
        change.to,
        escaped(change.actor.as_str()),
        escaped(&change.reason),
    );
    // Writing to a string does not fail.
    if !change.overridden.is_empty() {
        let past: Vec<String> = change.overridden.iter().map(|demand| escaped(demand)).collect();
        let _ = writeln!(text, "- **Overridden**, past: {}", past.join("; "));
    }
    let pack = format!("/api/v1/features/{}/evidence.zip?change={}", report.feature.key, change.id);
    let _ = writeln!(text, "- Evidence pack: `{pack}`");
    text
}

pub(super) fn is_of(sign_off: &SignOff, entered_at: DateTime<Utc>, stage: &str) -> bool {
    sign_off.evidence.entered_at == entered_at && sign_off.report.stage == stage
}

fn criteria(gate: &GateReport) -> String {
    let rows = gate.criteria.iter().map(|criterion| {
        let row = CriterionRow::new(criterion);
        let title = if row.detail.is_empty() { row.title } else { format!("{} ({})", row.title, row.detail) };
        [
            escaped(&title),
            row.state.in_words().to_owned(),
            escaped(&row.measured),
            escaped(&row.limit),
            escaped(&row.interval.unwrap_or_default()),
            escaped(&row.n.unwrap_or_default()),
            escaped(&row.reason),
        ]
    });
    table(["Criterion", "Verdict", "Measured", "Limit", "Interval (95 %)", "n", "Why"], rows)
}

fn counts(evidence: &Evidence) -> String {
    let path = |name: &str, of: &PathEvidence| {
        [
            name.to_owned(),
            format::count(of.requests),
            format::count(of.errors),
            format::count(of.caller_errors),
            format::count(of.fallbacks),
            format::latency(of.latency.quantile_ms(0.5)),
            format::latency(of.latency.quantile_ms(0.95)),
            format::latency(of.latency.quantile_ms(0.99)),
        ]
    };
    let paths = table(
        ["Path", "Requests", "Errors", "Caller errors", "Fallbacks", "p50", "p95", "p99"],
        [path("legacy", &evidence.legacy), path("candidate", &evidence.candidate)],
    );
    let shadow = &evidence.shadow;
    format!(
        "{paths}\n{} comparisons: {} mismatches, {} shadow errors.\n",
        format::count(shadow.total()),
        format::count(shadow.mismatches),
        format::count(shadow.shadow_errors()),
    )
}

/// A table of sign-offs, or that there are none.
pub(super) fn reviews<'a>(given: impl Iterator<Item = &'a SignOff>) -> String {
    let rows: Vec<[String; 6]> = given
        .map(|it| {
            let tool = it.tool.as_ref().map(|tool| {
                let reference = tool.reference.as_ref().map(|reference| format!(", {reference}")).unwrap_or_default();
                let remaining = tool.remaining.map(|left| format!(", {left} exchanges left")).unwrap_or_default();
                format!("tool {}{reference}{remaining}", tool.name)
            });
            [
                format::second(it.at),
                it.decision.as_str().to_owned(),
                escaped(it.author.actor.as_str()),
                escaped(&tool.unwrap_or_else(|| it.capacity.as_str().to_owned())),
                escaped(&it.comment),
                format!("`{}`", it.report_digest),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "No sign-offs.\n".to_owned();
    }
    table(["Signed off", "Decision", "By", "As", "Comment", "Report seen"], rows)
}
