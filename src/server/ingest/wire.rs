//! Observations as they are sent, and what everything that is sent is checked against. Comparisons are in
//! [`super::comparison_wire`].

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::domain::comparison_rules::{ComparisonRules, RulesVersion};
use crate::domain::difference::Difference;
use crate::domain::distinct_units::UnitTrace;
use crate::domain::example::MAX_PER_FIELD;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::latency::LatencyMs;
use crate::domain::migration::MigrationId;
use crate::domain::observation::{Fallback, Observation, Operation, Outcome, check_time};
use crate::domain::origin::Origin;
use crate::domain::path::Path;
use crate::domain::retention::Retention;
use crate::domain::unit::Unit;
use crate::server::store::{Digest, Item};

/// The most bytes of an item's id.
pub const MAX_ID_BYTES: usize = 200;

/// The most examples of differing fields that are taken from one batch.
const MAX_EXAMPLES_A_BATCH: usize = 100;

/// What an item is checked against.
pub struct Context {
    /// The features that there are, and whose they are.
    features: HashMap<String, (FeatureId, MigrationId)>,
    /// How results are compared; a migration that is not in it has no rules.
    rules: HashMap<MigrationId, RulesVersion>,
    /// When it arrived.
    now: DateTime<Utc>,
    /// How long its minute is kept.
    kept: TimeDelta,
}

/// A feature as an item is checked against it.
pub struct Known<'a> {
    pub id: FeatureId,
    pub rules: &'a ComparisonRules,
    pub rules_version: i64,
}

impl Context {
    /// Checks against `features` at `now`, where nothing is compared by rules.
    pub fn new(features: &[Feature], now: DateTime<Utc>) -> Self {
        let known = features.iter().map(|feature| (feature.key.to_string(), (feature.id, feature.migration)));
        Self { features: known.collect(), rules: HashMap::new(), now, kept: Retention::default().minutes }
    }

    /// Where minutes are kept as long as `retention` says.
    #[must_use]
    pub fn keeping(mut self, retention: Retention) -> Self {
        self.kept = retention.minutes;
        self
    }

    /// With the rules in force.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<(MigrationId, RulesVersion)>) -> Self {
        self.rules = rules.into_iter().collect();
        self
    }

    /// The feature of this key.
    pub fn feature(&self, key: &str) -> Result<Known<'_>, String> {
        static NONE: ComparisonRules = ComparisonRules::NONE;
        let (id, migration) = self.features.get(key).copied().ok_or_else(|| format!("unknown feature {key:?}"))?;
        let (rules, rules_version) =
            self.rules.get(&migration).map_or((&NONE, 0), |version| (&version.rules, version.version));
        Ok(Known { id, rules, rules_version })
    }

    /// When an item happened that says so, or arrived.
    pub fn time(&self, at: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, String> {
        at.map_or(Ok(self.now), |at| check_time(at, self.now, self.kept)).map_err(|error| error.to_string())
    }
}

/// What is known of a batch so far: its operations, each parsed once, and how many examples were taken of it.
#[derive(Debug, Default)]
pub struct SoFar {
    operations: HashMap<String, Operation>,
    examples: HashMap<(FeatureId, Difference), usize>,
    taken: usize,
}

impl SoFar {
    /// The operation of this name.
    pub fn operation(&mut self, text: &str) -> Result<Operation, String> {
        if let Some(operation) = self.operations.get(text) {
            return Ok(operation.clone());
        }
        let operation = Operation::parse(text).map_err(|error| format!("operation {error}"))?;
        self.operations.insert(text.to_owned(), operation.clone());
        Ok(operation)
    }

    /// Whether one more example of this difference is to be made of the batch; it counts as made then.
    pub fn takes_example(&mut self, feature: FeatureId, difference: &Difference) -> bool {
        if self.taken >= MAX_EXAMPLES_A_BATCH {
            return false;
        }
        let taken = self.examples.entry((feature, difference.clone())).or_default();
        let takes = *taken < MAX_PER_FIELD;
        *taken += usize::from(takes);
        self.taken += usize::from(takes);
        takes
    }
}

/// Something that is sent to be counted.
pub trait Wire {
    /// The word for it in digests of ids: the same id may name an observation and a comparison.
    const KIND: &'static str;

    /// The id of its maker's choosing.
    fn id(&self) -> Option<&str>;

    /// Whose it is.
    fn feature(&self) -> &str;

    /// Checks it; the error is a half sentence for its sender.
    fn check(self, context: &Context, so_far: &mut SoFar) -> Result<Item, String>;

    /// The digest under which it counts once; `None` without an id.
    fn digest(&self) -> Result<Option<Digest>, String> {
        match self.id() {
            None => Ok(None),
            Some("") => Err("id must not be empty".to_owned()),
            Some(id) if id.len() > MAX_ID_BYTES => Err(format!("id must have at most {MAX_ID_BYTES} bytes")),
            Some(id) => Ok(Some(Digest::of_id(&[Self::KIND.as_bytes(), self.feature().as_bytes()], id))),
        }
    }
}

/// One observation as it is sent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(expecting = "an observation")]
pub struct ObservationWire<'a> {
    #[serde(borrow, default)]
    pub id: Option<Cow<'a, str>>,
    /// Absent: when it arrived.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    #[serde(borrow)]
    pub feature: Cow<'a, str>,
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    pub path: Path,
    pub outcome: Outcome,
    pub latency_ms: f64,
    #[serde(borrow, default)]
    pub unit: Option<Cow<'a, str>>,
    #[serde(default)]
    pub fallback: Option<bool>,
    #[serde(borrow, default)]
    pub error_kind: Option<Cow<'a, str>>,
    /// Absent: of a caller.
    #[serde(default)]
    pub origin: Option<Origin>,
}

impl Wire for ObservationWire<'_> {
    const KIND: &'static str = "observation";

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn feature(&self) -> &str {
        &self.feature
    }

    fn check(self, context: &Context, so_far: &mut SoFar) -> Result<Item, String> {
        let fallback = if self.fallback == Some(true) { Fallback::ToLegacy } else { Fallback::No };
        if fallback == Fallback::ToLegacy && self.path == Path::Legacy {
            return Err(
                "fallback must not be true on the legacy path: it marks the candidate call that failed".to_owned()
            );
        }
        if let Some(unit) = &self.unit {
            Unit::check(unit).map_err(|error| error.to_string())?;
        }
        Ok(Item::Observation(Observation {
            at: context.time(self.at)?,
            feature: context.feature(&self.feature)?.id,
            operation: so_far.operation(&self.operation)?,
            path: self.path,
            outcome: self.outcome,
            latency: LatencyMs::new(self.latency_ms).map_err(|error| error.to_string())?,
            unit: self.unit.as_deref().map(UnitTrace::of_text),
            fallback,
            error_kind: self
                .error_kind
                .as_deref()
                .map(|kind| Operation::parse(kind).map_err(|error| format!("error_kind {error}")))
                .transpose()?,
            origin: self.origin.unwrap_or_default(),
        }))
    }
}
