//! The hand-over report of a feature: how it came through every stage, by whose decision, and what went wrong on the way.
//! Markdown, made of what was recorded; not how it is read from the store, and not the page that is made of it.

mod incidents;
mod stages;

use chrono::{DateTime, Utc};

use super::format;
use super::markdown::{escaped, table};
use super::rollback::RollbackView;
use crate::domain::audit::Head;
use crate::domain::evidence::Evidence;
use crate::domain::feature::Feature;
use crate::domain::gate::GateReport;
use crate::domain::migration::Migration;
use crate::domain::rollout::{ChangeKind, FrozenGate, RolloutChange};
use crate::domain::sign_off::SignOff;
use crate::domain::snapshot::PolicyVersion;

/// All that is told of a feature.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// When it was true.
    pub at: DateTime<Utc>,
    pub migration: Migration,
    pub feature: Feature,
    /// Oldest first.
    pub changes: Vec<RolloutChange>,
    /// The gates that it passed or was taken past, oldest first.
    pub gates: Vec<(RolloutChange, FrozenGate)>,
    /// The gate of the present stage; `None` for a complete feature.
    pub present: Option<(GateReport, Evidence)>,
    /// Oldest first.
    pub sign_offs: Vec<SignOff>,
    /// Those that covered it, oldest first.
    pub rollbacks: Vec<RollbackView>,
    /// Oldest first.
    pub policies: Vec<PolicyVersion>,
    pub head: Head,
}

impl HandOver {
    /// The report.
    pub fn markdown(&self) -> String {
        let mut parts = vec![format!("# Hand-over of {}\n", escaped(self.feature.name.as_str()))];
        parts.extend(self.not_complete());
        parts.push(self.summary());
        parts.push("## Stages\n".to_owned());
        parts.extend(stages::sections(self));
        parts.push("## Incidents\n".to_owned());
        parts.extend(incidents::sections(self));
        parts.push("## Policy versions\n".to_owned());
        parts.push(self.policy_versions());
        parts.push("## Every change\n".to_owned());
        parts.push(self.every_change());
        parts.push("## Audit\n".to_owned());
        parts.push(format!(
            "All of this is recorded in the audit chain, which ended with event {} and the hash `{}` when this was \
             written. `crossfade audit verify` checks it; each stage's evidence pack can be checked without the \
             database by `crossfade evidence verify`.\n",
            self.head.seq, self.head.hash
        ));
        parts.join("\n")
    }

    fn not_complete(&self) -> Option<String> {
        let Feature { stage, configured, .. } = &self.feature;
        let told = || format!("> **Not complete yet.** This feature is in stage {} at {configured}.\n", escaped(stage));
        (!self.feature.is_complete()).then(told)
    }

    fn summary(&self) -> String {
        let Self { migration, feature, .. } = self;
        let completed = self.changes.iter().rev().find(|change| change.kind == ChangeKind::Completed);
        let completed = completed.filter(|_| feature.is_complete()).map(|change| change.at);
        let end = completed.unwrap_or(self.at);
        let count = |kind: ChangeKind| self.changes.iter().filter(|change| change.kind == kind).count();
        let overrides = self.changes.iter().filter(|change| !change.overridden.is_empty()).count();
        let row = |name: &str, value: String| [name.to_owned(), value];
        table(
            ["", ""],
            [
                row("Feature", escaped(feature.key.as_str())),
                row(
                    "Migration",
                    format!("{} ({})", escaped(migration.name.as_str()), escaped(migration.slug.as_str())),
                ),
                row("Created", format::second(feature.created_at)),
                row("Completed", completed.map_or_else(|| "not yet".to_owned(), format::second)),
                row("Took", format::duration(end - feature.created_at)),
                row("Configured", feature.configured.to_string()),
                row("Advances", (count(ChangeKind::Advanced) + count(ChangeKind::Completed)).to_string()),
                row("Overrides", overrides.to_string()),
                row("Rollbacks", self.rollbacks.len().to_string()),
                row("Written", format::second(self.at)),
            ],
        )
    }

    fn policy_versions(&self) -> String {
        let rows = self.policies.iter().map(|version| {
            [
                version.version.to_string(),
                format::second(version.at),
                escaped(version.actor.as_str()),
                escaped(&version.reason),
            ]
        });
        table(["Version", "In force from", "By", "Reason"], rows)
    }

    fn every_change(&self) -> String {
        let rows = self.changes.iter().map(|change| {
            let from = change.from.map_or_else(String::new, |from| format!("{from} → "));
            let stage = match &change.from_stage {
                Some(from) if *from != change.stage => format!("{} → {}", escaped(from), escaped(&change.stage)),
                _ => escaped(&change.stage),
            };
            let what = match &change.detail {
                Some(detail) => format!("{} ({})", in_words(change.kind), escaped(detail)),
                None => in_words(change.kind),
            };
            [
                format::second(change.at),
                what,
                format!("{from}{}", change.to),
                stage,
                escaped(change.actor.as_str()),
                escaped(&change.reason),
            ]
        });
        table(["When", "What", "Percentage", "Stage", "By", "Reason"], rows)
    }
}

/// A kind of change as people read it.
fn in_words(kind: ChangeKind) -> String {
    kind.as_str().replace('_', " ")
}
