//! Decisions over OFREP: one question for a feature every so often, and every unit decided here by what was answered.
//!
//! While Crossfade does not answer, what it said last counts for a while; after that, legacy answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::Crossfade;
use super::rule::{FlagAnswer, Rule, ShadowAnswer};
use crate::domain::decision::Decision;
use crate::domain::feature_key::FeatureKey;
use crate::domain::unit::Unit;
use crate::facade::source::{DecisionSource, Undecided};

/// How long answers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionSettings {
    /// For so long nothing is asked again: a change takes at most so long to be heard.
    pub fresh: Duration,
    /// For so long an answer counts when Crossfade does not answer.
    pub stale: Duration,
    /// For so long an answer is waited for.
    pub timeout: Duration,
}

impl Default for DecisionSettings {
    fn default() -> Self {
        Self { fresh: Duration::from_secs(1), stale: Duration::from_secs(30), timeout: Duration::from_millis(500) }
    }
}

/// A [`DecisionSource`] that asks a Crossfade somewhere else.
///
/// It does not ask about each unit: an answer names the percentage, and which units are below it is fixed by the contract.
pub struct OfrepDecisions {
    crossfade: Crossfade,
    client: reqwest::Client,
    settings: DecisionSettings,
    features: Mutex<HashMap<FeatureKey, Arc<Entry>>>,
}

/// What is known of a feature.
#[derive(Default)]
struct Entry {
    known: Mutex<Known>,
    /// Held by the one call that asks.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    answered: Option<(Instant, Arc<Rule>)>,
    failed: Option<(Instant, Undecided)>,
}

impl OfrepDecisions {
    /// Asks `crossfade`.
    pub fn new(crossfade: Crossfade, settings: DecisionSettings) -> Result<Self, reqwest::Error> {
        Ok(Self { crossfade, client: super::client(settings.timeout)?, settings, features: Mutex::default() })
    }

    async fn rule(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Arc<Rule>, Undecided> {
        let entry = self.entry(feature);
        if let Some(settled) = entry.settled(self.settings.fresh) {
            return entry.or_stale(settled, self.settings.stale);
        }
        // One asks; the others take what was said last, or wait where nothing was.
        let _asking = match entry.asking.try_lock() {
            Ok(asking) => asking,
            Err(_) => match entry.answered(self.settings.stale) {
                Some(rule) => return Ok(rule),
                None => entry.asking.lock().await,
            },
        };
        if let Some(settled) = entry.settled(self.settings.fresh) {
            return entry.or_stale(settled, self.settings.stale);
        }
        let asked = self.ask(feature, unit).await.map(Arc::new);
        entry.note(&asked);
        entry.or_stale(asked, self.settings.stale)
    }

    fn entry(&self, feature: &FeatureKey) -> Arc<Entry> {
        let mut features = self.features.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = features.get(feature) {
            return Arc::clone(entry);
        }
        Arc::clone(features.entry(feature.clone()).or_default())
    }

    async fn ask(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Rule, Undecided> {
        // Whoever it is asked for, the answer names what is needed for all.
        let targeting_key = unit.map_or("crossfade", Unit::as_str);
        let shadow = format!("{feature}.shadow");
        let (flag, shadow) = futures::join!(
            self.evaluate::<FlagAnswer>(feature.as_str(), targeting_key),
            self.evaluate::<ShadowAnswer>(&shadow, targeting_key),
        );
        // Without an answer on shadow the call itself can be decided all the same.
        Rule::of(flag?, shadow.ok())
    }

    async fn evaluate<T: DeserializeOwned>(&self, flag: &str, targeting_key: &str) -> Result<T, Undecided> {
        let unavailable = |error: reqwest::Error| Undecided::Unavailable(error.without_url().to_string());
        let response = self
            .client
            .post(self.crossfade.at(&format!("ofrep/v1/evaluate/flags/{flag}")))
            .bearer_auth(&self.crossfade.token)
            .json(&Question { context: Context { targeting_key } })
            .send()
            .await
            .map_err(unavailable)?;
        match response.status() {
            StatusCode::OK => response.json().await.map_err(unavailable),
            StatusCode::NOT_FOUND => Err(Undecided::UnknownFeature),
            status => Err(Undecided::Unavailable(format!("it answered {status}"))),
        }
    }
}

impl DecisionSource for OfrepDecisions {
    async fn decide(&self, feature: &FeatureKey, unit: Option<&Unit>) -> Result<Decision, Undecided> {
        self.rule(feature, unit).await?.decide(feature, unit)
    }
}

impl Entry {
    /// What was said or went wrong within `fresh`.
    fn settled(&self, fresh: Duration) -> Option<Result<Arc<Rule>, Undecided>> {
        let known = self.lock();
        match (&known.answered, &known.failed) {
            (Some((at, rule)), _) if at.elapsed() < fresh => Some(Ok(Arc::clone(rule))),
            (_, Some((at, failure))) if at.elapsed() < fresh => Some(Err(failure.clone())),
            _ => None,
        }
    }

    fn answered(&self, stale: Duration) -> Option<Arc<Rule>> {
        let known = self.lock();
        known.answered.as_ref().filter(|(at, _)| at.elapsed() < stale).map(|(_, rule)| Arc::clone(rule))
    }

    /// `asked`, or what was said last where Crossfade did not answer. That there is no such feature is an answer.
    fn or_stale(&self, asked: Result<Arc<Rule>, Undecided>, stale: Duration) -> Result<Arc<Rule>, Undecided> {
        match asked {
            Err(Undecided::Unavailable(reason)) => self.answered(stale).ok_or(Undecided::Unavailable(reason)),
            asked => asked,
        }
    }

    fn note(&self, asked: &Result<Arc<Rule>, Undecided>) {
        let mut known = self.lock();
        match asked {
            Ok(rule) => *known = Known { answered: Some((Instant::now(), Arc::clone(rule))), failed: None },
            Err(error) => known.failed = Some((Instant::now(), error.clone())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Serialize)]
struct Question<'a> {
    context: Context<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    targeting_key: &'a str,
}
