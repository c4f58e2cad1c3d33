//! What one rule reads in the present numbers, by the same judging as a gate's. Not what follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::evidence::Evidence;
use crate::domain::gate::{CriterionReport, GateState, judge_alone};
use crate::domain::instance::Instance;
use crate::domain::judging::clean_requests_needed;
use crate::domain::policy::{Assurance, Criterion, CriterionKind, STAGE_FRESH_MINUTES};

/// How it stands: five different things to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All is well, and there is enough to say so.
    Clear,
    /// The limit is exceeded: surely, where it must be proven.
    Breach,
    /// There are data, and they do not decide.
    NotEnough,
    /// Nothing has come since the stage was entered.
    NoData,
    /// The newest data are too old.
    Stale,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Breach, Self::NotEnough, Self::NoData, Self::Stale];

    /// As people read it: `not enough evidence`.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Breach => "over the limit",
            Self::NotEnough => "not enough evidence",
            Self::NoData => "no data",
            Self::Stale => "stale",
        }
    }
}

/// What a rule reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reading {
    pub condition: Condition,
    /// A fraction or, without traffic, hours, or of the age of decisions seconds; `None` without data.
    pub value: Option<f64>,
    /// In the unit of `value`.
    pub limit: f64,
    /// The interval that `value` lies in with 95 % confidence, where there is one.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// How many requests or comparisons it was read from.
    pub n: u64,
    /// One half sentence with its numbers.
    pub reason: String,
}

/// A rate or a degradation in evidence of the last `window_minutes`.
///
/// A breach is what a gate calls failed. It is clear when a gate would pass it, and also when there are so many that a
/// clean run of them would have shown it, and the measured value lies below the limit: an alert that fires must not wait
/// for more proof than there ever is.
pub fn read_measured(criterion: &Criterion, window_minutes: u32, evidence: &Evidence) -> Reading {
    let report = judge_alone(criterion, evidence);
    let shadow = matches!(criterion, Criterion::DiscrepancyRate { .. } | Criterion::ShadowErrorRate { .. });
    let newest = if shadow { evidence.last_seen.shadow } else { evidence.last_seen.candidate };
    let of = if shadow { "comparisons" } else { "requests of the candidate" };
    let Some(newest) = newest.filter(|newest| *newest >= evidence.entered_at) else {
        return bare(Condition::NoData, report.limit, format!("no {of} since the stage was entered"));
    };
    let oldest = STAGE_FRESH_MINUTES.min(f64::from(window_minutes));
    if (evidence.as_of - newest).num_milliseconds() as f64 > oldest * 60_000.0 {
        return bare(Condition::Stale, report.limit, format!("no {of} since {}", moment(newest)));
    }
    if report.measured.is_none() {
        let reason = format!("no {of} to judge in the last {window_minutes} min");
        return bare(Condition::NotEnough, report.limit, reason);
    }
    let condition = match report.state {
        GateState::Failed => Condition::Breach,
        GateState::Passed => Condition::Clear,
        GateState::NoData | GateState::Stale | GateState::NotEnoughEvidence => {
            if is_enough(criterion, &report) {
                Condition::Clear
            } else {
                Condition::NotEnough
            }
        }
    };
    let reason = words(&report, of, window_minutes);
    let CriterionReport { measured, limit, lower, upper, n, .. } = report;
    Reading { condition, value: measured, limit, lower, upper, n, reason }
}

