//! That nobody is told of some alerts for a while. What they do without anyone is done all the same.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::episode::Episode;
use crate::domain::feature::FeatureId;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::{FieldError, collect};
use crate::domain::migration::MigrationId;
use crate::domain::reason::Reason;
use crate::domain::text::{self, Actor};

/// The name of a silence: a UUID, version 7.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct SilenceId(pub String);

/// A silence as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    pub id: SilenceId,
    pub migration: MigrationId,
    /// Of this feature's alerts only; `None` for all of the migration.
    pub feature: Option<FeatureId>,
    /// Of this rule's alerts only; `None` for all.
    pub rule: Option<String>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub reason: Reason,
    pub actor: Actor,
    /// When somebody ended it before its time.
    pub ended: Option<Ended>,
}

/// An end before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub at: DateTime<Utc>,
    pub by: Actor,
}

impl Silence {
    /// The longest: 30 days.
    pub const LONGEST: TimeDelta = TimeDelta::days(30);

    /// Whether it is in effect at `now`.
    pub fn is_in_effect(&self, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && self.from <= now && now < self.until
    }

    /// Whether nobody is told of `alert` at `now` because of it.
    pub fn covers(&self, alert: &Episode, now: DateTime<Utc>) -> bool {
        self.is_in_effect(now)
            && self.migration == alert.subject.migration
            && self.feature.is_none_or(|feature| alert.subject.feature == Some(feature))
            && self.rule.as_ref().is_none_or(|rule| *rule == alert.rule)
    }
}

/// A silence that somebody asks for, from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSilence {
    pub migration: MigrationSlug,
    pub feature: Option<FeatureKey>,
    pub rule: Option<String>,
    pub until: DateTime<Utc>,
    pub reason: Reason,
}

impl NewSilence {
    /// Parses what a person or a program asks for at `now`; an empty `feature` or `rule` is every one. Every faulty field is
    /// named.
    pub fn parse(
        migration: &str,
        feature: &str,
        rule: &str,
        until: Option<DateTime<Utc>>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let migration = collect(&mut errors, "/migration", MigrationSlug::parse(migration.trim()));
        let feature = match feature.trim() {
            "" => None,
            key => collect(&mut errors, "/feature", FeatureKey::parse(key)),
        };
        let rule = match rule.trim() {
            "" => None,
            rule => collect(&mut errors, "/rule", text::parse(rule, 60)),
        };
        let until = match until {
            None => Err("say when it ends"),
            Some(until) if until <= now => Err("must be in the future"),
            Some(until) if until - now > Silence::LONGEST => Err("must be within 30 days"),
            Some(until) => Ok(until),
        };
        let until = collect(&mut errors, "/until", until);
        let reason = collect(&mut errors, "/reason", Reason::parse(reason));
        match (migration, until, reason) {
            (Some(migration), Some(until), Some(reason)) if errors.is_empty() => {
                Ok(Self { migration, feature, rule, until, reason })
            }
            _ => Err(errors),
        }
    }
}
