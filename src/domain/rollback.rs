//! Taking traffic back: what a rollback is, how far it has come, and the proof that it took effect. Not how a feature
//! changes by one: see [`super::transition`].

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::feature::FeatureId;
use super::feature_key::{FeatureKey, MigrationSlug};
use super::gradual::GradualPlan;
use super::migration::MigrationId;
use super::observed::Served;
use super::percentage::Percentage;
use super::reason::Reason;
use super::rollup::Minute;
use super::text::Actor;

/// A rollback's name: a UUID, version 7.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct RollbackId(pub String);

/// What is rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Feature(FeatureId, FeatureKey),
    Migration(MigrationId, MigrationSlug),
    Everything,
}

/// How it is rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackKind {
    /// One feature off and at 0 %, at once.
    Feature,
    /// One feature down in steps.
    Gradual(GradualPlan),
    /// Candidate off, fallback on, every percentage 0, at once.
    Emergency,
}

impl RollbackKind {
    /// The word for it, as the store and the API have it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Gradual(_) => "gradual",
            Self::Emergency => "emergency",
        }
    }

    /// The percentage that it ends at.
    pub const fn target(&self) -> Percentage {
        match self {
            Self::Gradual(plan) => plan.target,
            Self::Feature | Self::Emergency => Percentage::ZERO,
        }
    }
}

/// How far a rollback has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Steps are still to be made.
    Stepping,
    /// The last step is made; whether it was seen is the proof's to say.
    InEffect { since: DateTime<Utc> },
    /// Seen in what was served.
    Verified { since: DateTime<Utc>, at: DateTime<Utc> },
    /// Somebody stopped it between two steps.
    Cancelled { at: DateTime<Utc>, by: Actor },
    /// A rollback that goes further took its place.
    PreEmpted { at: DateTime<Utc> },
}

/// A feature that a rollback takes back, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Covered {
    pub feature: FeatureKey,
    /// What was configured before.
    pub from: Percentage,
}

/// A rollback as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    pub id: RollbackId,
    pub scope: Scope,
    pub kind: RollbackKind,
    /// Every feature in its scope when it began.
    pub covered: Vec<Covered>,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub reason: Reason,
    pub progress: Progress,
}

/// What was seen of a rollback in what was served after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Proof {
    /// In effect; no whole minute with traffic and without the candidate has been seen yet.
    NotYetSeen,
    /// In effect; nothing at all has been served since, so there is nothing to see.
    NoTraffic,
    /// A whole minute had traffic, and the candidate's share in it was 0 (or no more than the target).
    Verified {
        /// The end of that minute.
        at: DateTime<Utc>,
        /// How long after the rollback that was.
        after_seconds: i64,
    },
}

/// The proof of a rollback that is in effect since `since`, from what was served per minute after it, oldest first.
///
/// Rollups have minutes, so the first that counts is the first that began after the rollback.
pub fn proof(since: DateTime<Utc>, target: Percentage, minutes: &[(Minute, Served)], now: DateTime<Utc>) -> Proof {
    let first =
        Minute(Minute::of(since).0 + i64::from(since.timestamp() % 60 != 0 || since.timestamp_subsec_nanos() != 0));
    let after = || minutes.iter().filter(|(minute, served)| *minute >= first && served.total() > 0);
    let seen = after().find(|(minute, served)| end_of(*minute) <= now && agrees(*served, target));
    match seen {
        Some((minute, _)) => {
            let at = end_of(*minute);
            Proof::Verified { at, after_seconds: (at - since).num_seconds() }
        }
        None if after().next().is_none() => Proof::NoTraffic,
        None => Proof::NotYetSeen,
    }
}

/// Whether a minute shows no more of the candidate than `target`: nothing at 0 %, else within three standard deviations.
fn agrees(served: Served, target: Percentage) -> bool {
    if target == Percentage::ZERO {
        return served.candidate == 0;
    }
    let total = served.total() as f64;
    let expected = target.fraction();
    let deviation = (expected * (1.0 - expected) / total).sqrt();
    served.candidate as f64 / total <= expected + 3.0 * deviation
}

fn end_of(minute: Minute) -> DateTime<Utc> {
    minute.start() + TimeDelta::minutes(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn minute(index: i64, legacy: u64, candidate: u64) -> (Minute, Served) {
        (Minute(Minute::of(at(0)).0 + index), Served { legacy, candidate })
    }

    #[test]
    fn a_rollback_is_proved_by_a_whole_minute_without_the_candidate() {
        let verified = |at_s: i64, after_seconds| Proof::Verified { at: at(at_s), after_seconds };
        for (since, minutes, now, expected) in [
            (30, &[][..], 600, Proof::NoTraffic),
            // What was served in the minute of the rollback itself proves nothing, either way.
            (30, &[minute(0, 10, 0)], 600, Proof::NoTraffic),
            (30, &[minute(0, 10, 10), minute(1, 10, 0)], 600, verified(120, 90)),
            (0, &[minute(0, 10, 0)], 600, verified(60, 60)),
            // The minute must have ended.
            (30, &[minute(1, 10, 0)], 119, Proof::NotYetSeen),
            (30, &[minute(1, 10, 0)], 120, verified(120, 90)),
            (30, &[minute(1, 10, 1)], 600, Proof::NotYetSeen),
            (30, &[minute(1, 10, 1), minute(2, 10, 2), minute(4, 1, 0)], 600, verified(300, 270)),
        ] {
            assert_eq!(proof(at(since), Percentage::ZERO, minutes, at(now)), expected);
        }
    }

    #[test]
    fn a_rollback_to_some_per_cent_is_proved_by_no_more_than_that() {
        let target = Percentage::from_whole(10);
        assert_eq!(proof(at(0), target, &[minute(0, 500, 500)], at(600)), Proof::NotYetSeen);
        assert_eq!(
            proof(at(0), target, &[minute(0, 900, 100)], at(600)),
            Proof::Verified { at: at(60), after_seconds: 60 }
        );
    }
}
