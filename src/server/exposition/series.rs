//! The series by their names. What they are taken from is in [`super`], how they are written in [`super::families`].

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::families::{Families, Labels};
use super::{FeatureSnapshot, Snapshot};
use crate::domain::path::Path;
use crate::domain::rollup::Source;

/// The states of a gate, the end among them.
const GATE_STATES: [&str; 6] = ["no_data", "stale", "not_enough_evidence", "passed", "failed", "complete"];

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let mut families = Families(encoder);
        self.traffic(&mut families)?;
        self.rollout(&mut families)?;
        self.service(&mut families)?;
        self.process(&mut families)
    }
}

impl Snapshot {
    /// What was observed and compared. Every series of a feature is there from the beginning, so that a rate can be taken of
    /// its first event, and nothing that is sent adds one.
    fn traffic(&self, families: &mut Families<'_>) -> std::fmt::Result {
        let each = || self.features.iter().flat_map(|feature| Path::ALL.map(|path| (feature, path)));
        let counts =
            |feature: &FeatureSnapshot, path| self.counted.paths.get(&(feature.id, path)).copied().unwrap_or_default();
        let requests = each().flat_map(|(feature, path)| {
            let counts = counts(feature, path);
            [("ok", counts.ok), ("error", counts.errors), ("caller_error", counts.caller_errors)].map(
                |(outcome, count)| {
                    (vec![("feature", feature.key.as_str()), ("path", path.as_str()), ("outcome", outcome)], count)
                },
            )
        });
        families.counters("crossfade_requests", "Operations observed since the program began", requests)?;
        let fallbacks =
            self.features.iter().map(|feature| (feature.labels(), counts(feature, Path::Candidate).fallbacks));
        families.counters("crossfade_fallbacks", "Failed candidate calls that legacy answered", fallbacks)?;
        let latencies = each().map(|(feature, path)| {
            (vec![("feature", feature.key.as_str()), ("path", path.as_str())], counts(feature, path).latencies)
        });
        families.histograms("crossfade_request_duration", "How long observed operations took, to 1 %", latencies)?;
        let comparisons = self.features.iter().flat_map(|feature| {
            let counts = self.counted.comparisons.get(&feature.id).copied().unwrap_or_default();
            [
                ("match", counts.matches),
                ("mismatch", counts.mismatches),
                ("candidate_failed", counts.candidate_failed),
                ("legacy_failed", counts.legacy_failed),
                ("both_failed", counts.both_failed),
                ("comparator_error", counts.comparator_errors),
            ]
            .map(|(verdict, count)| (vec![("feature", feature.key.as_str()), ("verdict", verdict)], count))
        });
        families.counters("crossfade_comparisons", "Shadow comparisons since the program began", comparisons)?;
        let seen = self.features.iter().flat_map(|feature| {
            let source = |source: &Source| match source {
                Source::Path(path) => path.as_str(),
                Source::Shadow => "shadow",
            };
            let seen = feature.last_seen.iter();
            seen.map(move |(of, at)| (vec![("feature", feature.key.as_str()), ("source", source(of))], seconds(*at)))
        });
        families.gauges("crossfade_last_seen_timestamp_seconds", "When the newest data of a feature was made", seen)
    }

