//! Whether the sums of a series are the counts of the evidence, and whether counts are such as can be.

use crate::domain::comparison::ComparisonCounts;
use crate::domain::evidence::{Evidence, PathEvidence};
use crate::domain::latency::LatencyHistogram;
use crate::domain::series::{Series, Totals};

/// The most of anything that is believed: sums of many of these still fit their numbers.
const MOST: u64 = 1 << 40;

/// The most points of a series that are believed.
const MOST_POINTS: usize = 1 << 20;

/// Where the sums of a series and the evidence differ, in words; empty when they agree.
///
/// Latencies agree when every half per cent of the ranks has the same value: how their sum was rounded on the way depends
/// on the order in which they were put together.
pub fn differences(sums: &Totals, evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    for (path, sum, counted) in
        [("legacy", &sums.legacy, &evidence.legacy), ("candidate", &sums.candidate, &evidence.candidate)]
    {
        for (name, sum, counted) in
            numbers(sum).into_iter().zip(numbers(counted)).map(|((name, a), (_, b))| (name, a, b))
        {
            note(&mut found, path, name, sum, counted);
        }
        note(&mut found, path, "latencies", sum.latency.count(), counted.latency.count());
        if !same_latencies(&sum.latency, &counted.latency) && sum.latency.count() == counted.latency.count() {
            found.push(format!("{path} latencies are others in the series than in the evidence"));
        }
    }
    for ((name, sum), (_, counted)) in comparisons(&sums.shadow).into_iter().zip(comparisons(&evidence.shadow)) {
        note(&mut found, "shadow", name, sum, counted);
    }
    found
}

/// What cannot be in evidence, whoever counted it; `None` when all can.
pub(super) fn implausible(evidence: &Evidence) -> Option<String> {
    let baseline = evidence.baseline.as_ref().map(|baseline| ("baseline", &baseline.legacy));
    let paths = [("legacy", &evidence.legacy), ("candidate", &evidence.candidate)];
    let recent = [evidence.recent.legacy, evidence.recent.candidate, evidence.recent.comparisons];
    let shadow = comparisons(&evidence.shadow);
    if shadow.iter().map(|(_, count)| *count).chain(recent).any(|count| count > MOST) {
        return Some("has counts of comparisons or of traffic that cannot be".to_owned());
    }
    paths.into_iter().chain(baseline).find_map(|(path, counts)| Some(format!("{path} {}", unlikely(counts)?)))
}

/// What cannot be in a series; `None` when all can.
pub(super) fn implausible_series(series: &Series) -> Option<String> {
    let points = series.observations.len() + series.comparisons.len();
    if points > MOST_POINTS {
        return Some(format!("has {points} points, more than can be"));
    }
    let wrong = series.observations.iter().find_map(|point| Some((point.start, unlikely(&point.evidence)?)));
    if let Some((start, wrong)) = wrong {
        return Some(format!("{start}: {wrong}"));
    }
    let too_many = |point: &&crate::domain::series::ComparisonPoint| {
        comparisons(&point.counts).iter().any(|(_, count)| *count > MOST)
    };
    series.comparisons.iter().find(too_many).map(|point| format!("{}: has counts that cannot be", point.start))
}

fn unlikely(counts: &PathEvidence) -> Option<String> {
    if numbers(counts).iter().any(|(_, count)| *count > MOST) {
        return Some("has counts that cannot be".to_owned());
    }
    let PathEvidence { requests, ok, errors, caller_errors, latency, .. } = counts;
    if *requests != ok + errors + caller_errors {
        return Some(format!("has {requests} requests, which is not the sum of its outcomes"));
    }
    (latency.count() > *requests).then(|| format!("has {} latencies of {requests} requests", latency.count()))
}

fn note(found: &mut Vec<String>, of: &str, name: &str, sum: u64, counted: u64) {
    if sum != counted {
        found.push(format!("{of} {name}: {sum} in the series, {counted} in the evidence"));
    }
}

fn same_latencies(one: &LatencyHistogram, other: &LatencyHistogram) -> bool {
    (0..=200).all(|step| {
        let quantile = f64::from(step) / 200.0;
        one.quantile_ms(quantile).map(f64::to_bits) == other.quantile_ms(quantile).map(f64::to_bits)
    })
}

fn numbers(counts: &PathEvidence) -> [(&'static str, u64); 5] {
    let PathEvidence { requests, ok, errors, caller_errors, fallbacks, .. } = *counts;
    [("requests", requests), ("ok", ok), ("errors", errors), ("caller errors", caller_errors), ("fallbacks", fallbacks)]
}

fn comparisons(counts: &ComparisonCounts) -> [(&'static str, u64); 6] {
    let ComparisonCounts { matches, mismatches, candidate_failed, legacy_failed, both_failed, comparator_errors } =
        *counts;
    [
        ("matches", matches),
        ("mismatches", mismatches),
        ("candidate failed", candidate_failed),
        ("legacy failed", legacy_failed),
        ("both failed", both_failed),
        ("comparator errors", comparator_errors),
    ]
}
