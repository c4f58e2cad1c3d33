//! How an alert goes on from one look to the next: inactive → pending → firing → resolved.
//!
//! Time counts only between two looks that saw the same, and at most [`LONGEST_GAP`] of it: neither a clock that jumps
//! nor a program that was down makes an alert fire or be over.

use chrono::{DateTime, TimeDelta, Utc};

use super::episode::{Acted, AlertState, Episode};
use super::reading::{Condition, Reading};
use crate::domain::alert_notice::AlertId;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::migration::MigrationId;
use crate::domain::policy::AlertRule;

/// The most that counts between two looks.
pub const LONGEST_GAP: TimeDelta = TimeDelta::seconds(60);

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub migration: MigrationId,
    /// `None` when it is about the machine.
    pub feature: Option<FeatureId>,
    /// Which time it is that the feature is in a stage: what was seen before is not of this one.
    pub entry: Option<i64>,
}

impl Subject {
    /// Whether it is about `feature`, in the stage that it is in now, or about the machine that it runs on.
    pub fn is_of(&self, feature: &Feature) -> bool {
        self.migration == feature.migration
            && self.feature.is_none_or(|of| of == feature.id)
            && self.entry.is_none_or(|entry| entry == feature.entry)
    }
}

/// What was seen at one look.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Reading(Reading),
    /// There is nothing to watch, and why.
    Nothing(String),
}

/// What comes of one look.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing is wrong, and nothing was.
    Idle,
    /// It begins, or goes on: to be kept, and nobody's business yet.
    Note(Episode),
    /// It was pending and came to nothing.
    Forget(Episode),
    /// It fires from now on.
    Fire(Episode),
    /// It is over.
    Resolve(Episode),
}

/// The next step of the alert of `rule` about `subject`, as of `now`. `fresh` names one that begins.
pub fn step(
    before: Option<&Episode>,
    rule: &AlertRule,
    policy_version: i64,
    subject: Subject,
    seen: &Seen,
    now: DateTime<Utc>,
    fresh: impl FnOnce() -> AlertId,
) -> Step {
    let Some(before) = before else {
        return match seen {
            Seen::Reading(reading) if reading.condition == Condition::Breach => {
                begin(rule, policy_version, subject, reading, now, fresh())
            }
            Seen::Reading(_) | Seen::Nothing(_) => Step::Idle,
        };
    };
    if before.kind != rule.kind() {
        return over(before, "its rule is of another kind now".to_owned(), now);
    }
    if before.subject.entry != subject.entry {
        return over(before, "the feature entered its stage anew".to_owned(), now);
    }
    let reading = match seen {
        Seen::Nothing(why) => return over(before, why.clone(), now),
        Seen::Reading(reading) => reading,
    };
    let same = before.reading.condition == reading.condition;
    let elapsed_ms = (now - before.seen_at).clamp(TimeDelta::zero(), LONGEST_GAP).num_milliseconds();
    let next = Episode { seen_at: now, reading: reading.clone(), ..before.clone() };
    match before.state {
        AlertState::Pending { held_ms } => {
            let next = Episode { severity: rule.severity, action: rule.action, policy_version, ..next };
            let held_ms = match reading.condition {
                Condition::Clear => return Step::Forget(next),
                Condition::Breach => held_ms + if same { elapsed_ms } else { 0 },
                // What cannot be told wears off as fast as it came.
                Condition::NotEnough | Condition::NoData | Condition::Stale => held_ms - elapsed_ms,
            };
            match reading.condition {
                Condition::Breach if held_ms >= minutes(rule.for_minutes) => fire(next, now),
                Condition::Breach => Step::Note(Episode { state: AlertState::Pending { held_ms }, ..next }),
                _ if held_ms <= 0 => Step::Forget(next),
                _ => Step::Note(Episode { state: AlertState::Pending { held_ms }, ..next }),
            }
        }
        AlertState::Firing { since, clear_ms } => {
            let clear_ms = match reading.condition {
                Condition::Clear => clear_ms + if same { elapsed_ms } else { 0 },
                Condition::Breach => 0,
                Condition::NotEnough | Condition::NoData | Condition::Stale => clear_ms,
            };
            if reading.condition == Condition::Clear && clear_ms >= minutes(rule.keep_firing_minutes) {
                let reason = reading.reason.clone();
                return Step::Resolve(Episode { state: AlertState::Resolved { since, at: now, reason }, ..next });
            }
            Step::Note(Episode { state: AlertState::Firing { since, clear_ms }, ..next })
        }
        AlertState::Resolved { .. } => Step::Idle,
    }
}

impl Step {
    /// What comes of an alert whose rule is in the policy no more, or whose feature is not there any more.
    pub fn gone(before: &Episode, why: &str, now: DateTime<Utc>) -> Self {
        over(before, why.to_owned(), now)
    }
}

fn begin(
    rule: &AlertRule,
    policy_version: i64,
    subject: Subject,
    reading: &Reading,
    now: DateTime<Utc>,
    id: AlertId,
) -> Step {
    let begun = Episode {
        id,
        subject,
        rule: rule.name.clone(),
        kind: rule.kind(),
        severity: rule.severity,
        action: rule.action,
        policy_version,
        state: AlertState::Pending { held_ms: 0 },
        pending_at: now,
        seen_at: now,
        reading: reading.clone(),
        frozen_digest: None,
        acted: Acted::Nothing,
        told: false,
        revision: 0,
    };
    if rule.for_minutes == 0 { fire(begun, now) } else { Step::Note(begun) }
}

fn fire(episode: Episode, now: DateTime<Utc>) -> Step {
    Step::Fire(Episode { state: AlertState::Firing { since: now, clear_ms: 0 }, ..episode })
}

fn over(before: &Episode, reason: String, now: DateTime<Utc>) -> Step {
    match before.state {
        AlertState::Pending { .. } => Step::Forget(before.clone()),
        AlertState::Firing { since, .. } => Step::Resolve(Episode {
            state: AlertState::Resolved { since, at: now, reason },
            seen_at: now,
            ..before.clone()
        }),
        AlertState::Resolved { .. } => Step::Idle,
    }
}

fn minutes(minutes: u32) -> i64 {
    i64::from(minutes) * 60_000
}