    /// What is set, and what the gates say.
    fn rollout(&self, families: &mut Families<'_>) -> std::fmt::Result {
        let features = || {
            self.features.iter().map(|feature| {
                (feature, vec![("feature", feature.key.as_str()), ("migration", feature.migration.as_str())])
            })
        };
        let configured = features().map(|(feature, labels)| (labels, feature.configured));
        families.gauges("crossfade_configured_ratio", "The percentage that was set, 0 to 1", configured)?;
        let effective = features().map(|(feature, labels)| (labels, feature.effective));
        families.gauges("crossfade_effective_ratio", "The percentage that decisions use, 0 to 1", effective)?;
        let enabled =
            self.migrations.iter().map(|(slug, enabled)| (vec![("migration", slug.as_str())], f64::from(*enabled)));
        families.gauges(
            "crossfade_candidate_enabled",
            "Whether the candidate may be chosen: the kill switch",
            enabled,
        )?;
        let gates = self.features.iter().flat_map(|feature| {
            let now = feature.gate;
            let states = GATE_STATES.into_iter().filter(move |_| now.is_some());
            states.map(move |state| {
                (vec![("feature", feature.key.as_str()), ("state", state)], f64::from(now == Some(state)))
            })
        });
        families.gauges("crossfade_gate_state", "The state of a feature's gate: 1 for the one that it is in", gates)?;
        let alerts = self.alerts.iter().flatten().map(|alert| {
            let labels: Labels<'_> = vec![
                ("rule", alert.rule.as_str()),
                ("feature", alert.feature.as_str()),
                ("migration", alert.migration.as_str()),
            ];
            (labels, f64::from(alert.fires))
        });
        families.gauges(
            "crossfade_alerts_firing",
            "Alerts that are not over: 1 when it fires, 0 while it is pending",
            alerts,
        )
    }

    /// How the service does.
    fn service(&self, families: &mut Families<'_>) -> std::fmt::Result {
        let none = || Labels::new();
        families.counters("crossfade_ingest_batches", "Batches that were written", [(none(), self.counted.batches)])?;
        families.gauges(
            "crossfade_ingest_queue_batches",
            "Batches that wait to be written",
            [(none(), self.queued as f64)],
        )?;
        let under_way = [(none(), self.batches_under_way as f64)];
        families.gauges("crossfade_ingest_under_way_batches", "Batches that wait or are being written", under_way)?;
        let bytes = [(none(), self.bytes_under_way as f64)];
        families.gauges(
            "crossfade_ingest_under_way_bytes",
            "Memory that bodies under way have taken of their budget",
            bytes,
        )?;
        families.gauges(
            "crossfade_store_up",
            "Whether the store answered just now",
            [(none(), f64::from(self.store_up))],
        )?;
        families.gauges(
            "crossfade_instance_leading",
            "Whether this instance does the timed work",
            [(none(), f64::from(self.leads))],
        )?;
        families.gauges(
            "crossfade_decisions_age_seconds",
            "How long ago what decisions are made by was last known to be what the store has",
            self.decisions_age.map(|age| (none(), age)),
        )?;
        families.gauges(
            "crossfade_notifications_queued",
            "Notifications of alerts that wait to be told",
            self.untold.map(|untold| (none(), untold.queued as f64)),
        )?;
        families.gauges(
            "crossfade_notifications_dead",
            "Notifications of alerts that could not be told, until somebody sends them again or drops them",
            self.untold.map(|untold| (none(), untold.dead as f64)),
        )?;
        let timings = self.timings.iter().map(|(class, counts)| (vec![("operation", class.as_str())], *counts));
        families.histograms(
            "crossfade_store_operation_duration",
            "How long the store took, by class of operation",
            timings,
        )?;
        let in_use = [(none(), f64::from(self.pool.in_use))];
        families.gauges("crossfade_store_connections_in_use", "Connections of the store that are at work", in_use)?;
        let size = [(none(), f64::from(self.pool.size))];
        families.gauges("crossfade_store_connections_max", "Connections that the store may have", size)?;
        let streams = [("changes", self.change_streams), ("flags", self.flag_streams)];
        let streams = streams.map(|(kind, open)| (vec![("kind", kind)], open as f64));
        families.gauges("crossfade_event_streams_open", "Event streams that are open", streams)
    }

    /// The program itself, by the names that such series have everywhere.
    fn process(&self, families: &mut Families<'_>) -> std::fmt::Result {
        let none = || Labels::new();
        let version = [(vec![("version", env!("CARGO_PKG_VERSION"))], 1.0)];
        families.gauges("crossfade_build_info", "The version that runs: always 1", version)?;
        let start = [(none(), seconds(self.started_at))];
        families.gauges("process_start_time_seconds", "When the program began", start)?;
        let process = self.measured.process;
        let memory = process.map(|process| (none(), process.resident_bytes as f64));
        families.gauges(
            "process_resident_memory_bytes",
            "Memory of the program, without what was swapped out",
            memory,
        )?;
        let cpu = process.map(|process| (none(), process.cpu_seconds));
        families.counters("process_cpu_seconds", "Time that the program had on any core", cpu)?;
        let disk = self.measured.disk.map(|disk| (none(), disk.free_bytes as f64));
        families.gauges("crossfade_data_disk_free_bytes", "What is left on the disk that the data is on", disk)
    }
}

impl FeatureSnapshot {
    fn labels(&self) -> Labels<'_> {
        vec![("feature", self.key.as_str())]
    }
}

/// A moment as Prometheus has it.
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1_000.0
}
