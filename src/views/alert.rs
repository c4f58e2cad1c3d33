//! Alerts, what every rule reads, and silences, as the panel and the API show them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::criterion::demand_limit_in_words;
use super::format;
use crate::domain::alert::{AlertState, Condition, Episode, FrozenAlert, Reading, Silence, StateWord};
use crate::domain::alert_notice::Severity;
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::policy::{AlertKind, AlertRule, Watch};

/// One alert, from its first breach to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertView {
    /// A UUID, version 7.
    pub id: String,
    pub migration: String,
    /// The key of its feature; `null` when it is about the machine.
    pub feature: Option<String>,
    /// The name of its rule.
    pub rule: String,
    pub kind: AlertKind,
    pub severity: Severity,
    pub state: StateWord,
    /// What is done when it fires: `notify`, `hold` or `roll_back`.
    pub action: String,
    pub pending_since: DateTime<Utc>,
    pub firing_since: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolved_reason: Option<String>,
    /// What was read last.
    pub reading: Reading,
    /// When that was.
    pub seen_at: DateTime<Utc>,
    /// The version of the policy that the rule is from.
    pub policy_version: i64,
    /// The digest of what it fired on.
    pub frozen_digest: Option<String>,
    /// What was done without anyone, in words.
    pub action_taken: Option<String>,
    /// The rollback that was made.
    pub rollback: Option<String>,
    /// Whether people were told that it fires.
    pub told: bool,
    /// Whether nobody is told of it now.
    pub silenced: bool,
}

impl AlertView {
    /// `episode`, of the feature of this key in the migration of this slug.
    pub fn new(episode: &Episode, migration: &MigrationSlug, feature: Option<&FeatureKey>, silenced: bool) -> Self {
        let (resolved_at, resolved_reason) = match &episode.state {
            AlertState::Resolved { at, reason, .. } => (Some(*at), Some(reason.clone())),
            AlertState::Pending { .. } | AlertState::Firing { .. } => (None, None),
        };
        let rollback = match &episode.acted {
            crate::domain::alert::Acted::RolledBack(rollback) => Some(rollback.0.clone()),
            crate::domain::alert::Acted::Nothing | crate::domain::alert::Acted::Held => None,
        };
        Self {
            id: episode.id.0.clone(),
            migration: migration.to_string(),
            feature: feature.map(ToString::to_string),
            rule: episode.rule.clone(),
            kind: episode.kind,
            severity: episode.severity,
            state: episode.state.word(),
            action: episode.action.as_str().to_owned(),
            pending_since: episode.pending_at,
            firing_since: episode.state.fired_at(),
            resolved_at,
            resolved_reason,
            reading: episode.reading.clone(),
            seen_at: episode.seen_at,
            policy_version: episode.policy_version,
            frozen_digest: episode.frozen_digest.clone(),
            action_taken: episode.action_taken(migration, feature),
            rollback,
            told: episode.told,
            silenced,
        }
    }

    /// What it is about, in words: a feature, or the machine.
    pub fn subject(&self) -> String {
        self.feature.clone().unwrap_or_else(|| format!("the machine ({})", self.migration))
    }

    /// Since when it is what it is.
    pub fn since(&self) -> DateTime<Utc> {
        self.resolved_at.or(self.firing_since).unwrap_or(self.pending_since)
    }
}

/// `GET /api/v1/alerts`: newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertsDocument {
    pub alerts: Vec<AlertView>,
    /// Give this as `before` for the next page; null when there is none.
    pub next: Option<String>,
}

/// `GET /api/v1/alerts/{id}`: one alert with what it fired on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlertDocument {
    #[serde(flatten)]
    pub alert: AlertView,
    /// `null` for one that never fired.
    pub frozen: Option<FrozenAlert>,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SilenceView {
    /// A UUID, version 7.
    pub id: String,
    pub migration: String,
    /// Of this feature's alerts only; `null` for all of the migration.
    pub feature: Option<String>,
    /// Of this rule's alerts only; `null` for all.
    pub rule: Option<String>,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub reason: String,
    pub actor: String,
    /// When somebody ended it before its time.
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by: Option<String>,
    /// Whether it is in effect.
    pub in_effect: bool,
}

