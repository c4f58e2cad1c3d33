//! A migration, a feature and what goes with them, for tests of the domain.

use chrono::{DateTime, Utc};

use super::author::Author;
use super::feature::{Feature, FeatureId, Switch};
use super::migration::{Migration, MigrationId, SampleRate, ShadowSetting};
use super::percentage::Percentage;
use super::policy::Policy;
use super::series::EntryMinute;
use super::snapshot::{PolicyVersion, Snapshot};
use super::stage_clock::{Pace, StageClock};
use super::text::{Actor, Name};

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub fn author(actor: &str) -> Author {
    Author::own(Actor::parse(actor).unwrap())
}

pub fn migration() -> Migration {
    Migration {
        id: MigrationId(1),
        slug: "files".parse().unwrap(),
        name: Name::parse("Files").unwrap(),
        candidate_enabled: Switch::On,
        fallback_to_legacy: Switch::On,
        shadow: ShadowSetting { enabled: Switch::On, sample_rate: SampleRate::DEFAULT },
        created_at: now(),
        version: 1,
    }
}

/// In the default policy's stage with this percentage, or in the lowest above it, entered by `user:ada`.
pub fn feature(configured: Percentage) -> Feature {
    Feature {
        id: FeatureId(1),
        migration: MigrationId(1),
        key: "kimi".parse().unwrap(),
        name: Name::parse("Kimi").unwrap(),
        enabled: Switch::On,
        configured,
        stage: Policy::default_policy().covering(configured).unwrap().name.clone(),
        entered_at: now(),
        entry: 1,
        entered_by: Some(Actor::parse("user:ada").unwrap()),
        before_entry: EntryMinute::default(),
        clock: StageClock::started(Pace::Runs, now()),
        gradual: None,
        created_at: now(),
        version: 1,
    }
}

pub fn snapshot(configured: Percentage) -> Snapshot {
    let policy = PolicyVersion {
        version: 1,
        policy: Policy::default_policy(),
        at: now(),
        actor: Actor::system(),
        reason: "default".to_owned(),
    };
    Snapshot { migration: migration(), feature: feature(configured), policy }
}
