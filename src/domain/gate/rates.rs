//! Judging a rate: errors, fallbacks, mismatches, shadow errors. Not the excess of one rate over another.

use super::finding::{Finding, Traffic, at_present_traffic};
use super::report::{GateState, Needs};
use super::wording::{self, Noun};
use crate::domain::judging::{Level, RateInterval, clean_requests_needed, rate_interval};
use crate::domain::policy::Assurance;
use crate::domain::rollup::rate;

/// `events` in `n`, and what they are called.
pub struct Rate {
    pub events: u64,
    pub n: u64,
    pub event: Noun,
    pub trial: Noun,
    pub traffic: Traffic,
}

impl Rate {
    /// Judges it.
    pub fn judge(&self, limit: f64, assurance: Assurance) -> Finding {
        let Some(measured) = rate(self.events, self.n) else { return self.nothing(limit, assurance) };
        let interval = rate_interval(self.events, self.n, limit, Level::OneArm);
        let (state, told, needs) = match assurance {
            Assurance::Proven => self.proven(&interval, limit),
            Assurance::Observed { min_requests } => {
                observed(measured, self.n, limit, min_requests, self.trial, self.traffic)
            }
        };
        let RateInterval { lower, upper } = interval;
        Finding {
            state,
            measured: Some(measured),
            lower: Some(lower),
            upper: Some(upper),
            n: self.n,
            events: Some(self.events),
            reason: format!(
                "{} in {}: {} measured, between {} and {}; {told}",
                wording::count(self.events, self.event),
                wording::count(self.n, self.trial),
                wording::percent(measured),
                wording::percent(lower),
                wording::percent(upper),
            ),
            needs,
            baseline: None,
        }
    }

    fn nothing(&self, limit: f64, assurance: Assurance) -> Finding {
        let (more, needs) = match assurance {
            Assurance::Proven => self.clean(limit),
            Assurance::Observed { min_requests } => missing(min_requests, self.trial, self.traffic),
        };
        Finding {
            events: Some(0),
            needs,
            ..Finding::bare(GateState::NoData, format!("no {} since the stage was entered; {more}", self.trial.1))
        }
    }

    fn proven(&self, interval: &RateInterval, limit: f64) -> (GateState, String, Option<Needs>) {
        let wanted = wording::limit(limit);
        if interval.upper < limit {
            (GateState::Passed, format!("surely below {wanted}"), None)
        } else if interval.lower > limit {
            (GateState::Failed, format!("surely above {wanted}"), None)
        } else {
            let (more, needs) = self.clean(limit);
            (GateState::NotEnoughEvidence, format!("not yet surely below {wanted}; {more}"), needs)
        }
    }

    /// How many clean ones would show it.
    fn clean(&self, limit: f64) -> (String, Option<Needs>) {
        let Some(clean) = clean_requests_needed(self.events, self.n, limit) else {
            return ("no number that can be counted would show it".to_owned(), Some(Needs::default()));
        };
        let seconds = self.traffic.seconds_for(clean);
        let told = format!(
            "{} {} would show it{}",
            more(clean, self.trial),
            wording::without(self.event),
            at_present_traffic(seconds)
        );
        let needs = Needs { clean_requests: Some(clean), seconds_at_present_traffic: seconds, ..Needs::default() };
        (told, Some(needs))
    }
}

/// Holds a measured value against its limit, once there are enough.
pub fn observed(
    measured: f64,
    n: u64,
    limit: f64,
    min_requests: u64,
    trial: Noun,
    traffic: Traffic,
) -> (GateState, String, Option<Needs>) {
    let wanted = wording::limit(limit);
    let enough = wording::count(min_requests, trial);
    if n < min_requests {
        let (more, needs) = missing(min_requests - n, trial, traffic);
        (GateState::NotEnoughEvidence, format!("judged from {enough} on: {more}"), needs)
    } else if measured < limit {
        (GateState::Passed, format!("observed below {wanted} over at least {enough}"), None)
    } else {
        (GateState::Failed, format!("observed not below {wanted} over at least {enough}"), None)
    }
}

/// So many more are missing, whatever their outcome.
pub fn missing(further: u64, trial: Noun, traffic: Traffic) -> (String, Option<Needs>) {
    let seconds = traffic.seconds_for(further);
    let needs = Needs { requests: Some(further), seconds_at_present_traffic: seconds, ..Needs::default() };
    let are = if further == 1 { "is" } else { "are" };
    (format!("{} {are} missing{}", more(further, trial), at_present_traffic(seconds)), Some(needs))
}

/// `105 more requests`.
pub fn more(further: u64, trial: Noun) -> String {
    let counted = wording::count(further, trial);
    counted.replacen(' ', " more ", 1)
}
