//! Judging the candidate against legacy: degradation and excess errors. Which legacy that is, is said in every finding.

use super::finding::{Finding, Traffic, at_present_traffic};
use super::rates::{missing, more, observed};
use super::report::{GateState, Needs};
use super::wording::{self, REQUEST};
use crate::domain::evidence::{Evidence, PathEvidence, Recent};
use crate::domain::judging::DegradationInterval;
use crate::domain::judging::{clean_candidate_requests_needed, degradation, excess, requests_needed};
use crate::domain::percentage::Percentage;
use crate::domain::policy::{Assurance, Quantile};

/// Which legacy it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Beside the candidate, growing with it.
    Concurrent,
    /// As it was in the stage before.
    Frozen,
}

/// The legacy that the candidate is held against.
struct Against<'a> {
    legacy: &'a PathEvidence,
    which: Which,
    in_words: String,
}

impl<'a> Against<'a> {
    /// At 100 % there is no concurrent legacy: what was frozen is used, if there is any.
    fn of(evidence: &'a Evidence) -> Option<Self> {
        if evidence.stage.percentage < Percentage::FULL {
            let in_words = "legacy's requests since the stage was entered".to_owned();
            return Some(Self { legacy: &evidence.legacy, which: Which::Concurrent, in_words });
        }
        let frozen = evidence.baseline.as_ref()?;
        Some(Self {
            legacy: &frozen.legacy,
            which: Which::Frozen,
            in_words: format!("frozen at {} on {}", frozen.stage, wording::moment(frozen.as_of)),
        })
    }
}

/// How much longer the candidate takes than legacy.
pub fn judge_degradation(evidence: &Evidence, limit: f64, quantile: Quantile, assurance: Assurance) -> Finding {
    let Some(against) = Against::of(evidence) else { return no_legacy() };
    let (candidate, legacy) = (&evidence.candidate.latency, &against.legacy.latency);
    let n = candidate.count().min(legacy.count());
    let Some(interval) = degradation(candidate, legacy, quantile.fraction()) else {
        return one_side_only(candidate.count(), n, against, assurance, evidence);
    };
    let (lower, upper) = (Some(interval.lower).filter(|lower| *lower > -1.0), interval.upper);
    let (state, told, needs) = match assurance {
        Assurance::Proven => proven(lower, upper, limit, || like_these(evidence, &against, limit, quantile, &interval)),
        Assurance::Observed { min_requests } => {
            observed(interval.measured, n, limit, min_requests, REQUEST, scarcer(evidence, &against))
        }
    };
    let reason = format!(
        "{} {} against legacy, {} ({} of the candidate, {} of legacy); {told}{}",
        quantile.as_str(),
        wording::change(interval.measured),
        bounds(lower, upper),
        wording::count(interval.n_candidate, REQUEST),
        wording::count(interval.n_baseline, REQUEST),
        frozen(&against),
    );
    let measured = Some(interval.measured);
    Finding { measured, lower, upper, n, needs, baseline: Some(against.in_words), ..Finding::bare(state, reason) }
}

/// How much higher the candidate's error rate is than legacy's.
pub fn judge_excess(evidence: &Evidence, limit: f64, assurance: Assurance) -> Finding {
    let Some(against) = Against::of(evidence) else { return no_legacy() };
    let of = |path: &PathEvidence| (path.errors, path.judged());
    let (candidate, legacy) = (of(&evidence.candidate), of(against.legacy));
    let n = candidate.1.min(legacy.1);
    let Some(interval) = excess(candidate, legacy, limit) else {
        return one_side_only(candidate.1, n, against, assurance, evidence);
    };
    let (lower, upper) = (Some(interval.lower), Some(interval.upper));
    let (state, told, needs) = match assurance {
        Assurance::Proven => proven(lower, upper, limit, || {
            let clean = clean_candidate_requests_needed(candidate, legacy, limit);
            let seconds = clean.and_then(|clean| of_candidate(evidence).seconds_for(clean));
            let told = clean.map_or_else(
                || "no number that can be counted would show it".to_owned(),
                |clean| {
                    let clean = more(clean, REQUEST);
                    format!("{clean} of the candidate without an error would show it{}", at_present_traffic(seconds))
                },
            );
            (told, Needs { clean_requests: clean, seconds_at_present_traffic: seconds, ..Needs::default() })
        }),
        Assurance::Observed { min_requests } => {
            observed(interval.measured, n, limit, min_requests, REQUEST, scarcer(evidence, &against))
        }
    };
    let reason = format!(
        "{} in {} against legacy's {} in {}: the difference is {}, {}; {told}{}",
        wording::count(candidate.0, wording::ERROR),
        wording::count(candidate.1, REQUEST),
        wording::count(legacy.0, wording::ERROR),
        wording::count(legacy.1, REQUEST),
        wording::change(interval.measured),
        bounds(lower, upper),
        frozen(&against),
    );
    Finding {
        measured: Some(interval.measured),
        lower,
        upper,
        n,
        events: Some(candidate.0),
        needs,
        baseline: Some(against.in_words),
        ..Finding::bare(state, reason)
    }
}

