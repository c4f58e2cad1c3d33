//! What an alert rule watches, read from its JSON document.

use std::ops::RangeInclusive;

use super::alert_rule::{AlertKind, AlertRule, Watch};
use super::criterion::Criterion;
use super::criterion_document::{Range, decimal, degradation_limit, rate_limit};
use crate::domain::fields::Fields;

/// The longest window: a day, of which minutes are surely kept.
const MOST_WINDOW: u64 = 1_440;

/// How old decisions may be, in seconds: more than it takes to tell of them, and no longer than the tokens of those who ask
/// are known without the database.
const DECISIONS_AGE: RangeInclusive<u64> = 10..=86_400;

/// The longest time without traffic: a month.
const MOST_HOURS: f64 = 720.0;

/// Reads what a rule of this kind watches; notes its faults.
pub(super) fn watch(fields: &mut Fields<'_, '_>, kind: AlertKind) -> Option<Watch> {
    let criterion = match kind {
        AlertKind::NoTraffic => {
            let hours = decimal(fields, "hours", Range::Above(0.0), MOST_HOURS)?;
            return Some(Watch::NoTraffic { hours });
        }
        AlertKind::System => return machine(fields),
        AlertKind::LatencyDegradation => degradation_limit(fields),
        AlertKind::ErrorRate => rate_limit(fields).map(|(limit, assurance)| Criterion::ErrorRate { limit, assurance }),
        AlertKind::ExcessErrorRate => {
            rate_limit(fields).map(|(limit, assurance)| Criterion::ExcessErrorRate { limit, assurance })
        }
        AlertKind::DiscrepancyRate => {
            rate_limit(fields).map(|(limit, assurance)| Criterion::DiscrepancyRate { limit, assurance })
        }
        AlertKind::ShadowErrorRate => {
            rate_limit(fields).map(|(limit, assurance)| Criterion::ShadowErrorRate { limit, assurance })
        }
        AlertKind::FallbackRate => {
            rate_limit(fields).map(|(limit, assurance)| Criterion::FallbackRate { limit, assurance })
        }
    };
    let window_minutes = minutes(fields, "window_minutes", 1, MOST_WINDOW, AlertRule::WINDOW_MINUTES);
    Some(Watch::Measured { criterion: criterion?, window_minutes: window_minutes? })
}

/// What a rule of the machine watches: a share of it, or the age of decisions.
fn machine(fields: &mut Fields<'_, '_>) -> Option<Watch> {
    let Some(age) = fields.get("decisions_age_seconds") else {
        return decimal(fields, "limit", Range::Between(0.0), 1.0).map(|limit| Watch::System { limit });
    };
    let seconds = age.as_u64().filter(|seconds| DECISIONS_AGE.contains(seconds));
    if fields.get("limit").is_some() {
        fields.fault("limit", "must not be given with decisions_age_seconds: they are two rules");
    }
    let Some(seconds) = seconds.and_then(|seconds| u32::try_from(seconds).ok()) else {
        let (least, most) = (DECISIONS_AGE.start(), DECISIONS_AGE.end());
        fields.fault("decisions_age_seconds", format!("must be a whole number from {least} to {most}"));
        return None;
    };
    Some(Watch::DecisionsAge { seconds })
}

/// Reads a whole number of minutes, or what it is where it is left out.
pub(super) fn minutes(fields: &mut Fields<'_, '_>, name: &str, least: u64, most: u64, otherwise: u32) -> Option<u32> {
    let Some(value) = fields.get(name) else { return Some(otherwise) };
    let minutes = value.as_u64().filter(|minutes| (least..=most).contains(minutes));
    if minutes.is_none() {
        fields.fault(name, format!("must be a whole number from {least} to {most}"));
    }
    minutes.and_then(|minutes| u32::try_from(minutes).ok())
}