impl SilenceView {
    /// `silence` at `now`.
    pub fn new(silence: &Silence, migration: String, feature: Option<String>, now: DateTime<Utc>) -> Self {
        let ended = silence.ended.as_ref();
        Self {
            id: silence.id.0.clone(),
            migration,
            feature,
            rule: silence.rule.clone(),
            from: silence.from,
            until: silence.until,
            reason: silence.reason.as_str().to_owned(),
            actor: silence.actor.as_str().to_owned(),
            ended_at: ended.map(|ended| ended.at),
            ended_by: ended.map(|ended| ended.by.as_str().to_owned()),
            in_effect: silence.is_in_effect(now),
        }
    }

    /// What it is of: `error_rate of kimi`.
    pub fn in_words(&self) -> String {
        let rule = self.rule.as_deref().unwrap_or("every rule");
        let of = self.feature.as_deref().unwrap_or(&self.migration);
        format!("{rule} of {of}")
    }
}

/// One rule and what it reads now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingRow {
    pub migration: String,
    /// `None` for the machine.
    pub feature: Option<String>,
    pub rule: String,
    /// The rule in words.
    pub demand: String,
    /// `None` where there is nothing to watch.
    pub condition: Option<Condition>,
    /// What was read, or why there is nothing to watch.
    pub words: String,
    /// Where its alert is, if it has one.
    pub state: Option<StateWord>,
    pub alert: Option<String>,
}

/// The alerts page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertsView {
    /// When it was true.
    pub at: DateTime<Utc>,
    /// Those that fire, the gravest first.
    pub firing: Vec<AlertView>,
    pub pending: Vec<AlertView>,
    /// Every rule of every feature, and what it reads.
    pub rules: Vec<ReadingRow>,
    /// Those that are over, newest first.
    pub past: Vec<AlertView>,
    /// What to say as `before` for older ones.
    pub next: Option<String>,
    /// Newest first.
    pub silences: Vec<SilenceView>,
    /// The slugs of all migrations.
    pub migrations: Vec<String>,
    /// The keys of all features.
    pub features: Vec<String>,
}

/// An alert that fires, on the pages of what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FiringView {
    pub id: String,
    /// All of it in words: `error_rate fires since 10:02: error rate 12 % (…)`.
    pub words: String,
}

impl FiringView {
    /// `episode`, which fires.
    pub fn new(episode: &Episode) -> Self {
        let since = format::minute(episode.state.fired_at().unwrap_or(episode.pending_at));
        let held = if episode.acted == crate::domain::alert::Acted::Held { ", and holds the stage" } else { "" };
        let words = format!("{} fires since {since}{held}: {}", episode.rule, episode.reading.reason);
        Self { id: episode.id.0.clone(), words }
    }
}

/// A rule in words: `error rate ≥ 5 %, proven, in the last 15 min, for 5 min`.
pub fn rule_in_words(rule: &AlertRule) -> String {
    let mut words = match &rule.watch {
        Watch::Measured { criterion, window_minutes } => {
            let what = match criterion.quantile() {
                Some(quantile) => format!("{} above legacy’s", quantile.as_str()),
                None => rule.kind().in_words().to_owned(),
            };
            format!("{what} > {}, in the last {window_minutes} min", demand_limit_in_words(criterion))
        }
        Watch::NoTraffic { hours } => format!("{} for {hours} h", rule.kind().in_words()),
        Watch::DecisionsAge { seconds } => format!("decisions of an instance older than {seconds} s"),
        Watch::System { limit } => format!("{} > {}", rule.kind().in_words(), format::rate(Some(*limit))),
    };
    if rule.for_minutes > 0 {
        words = format!("{words}, for {} min", rule.for_minutes);
    }
    if !rule.features.is_empty() {
        let keys: Vec<&str> = rule.features.iter().map(FeatureKey::as_str).collect();
        words = format!("{words}, of {}", keys.join(", "));
    }
    words
}
