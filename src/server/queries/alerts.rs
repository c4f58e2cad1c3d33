//! Alerts, what every rule reads now, and silences.

pub mod looks;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::alert::{AlertState, Episode, Seen, Silence, StateWord};
use crate::domain::alert_notice::AlertId;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::feature_key::{FeatureKey, MigrationSlug};
use crate::domain::field_error::FieldError;
use crate::domain::migration::{Migration, MigrationId};
use crate::domain::snapshot::Snapshot;
use crate::server::charts::AlertSpan;
use crate::server::commands::CommandError;
use crate::server::queries::evidence;
use crate::server::state::AppState;
use crate::server::store::{AlertQuery, StoreError};
use crate::views::alert::{
    AlertDocument, AlertView, AlertsDocument, AlertsView, FiringView, ReadingRow, SilenceView, rule_in_words,
};
use crate::views::status::AlertStatus;

/// The most alerts of one page.
const ROWS: u32 = 50;

/// The most alerts marked in a chart.
const SPANS: u32 = 100;

/// The most silences shown.
const SILENCES: u32 = 50;

/// Which alerts somebody asks for, as it was written; empty for all.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub migration: String,
    pub feature: String,
    pub state: String,
    pub before: String,
}

/// What alerts are about, by name.
struct Names {
    migrations: HashMap<MigrationId, MigrationSlug>,
    features: HashMap<FeatureId, FeatureKey>,
    silences: Vec<Silence>,
    now: DateTime<Utc>,
}

impl Names {
    async fn read(state: &AppState) -> Result<Self, StoreError> {
        let now = state.clock.now();
        let slug = |migration: Migration| (migration.id, migration.slug);
        let key = |feature: Feature| (feature.id, feature.key);
        Ok(Self {
            migrations: state.store.migrations().await?.into_iter().map(slug).collect(),
            features: state.store.features().await?.into_iter().map(key).collect(),
            silences: state.store.silences_at(now).await?,
            now,
        })
    }

    fn view(&self, episode: &Episode) -> Option<AlertView> {
        let migration = self.migrations.get(&episode.subject.migration)?;
        let feature = episode.subject.feature.and_then(|id| self.features.get(&id));
        let silenced = self.silences.iter().any(|silence| silence.covers(episode, self.now));
        Some(AlertView::new(episode, migration, feature, silenced))
    }

    fn silence(&self, silence: &Silence) -> Option<SilenceView> {
        let migration = self.migrations.get(&silence.migration)?.to_string();
        let feature = silence.feature.and_then(|id| self.features.get(&id)).map(ToString::to_string);
        Some(SilenceView::new(silence, migration, feature, self.now))
    }
}