fn proven(
    lower: Option<f64>,
    upper: Option<f64>,
    limit: f64,
    missing: impl FnOnce() -> (String, Needs),
) -> (GateState, String, Option<Needs>) {
    let wanted = wording::limit(limit);
    if upper.is_some_and(|upper| upper < limit) {
        (GateState::Passed, format!("surely below {wanted}"), None)
    } else if lower.is_some_and(|lower| lower > limit) {
        (GateState::Failed, format!("surely above {wanted}"), None)
    } else {
        let (more, needs) = missing();
        (GateState::NotEnoughEvidence, format!("not yet surely below {wanted}; {more}"), Some(needs))
    }
}

/// How many more requests would decide a degradation, if they are like those there are.
fn like_these(
    evidence: &Evidence,
    against: &Against<'_>,
    limit: f64,
    quantile: Quantile,
    interval: &DegradationInterval,
) -> (String, Needs) {
    let Recent { candidate, legacy, .. } = evidence.recent;
    let legacy_per_candidate = match against.which {
        Which::Frozen => 0.0,
        Which::Concurrent if candidate > 0 => legacy as f64 / candidate as f64,
        Which::Concurrent => interval.n_baseline as f64 / interval.n_candidate as f64,
    };
    let (candidate, legacy) = (&evidence.candidate.latency, &against.legacy.latency);
    let needed = requests_needed(candidate, legacy, quantile.fraction(), limit, legacy_per_candidate);
    let Some(further) = needed else {
        return ("more requests like these would not decide it".to_owned(), Needs::default());
    };
    let seconds = of_candidate(evidence).seconds_for(further);
    let told = format!(
        "about {} of the candidate like these would decide it{}",
        more(further, REQUEST),
        at_present_traffic(seconds)
    );
    (told, Needs { requests: Some(further), seconds_at_present_traffic: seconds, ..Needs::default() })
}

/// One of the two sides has nothing to compare, or legacy's latency is 0.
fn one_side_only(
    of_candidate: u64,
    n: u64,
    against: Against<'_>,
    assurance: Assurance,
    evidence: &Evidence,
) -> Finding {
    let why = match (of_candidate, n) {
        (0, _) => "no requests of the candidate since the stage was entered",
        (_, 0) => "no requests of legacy to hold the candidate against",
        _ => "legacy's latency is 0, to which nothing has a ratio",
    };
    let state = if n == 0 { GateState::NoData } else { GateState::NotEnoughEvidence };
    let wanted = match assurance {
        Assurance::Proven => 1,
        Assurance::Observed { min_requests } => min_requests,
    };
    let needs = (n < wanted).then(|| missing(wanted - n, REQUEST, scarcer(evidence, &against)).1).flatten();
    Finding {
        n,
        needs: needs.or(Some(Needs::default())),
        reason: format!("{why}{}", frozen(&against)),
        baseline: Some(against.in_words),
        ..Finding::bare(state, String::new())
    }
}

/// At 100 % without anything frozen.
fn no_legacy() -> Finding {
    let reason = "at 100 % there is no legacy beside the candidate, and none was frozen in the stage before".to_owned();
    Finding { needs: Some(Needs::default()), ..Finding::bare(GateState::NoData, reason) }
}

/// Added to a reason when legacy is not from this stage.
fn frozen(against: &Against<'_>) -> String {
    match against.which {
        Which::Concurrent => String::new(),
        Which::Frozen => format!("; legacy is {}", against.in_words),
    }
}

fn bounds(lower: Option<f64>, upper: Option<f64>) -> String {
    match (lower.map(wording::change), upper.map(wording::change)) {
        (Some(lower), Some(upper)) => format!("between {lower} and {upper}"),
        (Some(lower), None) => format!("at least {lower}, not bounded above yet"),
        (None, Some(upper)) => format!("at most {upper}"),
        (None, None) => "not bounded either way yet".to_owned(),
    }
}

const fn of_candidate(evidence: &Evidence) -> Traffic {
    Traffic { count: evidence.recent.candidate, window_seconds: evidence.recent.window_seconds }
}

const fn of_legacy(evidence: &Evidence) -> Traffic {
    Traffic { count: evidence.recent.legacy, window_seconds: evidence.recent.window_seconds }
}

/// The traffic of the side that has fewer requests, and so is the one to wait for.
const fn scarcer(evidence: &Evidence, against: &Against<'_>) -> Traffic {
    match against.which {
        Which::Concurrent if evidence.candidate.requests > against.legacy.requests => of_legacy(evidence),
        Which::Concurrent | Which::Frozen => of_candidate(evidence),
    }
}