/// That nothing comes of the candidate, which is to serve since `serving_since`, for `hours`.
pub fn read_no_traffic(
    hours: f64,
    serving_since: DateTime<Utc>,
    newest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Reading {
    let since = newest.map_or(serving_since, |newest| newest.max(serving_since));
    let silent = (now - since).max(TimeDelta::zero()).num_seconds() as f64 / 3_600.0;
    let silent = (silent * 1_000.0).round() / 1_000.0;
    let condition = if silent >= hours { Condition::Breach } else { Condition::Clear };
    let (silence, limit) = (length(silent), length(hours));
    let reason = format!("no request of the candidate since {}, for {silence}; the limit is {limit}", moment(since));
    Reading { value: Some(silent), ..bare(condition, hours, reason) }
}

/// The share of the machine that is in use: the highest of what was measured, each with its name.
pub fn read_load(limit: f64, load: &[(&str, Option<f64>)]) -> Reading {
    let measured = load.iter().filter_map(|(name, share)| Some((*name, (share.as_ref()? * 1e4).round() / 1e4)));
    let Some((name, share)) = measured.max_by(|(_, one), (_, other)| one.total_cmp(other)) else {
        return bare(Condition::NoData, limit, "the machine was not measured yet".to_owned());
    };
    let condition = if share > limit { Condition::Breach } else { Condition::Clear };
    let reason = format!("{} of the {name} in use; the limit is {}", percent(share), percent(limit));
    Reading { value: Some(share), ..bare(condition, limit, reason) }
}

/// How old the decisions of the instance are that is without the database for longest. One that was started anew in the same
/// place has taken the place of the one before.
pub fn read_decisions_age(limit_seconds: u32, instances: &[Instance], now: DateTime<Utc>) -> Reading {
    let limit = f64::from(limit_seconds);
    let is_gone = |instance: &&Instance| instances.iter().any(|other| other.takes_the_place_of(instance));
    let there = instances.iter().filter(|instance| !is_gone(instance));
    let aged = there.map(|instance| (instance.age_of_decisions(now), instance));
    let Some((oldest, instance)) = aged.max_by_key(|(age, _)| *age) else {
        return bare(Condition::NoData, limit, "no instance has told of itself yet".to_owned());
    };
    let seconds = (oldest.num_milliseconds() as f64 / 100.0).round() / 10.0;
    let condition = if seconds > limit { Condition::Breach } else { Condition::Clear };
    let reason = format!("the decisions of {} are {seconds} s old; the limit is {limit} s", instance.name);
    Reading { value: Some(seconds), ..bare(condition, limit, reason) }
}

/// Whether there are so many that clean ones would have shown it, and what was measured lies below the limit.
fn is_enough(criterion: &Criterion, report: &CriterionReport) -> bool {
    let below = report.measured.is_some_and(|measured| measured < report.limit);
    let many = match (criterion.assurance(), criterion.kind()) {
        (Some(Assurance::Observed { .. }), _) => false,
        (_, CriterionKind::LatencyDegradation) => report.lower.is_some() && report.upper.is_some(),
        _ => clean_requests_needed(0, 0, report.limit).is_some_and(|needed| report.n >= needed),
    };
    below && many
}

fn words(report: &CriterionReport, of: &str, window_minutes: u32) -> String {
    let is_change = matches!(report.kind, CriterionKind::LatencyDegradation | CriterionKind::ExcessErrorRate);
    let write = |value: f64| if is_change { change(value) } else { percent(value) };
    let name = match report.kind {
        CriterionKind::LatencyDegradation => {
            format!("{} against legacy’s", report.quantile.unwrap_or_default().as_str())
        }
        CriterionKind::ExcessErrorRate => "error rate against legacy’s".to_owned(),
        kind => kind.in_words().to_owned(),
    };
    let counted = match report.events {
        Some(events) if !is_change => format!("{events} of {} {of}", report.n),
        _ => format!("{} {of}", report.n),
    };
    let interval = match (report.lower, report.upper) {
        (Some(lower), Some(upper)) => format!(", between {} and {}", write(lower), write(upper)),
        (Some(lower), None) => format!(", at least {}", write(lower)),
        (None, Some(upper)) => format!(", at most {}", write(upper)),
        (None, None) => String::new(),
    };
    let measured = report.measured.map(write).unwrap_or_default();
    let limit = percent(report.limit);
    format!("{name} {measured} ({counted} in the last {window_minutes} min{interval}); the limit is {limit}")
}

const fn bare(condition: Condition, limit: f64, reason: String) -> Reading {
    Reading { condition, value: None, limit, lower: None, upper: None, n: 0, reason }
}

/// To three significant digits, without zeros at the end.
fn percent(fraction: f64) -> String {
    let percents = fraction * 100.0;
    let decimals = match percents.abs() {
        ..0.1 => 3,
        0.1..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    let text = format!("{percents:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

fn change(fraction: f64) -> String {
    let sign = if fraction < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(fraction.abs()))
}

/// `45 min`, `4.5 h`.
fn length(hours: f64) -> String {
    if hours < 1.0 {
        format!("{} min", (hours * 60.0).floor())
    } else {
        format!("{} h", (hours * 100.0).round() / 100.0)
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