/// `GET /api/v1/alerts`: the alerts that are asked for, newest first.
pub async fn list(state: &AppState, asked: &Asked) -> Result<AlertsDocument, CommandError> {
    let names = Names::read(state).await?;
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, detail: &str| errors.push(FieldError::new(pointer, detail));
    let migration = names.migrations.iter().find(|(_, slug)| slug.as_str() == asked.migration).map(|(id, _)| *id);
    if migration.is_none() && !asked.migration.is_empty() {
        wrong("/migration", "there is no such migration");
    }
    let feature = names.features.iter().find(|(_, key)| key.as_str() == asked.feature).map(|(id, _)| *id);
    if feature.is_none() && !asked.feature.is_empty() {
        wrong("/feature", "there is no such feature");
    }
    let word = StateWord::from_word(&asked.state);
    if word.is_none() && !asked.state.is_empty() {
        wrong("/state", "must be pending, firing or resolved");
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let before = Some(AlertId(asked.before.clone())).filter(|before| !before.0.is_empty());
    let query = AlertQuery { migration, feature, state: word, before, limit: ROWS, ..AlertQuery::default() };
    Ok(page(state, &names, &query).await?)
}

/// `GET /api/v1/alerts/{id}`: one alert with what it fired on.
pub async fn one(state: &AppState, id: &AlertId) -> Result<Option<AlertDocument>, StoreError> {
    let Some(episode) = state.store.alert(id).await? else { return Ok(None) };
    let names = Names::read(state).await?;
    let Some(alert) = names.view(&episode) else { return Ok(None) };
    Ok(Some(AlertDocument { alert, frozen: state.store.frozen_alert(id).await? }))
}

/// `GET /api/v1/silences`: newest first.
pub async fn silences(state: &AppState) -> Result<Vec<SilenceView>, StoreError> {
    let names = Names::read(state).await?;
    Ok(state.store.silences(SILENCES).await?.iter().filter_map(|silence| names.silence(silence)).collect())
}

/// One silence, as it is shown.
pub async fn silence(state: &AppState, silence: &Silence) -> Result<Option<SilenceView>, StoreError> {
    Ok(Names::read(state).await?.silence(silence))
}

/// The alerts page, with past alerts from `before` on, or from the newest when it is empty.
pub async fn view(state: &AppState, before: &str) -> Result<AlertsView, StoreError> {
    let names = Names::read(state).await?;
    let open = state.store.open_alerts().await?;
    let of = |word: StateWord| -> Vec<AlertView> {
        open.iter().filter(|alert| alert.state.word() == word).filter_map(|alert| names.view(alert)).collect()
    };
    let mut firing = of(StateWord::Firing);
    firing.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
    let before = Some(AlertId(before.to_owned())).filter(|before| !before.0.is_empty());
    let past = AlertQuery { state: Some(StateWord::Resolved), before, limit: ROWS, ..AlertQuery::default() };
    let AlertsDocument { alerts: past, next } = page(state, &names, &past).await?;
    let mut migrations: Vec<String> = names.migrations.values().map(ToString::to_string).collect();
    migrations.sort_unstable();
    let mut features: Vec<String> = names.features.values().map(ToString::to_string).collect();
    features.sort_unstable();
    Ok(AlertsView {
        at: names.now,
        firing,
        pending: of(StateWord::Pending),
        rules: rules(state, &open, names.now).await?,
        past,
        next,
        silences: state.store.silences(SILENCES).await?.iter().filter_map(|it| names.silence(it)).collect(),
        migrations,
        features,
    })
}

/// The alerts of a migration that are pending or fire, for its status document.
pub async fn status(
    state: &AppState,
    migration: &Migration,
    snapshots: &[Snapshot],
) -> Result<Vec<AlertStatus>, StoreError> {
    let key = |id: FeatureId| snapshots.iter().find(|it| it.feature.id == id).map(|it| it.feature.key.to_string());
    let open = state.store.open_alerts().await?.into_iter();
    let of = open.filter(|alert| alert.subject.migration == migration.id);
    Ok(of
        .map(|alert| AlertStatus {
            feature: alert.subject.feature.and_then(key),
            state: alert.state.word().as_str().to_owned(),
            value: alert.reading.value,
            limit: alert.reading.limit,
            since: alert.state.fired_at().unwrap_or(alert.pending_at),
            rule: alert.rule,
        })
        .collect())
}

/// The alerts that fire, by feature. One of the machine is every feature's of its migration.
pub async fn firing(state: &AppState) -> Result<Vec<Episode>, StoreError> {
    Ok(state.store.open_alerts().await?.into_iter().filter(Episode::is_firing).collect())
}

/// How many these are.
pub fn count<T>(alerts: &[T]) -> u32 {
    u32::try_from(alerts.len()).unwrap_or(u32::MAX)
}

/// Those of `alerts` that are about `feature`, as its page shows them.
pub fn firing_of(alerts: &[Episode], feature: &Feature) -> Vec<FiringView> {
    let of = |alert: &&Episode| {
        alert.subject.migration == feature.migration && alert.subject.feature.is_none_or(|id| id == feature.id)
    };
    alerts.iter().filter(of).map(FiringView::new).collect()
}

/// From when to when alerts about `feature` fired, of those that did after `since`.
pub async fn spans(state: &AppState, feature: &Feature, since: DateTime<Utc>) -> Result<Vec<AlertSpan>, StoreError> {
    let query =
        AlertQuery { feature: Some(feature.id), not_over_by: Some(since), limit: SPANS, ..AlertQuery::default() };
    let fired = state.store.alerts(&query).await?.into_iter().filter_map(|alert| {
        let resolved_at = match &alert.state {
            AlertState::Resolved { at, .. } => Some(*at),
            AlertState::Pending { .. } | AlertState::Firing { .. } => None,
        };
        Some(AlertSpan { fired_at: alert.state.fired_at()?, resolved_at })
    });
    Ok(fired.collect())
}

async fn page(state: &AppState, names: &Names, query: &AlertQuery) -> Result<AlertsDocument, StoreError> {
    let found = state.store.alerts(query).await?;
    let next = found.last().filter(|_| found.len() == query.limit as usize).map(|last| last.id.0.clone());
    Ok(AlertsDocument { alerts: found.iter().filter_map(|alert| names.view(alert)).collect(), next })
}

/// Every rule of every feature and of the machine, and what it reads now.
async fn rules(state: &AppState, open: &[Episode], now: DateTime<Utc>) -> Result<Vec<ReadingRow>, StoreError> {
    let newest = evidence::newest(state.store.as_ref()).await?;
    let instances = state.store.instances().await?;
    let mut rows = Vec::new();
    let mut machines: Vec<MigrationId> = Vec::new();
    for snapshot in state.store.snapshots().await? {
        let seen = newest.get(&snapshot.feature.id).copied().unwrap_or_default();
        let mut looks = Vec::new();
        if !machines.contains(&snapshot.migration.id) {
            machines.push(snapshot.migration.id);
            looks.extend(looks::of_machine(state, &snapshot, &instances, now));
        }
        looks.extend(looks::of_feature(state, &snapshot, seen, now).await?);
        rows.extend(looks.into_iter().map(|look| {
            let is_of = |alert: &&Episode| {
                alert.rule == look.rule.name
                    && (alert.subject.migration, alert.subject.feature)
                        == (look.subject.migration, look.subject.feature)
            };
            let alert = open.iter().find(is_of);
            let (condition, words) = match look.seen {
                Seen::Reading(reading) => (Some(reading.condition), reading.reason),
                Seen::Nothing(why) => (None, why),
            };
            ReadingRow {
                migration: snapshot.migration.slug.to_string(),
                feature: look.subject.feature.map(|_| snapshot.feature.key.to_string()),
                demand: rule_in_words(&look.rule),
                rule: look.rule.name,
                condition,
                words,
                state: alert.map(|alert| alert.state.word()),
                alert: alert.map(|alert| alert.id.0.clone()),
            }
        }));
    }
    Ok(rows)
}
