//! One criterion of a gate as people read it: what was measured, what it is held to, and the small bar beside it. All in
//! words already, so that the browser need not know how each kind is written.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::format;
use crate::domain::gate::{CriterionReport, GateState, Needs};
use crate::domain::path::Path;
use crate::domain::policy::{Assurance, AssuranceWord, Criterion, CriterionKind};

/// One criterion, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriterionRow {
    /// What it is about: `Error rate`.
    pub title: String,
    /// More of that: `candidate, proven`.
    pub detail: String,
    pub state: GateState,
    /// `0.3 %`, or `no data`.
    pub measured: String,
    /// What it must be: `< 1 %`.
    pub limit: String,
    /// `0.03 % to 1.1 %`.
    pub interval: Option<String>,
    /// What it was judged on: `3 of 1,000`.
    pub n: Option<String>,
    pub bar: Option<Bar>,
    pub reason: String,
    /// What would let it pass, and when: `105 more without an error · 1 h at the present traffic`.
    pub needs: Option<String>,
}

/// The small bar beside a criterion. All places are in per cents of its width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// An interval; the limit stands in the middle, and what is left of it holds.
    Interval { from: f64, to: f64, at: f64 },
    /// How much of what is demanded is there.
    Progress { share: f64 },
}

/// What a policy demands, in words: `Error rate < 1 %, proven`.
pub fn demand_in_words(criterion: &Criterion) -> String {
    let rate = |limit: f64, assurance: Assurance| format!(" < {}", rate_in_words(limit, assurance));
    match *criterion {
        Criterion::ErrorRate { limit, assurance } => format!("Error rate{}", rate(limit, assurance)),
        Criterion::ExcessErrorRate { limit, assurance } => {
            format!("Error rate above legacy’s{}", rate(limit, assurance))
        }
        Criterion::LatencyDegradation { limit, quantile, assurance } => {
            format!("{} above legacy’s{}", quantile.as_str(), rate(limit, assurance))
        }
        Criterion::DiscrepancyRate { limit, assurance } => format!("Discrepancy rate{}", rate(limit, assurance)),
        Criterion::ShadowErrorRate { limit, assurance } => format!("Shadow error rate{}", rate(limit, assurance)),
        Criterion::FallbackRate { limit, assurance } => format!("Fallback rate{}", rate(limit, assurance)),
        Criterion::Comparisons { at_least } => format!("Comparisons ≥ {}", format::count(at_least)),
        Criterion::Requests { at_least } => format!("Requests ≥ {}", format::count(at_least)),
        Criterion::Dwell { hours } => format!("Time in effect ≥ {}", Unit::Hours.write(hours)),
        Criterion::Freshness { minutes } => format!("Age of the newest data ≤ {}", Unit::Minutes.write(minutes)),
        Criterion::Consistency { hours } => {
            format!("No open finding of a check of both sides ≤ {} old", Unit::Hours.write(hours))
        }
    }
}

/// What a rate is held to and how surely, in words: `1 %, proven`; empty for what is no rate.
pub fn demand_limit_in_words(criterion: &Criterion) -> String {
    let (Criterion::ErrorRate { limit, assurance }
    | Criterion::ExcessErrorRate { limit, assurance }
    | Criterion::LatencyDegradation { limit, assurance, .. }
    | Criterion::DiscrepancyRate { limit, assurance }
    | Criterion::ShadowErrorRate { limit, assurance }
    | Criterion::FallbackRate { limit, assurance }) = *criterion
    else {
        return String::new();
    };
    rate_in_words(limit, assurance)
}

fn rate_in_words(limit: f64, assurance: Assurance) -> String {
    match assurance {
        Assurance::Proven => format!("{}, proven", format::rate(Some(limit))),
        Assurance::Observed { min_requests } => {
            format!("{}, observed in {} or more", format::rate(Some(limit)), format::count(min_requests))
        }
    }
}

/// How the values of a kind are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Rate,
    Count,
    Hours,
    Minutes,
    Reached,
}

