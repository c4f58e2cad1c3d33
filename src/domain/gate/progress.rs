//! Judging what needs no statistics: counts, time, fresh data, prerequisites.

use chrono::TimeDelta;

use super::finding::{Finding, Traffic};
use super::rates::missing;
use super::report::{GateState, Needs};
use super::wording::{self, Noun};
use crate::domain::alert::AlertEvidence;
use crate::domain::evidence::{ConsistencyEvidence, DwellEvidence, Evidence, PrerequisiteEvidence};

/// Whether there are enough.
pub fn judge_count(n: u64, at_least: u64, noun: Noun, traffic: Traffic) -> Finding {
    let counted = wording::count(n, noun);
    let measured = Some(n as f64);
    if n >= at_least {
        let reason = format!("{counted}, of which at least {} were asked for", wording::thousands(at_least));
        return Finding { measured, n, ..Finding::bare(GateState::Passed, reason) };
    }
    let state = if n == 0 { GateState::NoData } else { GateState::NotEnoughEvidence };
    let (more, needs) = missing(at_least - n, noun, traffic);
    Finding {
        measured,
        n,
        needs,
        ..Finding::bare(state, format!("{counted} of at least {}: {more}", wording::thousands(at_least)))
    }
}

/// Whether the percentage has been effective for long enough.
pub fn judge_dwell(dwell: &DwellEvidence, hours: f64) -> Finding {
    #[expect(clippy::cast_possible_truncation, reason = "a policy asks for a year at most")]
    let wanted_ms = (hours * 3_600_000.0).ceil() as i64;
    let passed_hours = dwell.elapsed_ms as f64 / 3_600_000.0;
    let measured = Some(passed_hours);
    let passed = match passed_hours {
        ..1.0 => wording::duration(dwell.elapsed_ms / 1_000),
        _ => wording::number(passed_hours, 3),
    };
    let so_far = format!("{passed} of {} h", wording::number(hours, 9));
    let left_ms = wanted_ms.saturating_sub(dwell.elapsed_ms);
    if left_ms <= 0 {
        return Finding { measured, ..Finding::bare(GateState::Passed, format!("{so_far} have passed")) };
    }
    let left = left_ms / 1_000 + i64::from(left_ms % 1_000 > 0);
    let (told, seconds) = match &dwell.stopped_by {
        None => (format!("{} are left", wording::duration(left)), Some(left)),
        Some(why) => (format!("{} are left, and the clock stands still: {why}", wording::duration(left)), None),
    };
    Finding {
        measured,
        needs: Some(Needs { seconds, ..Needs::default() }),
        ..Finding::bare(GateState::NotEnoughEvidence, format!("{so_far} have passed; {told}"))
    }
}

/// Whether anything has come since the stage was entered, and lately.
pub fn judge_freshness(evidence: &Evidence, minutes: f64) -> Finding {
    let recent = evidence.recent;
    let count = recent.legacy.saturating_add(recent.candidate).saturating_add(recent.comparisons);
    let seconds = Traffic { count, window_seconds: recent.window_seconds }.seconds_for(1);
    let one_more = Needs { requests: Some(1), seconds_at_present_traffic: seconds, ..Needs::default() };
    let newest = evidence.last_seen.newest().filter(|newest| evidence.has_data() && *newest >= evidence.entered_at);
    let Some(newest) = newest else {
        let reason = "nothing has come since the stage was entered".to_owned();
        return Finding { needs: Some(one_more), ..Finding::bare(GateState::NoData, reason) };
    };
    let age = (evidence.as_of - newest).max(TimeDelta::zero());
    let age_minutes = age.num_milliseconds() as f64 / 60_000.0;
    let wanted = wording::number(minutes, 9);
    let told = format!("the newest data are {} old", wording::duration(age.num_seconds()));
    let measured = Some(age_minutes);
    if age_minutes > minutes {
        let reason = format!("{told}, more than {wanted} min: nothing has come since {}", wording::moment(newest));
        return Finding { measured, needs: Some(one_more), ..Finding::bare(GateState::Stale, reason) };
    }
    Finding { measured, ..Finding::bare(GateState::Passed, format!("{told}, at most {wanted} min were asked for")) }
}

/// Whether the data of both sides were checked lately, and nothing is wrong with them. What was found stays found, however
/// long ago.
pub fn judge_consistency(evidence: &Evidence, hours: f64) -> Finding {
    let Some(ConsistencyEvidence { checked_at, open }) = evidence.consistency else {
        return Finding {
            needs: Some(Needs::default()),
            ..Finding::bare(GateState::NoData, "no check of the data on both sides was ever completed".to_owned())
        };
    };
    let age = (evidence.as_of - checked_at).max(TimeDelta::zero());
    let told = format!("the last check ended {} ago", wording::duration(age.num_seconds()));
    let measured = Some(open as f64);
    if open > 0 {
        let findings = wording::count(open, wording::FINDING);
        return Finding { measured, ..Finding::bare(GateState::Failed, format!("{findings} open; {told}")) };
    }
    let wanted = wording::number(hours, 9);
    if age.num_milliseconds() as f64 > hours * 3_600_000.0 {
        let reason = format!("nothing is open, but {told}, more than {wanted} h");
        return Finding { measured, needs: Some(Needs::default()), ..Finding::bare(GateState::Stale, reason) };
    }
    let reason = format!("nothing is open; {told}, at most {wanted} h were asked for");
    Finding { measured, ..Finding::bare(GateState::Passed, reason) }
}

/// Whether alerts stand in the way; `None` when there is none.
pub fn judge_alerts(alerts: &[AlertEvidence]) -> Option<Finding> {
    let told = |alert: &AlertEvidence| {
        format!("{} fires since {}: {}", alert.rule, wording::moment(alert.since), alert.reason)
    };
    let reason = alerts.iter().map(told).collect::<Vec<_>>().join("; and ");
    let finding = Finding { measured: Some(alerts.len() as f64), ..Finding::bare(GateState::Failed, reason) };
    (!alerts.is_empty()).then_some(finding)
}

/// Whether another feature has come far enough.
pub fn judge_prerequisite(prerequisite: &PrerequisiteEvidence) -> Finding {
    let PrerequisiteEvidence { needs, stage, present_stage, reached } = prerequisite;
    let present =
        present_stage.as_ref().map_or_else(|| "there is no such feature".to_owned(), |at| format!("it is in {at}"));
    if *reached {
        let reason = format!("{needs} has reached {stage}: {present}");
        return Finding { measured: Some(1.0), ..Finding::bare(GateState::Passed, reason) };
    }
    Finding {
        measured: Some(0.0),
        needs: Some(Needs::default()),
        ..Finding::bare(GateState::NotEnoughEvidence, format!("{needs} has not yet reached {stage}: {present}"))
    }
}
