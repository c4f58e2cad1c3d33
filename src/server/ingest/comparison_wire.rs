//! Comparisons as they are sent, and their way into the domain: by the rules of the feature's migration.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::compared::{Compared, compared_already};
use super::wire::{Context, Known, SoFar, Wire};
use crate::domain::comparison::{Comparison, ComparisonVerdict, judge};
use crate::domain::difference::{Difference, DifferenceKind, FieldPath, Found, between};
use crate::domain::example::{Example, MAX_PER_COMPARISON, Sides};
use crate::domain::latency::LatencyMs;
use crate::domain::noise::{self, Differed};
use crate::domain::observation::{Operation, Outcome};
use crate::domain::origin::Origin;
use crate::server::store::Item;

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
    /// What legacy has there, for an example; left out when it has nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Value)]
    pub legacy: Option<Value>,
    /// What the candidate has there, likewise.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Value)]
    pub candidate: Option<Value>,
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
    /// Legacy run once more on the same input: tells a field that always varies from one that the candidate changes.
    #[serde(default)]
    pub legacy_again: Option<SideWire>,
    #[serde(default)]
    pub verdict: Option<ComparisonVerdict>,
    #[serde(borrow, default)]
    pub differences: Vec<DifferenceWire<'a>>,
    /// Absent: of a caller.
    #[serde(default)]
    pub origin: Option<Origin>,
}

impl Wire for ComparisonWire<'_> {
    const KIND: &'static str = "comparison";

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn feature(&self) -> &str {
        &self.feature
    }

    fn check(self, context: &Context, so_far: &mut SoFar) -> Result<Item, String> {
        let sides = [("legacy", &self.legacy), ("candidate", &self.candidate), ("legacy_again", &self.legacy_again)];
        for (name, side) in sides {
            if let Some(latency) = side.as_ref().and_then(|side| side.latency_ms) {
                LatencyMs::new(latency).map_err(|error| format!("{name}: {error}"))?;
            }
        }
        let at = context.time(self.at)?;
        let feature = context.feature(&self.feature)?;
        let operation = so_far.operation(&self.operation)?;
        let results = self.legacy.as_ref().zip(self.candidate.as_ref());
        let results = results.map(|(legacy, candidate)| (&legacy.result, &candidate.result));
        let (verdict, found, second_run) = match (self.verdict, &self.legacy, &self.candidate) {
            (Some(_), _, _) if self.legacy_again.is_some() => {
                return Err("legacy_again goes with legacy and candidate, not with a verdict".to_owned());
            }
            (Some(verdict), _, _) => {
                let Compared { verdict, found } = compared_already(verdict, &self.differences, feature.rules)?;
                (verdict, found, None)
            }
            (None, Some(legacy), Some(candidate)) => {
                let sides = (legacy.outcome, &legacy.result);
                let (verdict, found) = judge(sides, (candidate.outcome, &candidate.result), feature.rules);
                let second_run = second_run(verdict, &found, legacy, self.legacy_again.as_ref(), &feature);
                (verdict, found, second_run)
            }
            (None, _, _) => return Err("must have both legacy and candidate, or a verdict".to_owned()),
        };
        let examples = examples(&feature, so_far, (at, &operation), &found, results);
        let differences = found.into_iter().map(|found| found.difference).collect();
        Ok(Item::Comparison(Comparison {
            at,
            feature: feature.id,
            operation,
            verdict,
            differences,
            second_run,
            examples,
            origin: self.origin.unwrap_or_default(),
        }))
    }
}

/// How each field did beside the second legacy run, where all three answered.
fn second_run(
    verdict: ComparisonVerdict,
    found: &[Found<'_>],
    legacy: &SideWire,
    again: Option<&SideWire>,
    feature: &Known<'_>,
) -> Option<Vec<(FieldPath, Differed)>> {
    let again = again.filter(|again| again.outcome == Outcome::Ok)?;
    match verdict {
        ComparisonVerdict::Match | ComparisonVerdict::Mismatch => {}
        ComparisonVerdict::CandidateFailed
        | ComparisonVerdict::LegacyFailed
        | ComparisonVerdict::BothFailed
        | ComparisonVerdict::ComparatorError => return None,
    }
    let differences =
        |found: &[Found<'_>]| -> Vec<Difference> { found.iter().map(|found| found.difference.clone()).collect() };
    let second = between(&legacy.result, &again.result, feature.rules);
    noise::differed(&differences(found), &differences(&second))
}

/// What may be kept of the differences: no more than a few of each, so that what it costs is bounded.
fn examples(
    feature: &Known<'_>,
    so_far: &mut SoFar,
    (at, operation): (DateTime<Utc>, &Operation),
    found: &[Found<'_>],
    results: Option<(&Value, &Value)>,
) -> Vec<Example> {
    let sent = results.filter(|(legacy, candidate)| !legacy.is_null() || !candidate.is_null());
    let mut whole: Option<Sides> = None;
    let mut examples = Vec::new();
    for found in found.iter().filter(|found| found.has_values() || sent.is_some()) {
        if examples.len() == MAX_PER_COMPARISON || !so_far.takes_example(feature.id, &found.difference) {
            continue;
        }
        let results = whole.get_or_insert_with(|| {
            sent.map_or(Sides::NOTHING, |(legacy, candidate)| Sides::of_results(legacy, candidate, feature.rules))
        });
        examples.push(Example {
            difference: found.difference.clone(),
            at,
            operation: operation.clone(),
            rules_version: feature.rules_version,
            values: Sides::at(found, feature.rules),
            results: results.clone(),
        });
    }
    examples
}

/// A value that was sent: `null` is one, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