impl CriterionRow {
    /// `report` in words.
    pub fn new(report: &CriterionReport) -> Self {
        let unit = Unit::of(report.kind);
        let sign = match (unit, report.kind) {
            (Unit::Rate, _) => "<",
            (Unit::Minutes, _) | (_, CriterionKind::Alerts | CriterionKind::Consistency) => "≤",
            _ => "≥",
        };
        Self {
            title: title(report),
            detail: detail(report),
            state: report.state,
            measured: report.measured.map_or_else(|| format::NO_DATA.to_owned(), |value| unit.write(value)),
            limit: match unit {
                Unit::Reached => "reached".to_owned(),
                _ => format!("{sign} {}", unit.write(report.limit)),
            },
            interval: interval(report, unit),
            n: (unit == Unit::Rate && report.n > 0).then(|| match report.events {
                Some(events) => format!("{} of {}", format::count(events), format::count(report.n)),
                None => format::count(report.n),
            }),
            bar: bar(report, unit),
            reason: report.reason.clone(),
            needs: report.needs.and_then(needs),
        }
    }
}

impl Unit {
    const fn of(kind: CriterionKind) -> Self {
        match kind {
            CriterionKind::ErrorRate
            | CriterionKind::ExcessErrorRate
            | CriterionKind::LatencyDegradation
            | CriterionKind::DiscrepancyRate
            | CriterionKind::ShadowErrorRate
            | CriterionKind::FallbackRate => Self::Rate,
            CriterionKind::Comparisons
            | CriterionKind::Requests
            | CriterionKind::Alerts
            | CriterionKind::Consistency => Self::Count,
            CriterionKind::Dwell => Self::Hours,
            CriterionKind::Freshness => Self::Minutes,
            CriterionKind::Prerequisite => Self::Reached,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts and lengths of time are small")]
    fn write(self, value: f64) -> String {
        match self {
            Self::Rate => format::rate(Some(value)),
            Self::Count => format::count(value.max(0.0) as u64),
            Self::Hours => format::duration(TimeDelta::seconds((value * 3_600.0) as i64)),
            Self::Minutes => format::duration(TimeDelta::seconds((value * 60.0) as i64)),
            Self::Reached if value >= 1.0 => "reached".to_owned(),
            Self::Reached => "not reached".to_owned(),
        }
    }
}

fn title(report: &CriterionReport) -> String {
    let name = match report.kind {
        CriterionKind::ErrorRate => "Error rate",
        CriterionKind::ExcessErrorRate => "Error rate above legacy’s",
        CriterionKind::LatencyDegradation => {
            return format!("{} above legacy’s", report.quantile.unwrap_or_default().as_str());
        }
        CriterionKind::DiscrepancyRate => "Discrepancy rate",
        CriterionKind::ShadowErrorRate => "Shadow error rate",
        CriterionKind::Comparisons => "Comparisons",
        CriterionKind::Requests => "Requests",
        CriterionKind::Dwell => "Time in effect",
        CriterionKind::Freshness => "Age of the newest data",
        CriterionKind::FallbackRate => "Fallback rate",
        CriterionKind::Alerts => "Alerts firing",
        CriterionKind::Prerequisite => {
            let other = report.needs_feature.as_ref().map(ToString::to_string).unwrap_or_default();
            return format!("Prerequisite {other}");
        }
        CriterionKind::Consistency => "Inconsistencies",
    };
    name.to_owned()
}

fn detail(report: &CriterionReport) -> String {
    let assurance = report.assurance.map(|word| match word {
        AssuranceWord::Proven => "proven",
        AssuranceWord::Observed => "observed",
    });
    let baseline = report.baseline.as_ref().map(|baseline| format!("against {baseline}"));
    let parts = [report.path.map(Path::as_str), assurance, baseline.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn interval(report: &CriterionReport, unit: Unit) -> Option<String> {
    let end = |value: f64| unit.write(value);
    match (report.lower, report.upper) {
        (None, None) => None,
        (Some(lower), Some(upper)) => Some(format!("{} to {}", end(lower), end(upper))),
        (Some(lower), None) => Some(format!("{} or more", end(lower))),
        (None, Some(upper)) => Some(format!("{} or less", end(upper))),
    }
}

fn bar(report: &CriterionReport, unit: Unit) -> Option<Bar> {
    match unit {
        Unit::Rate => {
            let measured = report.measured?;
            let least = [Some(0.0), report.lower, Some(measured)].into_iter().flatten().fold(0.0, f64::min);
            let place = |value: f64| match value {
                value if value <= report.limit => {
                    50.0 * ((value - least) / (report.limit - least).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
                }
                // However far above: there is always more room to its right.
                value => 100.0 - 50.0 * (report.limit.max(f64::MIN_POSITIVE) / value).clamp(0.0, 1.0),
            };
            let from = report.lower.map_or(0.0, place);
            Some(Bar::Interval { from, to: report.upper.map_or(100.0, place), at: place(measured) })
        }
        Unit::Count | Unit::Hours if report.limit > 0.0 => {
            Some(Bar::Progress { share: 100.0 * (report.measured.unwrap_or(0.0) / report.limit).clamp(0.0, 1.0) })
        }
        Unit::Count | Unit::Hours | Unit::Minutes | Unit::Reached => None,
    }
}

fn needs(needs: Needs) -> Option<String> {
    let time = |seconds: i64| format::duration(TimeDelta::seconds(seconds));
    let clean = needs.clean_requests.map(|more| format!("{} more, none of them bad", format::count(more)));
    let any = needs.requests.map(|more| format!("{} more", format::count(more)));
    let traffic = needs.seconds_at_present_traffic.map(|seconds| format!("{} at the present traffic", time(seconds)));
    let wait = needs.seconds.map(|seconds| format!("{} of time", time(seconds)));
    let parts: Vec<String> = [clean.or(any), traffic, wait].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gate::Verdict;

    fn report(kind: CriterionKind) -> CriterionReport {
        CriterionReport {
            kind,
            path: Some(Path::Candidate),
            quantile: None,
            needs_feature: None,
            verdict: Verdict::Inconclusive,
            state: GateState::NotEnoughEvidence,
            assurance: Some(AssuranceWord::Proven),
            measured: Some(0.003),
            limit: 0.01,
            lower: Some(0.000_307),
            upper: Some(0.020),
            n: 1_000,
            events: Some(3),
            reason: "the interval holds the limit".to_owned(),
            needs: Some(Needs {
                clean_requests: Some(105),
                seconds_at_present_traffic: Some(5_400),
                ..Needs::default()
            }),
            baseline: None,
        }
    }

    #[test]
    fn a_rate_is_told_with_its_limit_interval_and_need() {
        let row = CriterionRow::new(&report(CriterionKind::ErrorRate));
        assert_eq!((row.title.as_str(), row.detail.as_str()), ("Error rate", "candidate, proven"));
        assert_eq!((row.measured.as_str(), row.limit.as_str()), ("0.3 %", "< 1 %"));
        assert_eq!(row.interval.as_deref(), Some("0.03 % to 2 %"));
        assert_eq!(row.n.as_deref(), Some("3 of 1,000"));
        assert_eq!(row.needs.as_deref(), Some("105 more, none of them bad · 90 min at the present traffic"));
    }

    #[test]
    fn the_limit_stands_in_the_middle_of_the_bar() {
        let Some(Bar::Interval { from, to, at }) = CriterionRow::new(&report(CriterionKind::ErrorRate)).bar else {
            panic!("a rate has an interval");
        };
        assert!(
            (from - 1.535).abs() < 1e-9 && (at - 15.0).abs() < 1e-9 && (to - 75.0).abs() < 1e-9,
            "{from} {at} {to}"
        );
    }

    #[test]
    fn a_count_and_a_time_fill_up() {
        for (kind, measured, limit, shown, share) in [
            (CriterionKind::Comparisons, 25.0, 50.0, ("25", "≥ 50"), 50.0),
            (CriterionKind::Dwell, 30.0, 24.0, ("30 h", "≥ 24 h"), 100.0),
        ] {
            let row = CriterionRow::new(&CriterionReport { measured: Some(measured), limit, ..report(kind) });
            assert_eq!((row.measured.as_str(), row.limit.as_str()), shown);
            assert_eq!(row.bar, Some(Bar::Progress { share }));
        }
    }

    #[test]
    fn absence_is_told_as_absence() {
        let none = CriterionReport {
            measured: None,
            lower: None,
            upper: None,
            n: 0,
            events: None,
            ..report(CriterionKind::ErrorRate)
        };
        let row = CriterionRow::new(&none);
        assert_eq!((row.measured.as_str(), row.interval, row.n, row.bar), ("no data", None, None, None));
    }
}
