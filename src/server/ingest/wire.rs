//! Observations and comparisons as they are sent, and their way into the domain.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::domain::comparison::{Comparison, ComparisonVerdict, judge};
use crate::domain::difference::{Difference, DifferenceKind, FieldPath, MAX_DIFFERENCES};
use crate::domain::distinct_units::UnitTrace;
use crate::domain::feature::{Feature, FeatureId};
use crate::domain::latency::LatencyMs;
use crate::domain::observation::{Fallback, Observation, Operation, Outcome, check_time};
use crate::domain::path::Path;
use crate::domain::unit::Unit;
use crate::server::store::{Digest, Item};

/// The most bytes of an item's id.
pub const MAX_ID_BYTES: usize = 200;

/// What an item is checked against.
pub struct Context {
    /// The features that there are.
    pub features: HashMap<String, FeatureId>,
    /// When it arrived.
    pub now: DateTime<Utc>,
}

impl Context {
    /// Checks against `features` at `now`.
    pub fn new(features: &[Feature], now: DateTime<Utc>) -> Self {
        Self { features: features.iter().map(|feature| (feature.key.to_string(), feature.id)).collect(), now }
    }

    fn feature(&self, key: &str) -> Result<FeatureId, String> {
        self.features.get(key).copied().ok_or_else(|| format!("unknown feature {key:?}"))
    }

    fn time(&self, at: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, String> {
        at.map_or(Ok(self.now), |at| check_time(at, self.now)).map_err(|error| error.to_string())
    }
}

/// The operations of a batch, each parsed once.
#[derive(Debug, Default)]
pub struct Operations(HashMap<String, Operation>);

impl Operations {
    fn parse(&mut self, text: &str) -> Result<Operation, String> {
        if let Some(operation) = self.0.get(text) {
            return Ok(operation.clone());
        }
        let operation = Operation::parse(text).map_err(|error| format!("operation {error}"))?;
        self.0.insert(text.to_owned(), operation.clone());
        Ok(operation)
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
    fn check(self, context: &Context, operations: &mut Operations) -> Result<Item, String>;

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
}

impl Wire for ObservationWire<'_> {
    const KIND: &'static str = "observation";

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn feature(&self) -> &str {
        &self.feature
    }

    fn check(self, context: &Context, operations: &mut Operations) -> Result<Item, String> {
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
            feature: context.feature(&self.feature)?,
            operation: operations.parse(&self.operation)?,
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
        }))
    }
}

/// One side of a comparison as it is sent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(expecting = "one side of a comparison")]
pub struct SideWire {
    pub outcome: Outcome,
    #[serde(default)]
    pub latency_ms: Option<f64>,
    #[serde(default)]
    pub result: Value,
}

/// One difference as it is sent by a caller that compared already.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(expecting = "a difference")]
pub struct DifferenceWire<'a> {
    #[serde(borrow, alias = "path")]
    pub field: Cow<'a, str>,
    pub kind: DifferenceKind,
}

/// One comparison as it is sent: both sides, or the verdict of a caller that compared already.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(expecting = "a comparison")]
pub struct ComparisonWire<'a> {
    #[serde(borrow, default)]
    pub id: Option<Cow<'a, str>>,
    /// Absent: when it arrived.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    #[serde(borrow)]
    pub feature: Cow<'a, str>,
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    #[serde(default)]
    pub legacy: Option<SideWire>,
    #[serde(default)]
    pub candidate: Option<SideWire>,
    #[serde(default)]
    pub verdict: Option<ComparisonVerdict>,
    #[serde(borrow, default)]
    pub differences: Vec<DifferenceWire<'a>>,
}

impl Wire for ComparisonWire<'_> {
    const KIND: &'static str = "comparison";

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn feature(&self) -> &str {
        &self.feature
    }

    fn check(self, context: &Context, operations: &mut Operations) -> Result<Item, String> {
        for (name, side) in [("legacy", &self.legacy), ("candidate", &self.candidate)] {
            if let Some(latency) = side.as_ref().and_then(|side| side.latency_ms) {
                LatencyMs::new(latency).map_err(|error| format!("{name}: {error}"))?;
            }
        }
        let at = context.time(self.at)?;
        let feature = context.feature(&self.feature)?;
        let operation = operations.parse(&self.operation)?;
        let (verdict, differences) = match (self.verdict, &self.legacy, &self.candidate) {
            (Some(verdict), _, _) => (verdict, compared_already(verdict, &self.differences)?),
            (None, Some(legacy), Some(candidate)) => {
                judge((legacy.outcome, &legacy.result), (candidate.outcome, &candidate.result))
            }
            (None, _, _) => return Err("must have both legacy and candidate, or a verdict".to_owned()),
        };
        Ok(Item::Comparison(Comparison { at, feature, operation, verdict, differences }))
    }
}

fn compared_already(verdict: ComparisonVerdict, differences: &[DifferenceWire<'_>]) -> Result<Vec<Difference>, String> {
    if verdict != ComparisonVerdict::Mismatch && !differences.is_empty() {
        return Err("differences go with the verdict \"mismatch\" only".to_owned());
    }
    if differences.iter().any(|difference| difference.field.is_empty()) {
        return Err("a difference must name its field".to_owned());
    }
    let mut differences: Vec<Difference> = differences
        .iter()
        .map(|difference| Difference { field: FieldPath::new(&difference.field), kind: difference.kind })
        .collect();
    differences.sort_unstable();
    differences.dedup();
    differences.truncate(MAX_DIFFERENCES);
    Ok(differences)
}
