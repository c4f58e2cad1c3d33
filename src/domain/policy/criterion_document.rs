//! A criterion's JSON document: written with what its kind asks for, read field by field.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::criterion::{Assurance, AssuranceWord, Criterion, CriterionKind, Quantile};
use super::document::InvalidPolicy;
use crate::domain::field_error::FieldError;
use crate::domain::fields::Fields;

/// The largest count that can be asked for.
const MOST: u64 = 1_000_000_000;

/// The longest dwell: a year.
const MOST_HOURS: f64 = 8_760.0;

/// The oldest that data may be asked to be: a week.
const MOST_MINUTES: f64 = 10_080.0;

/// The largest degradation that can be asked for: eleven times as long.
const MOST_DEGRADATION: f64 = 10.0;

/// What a stage may ask for.
const KINDS: [CriterionKind; 11] = [
    CriterionKind::ErrorRate,
    CriterionKind::ExcessErrorRate,
    CriterionKind::LatencyDegradation,
    CriterionKind::DiscrepancyRate,
    CriterionKind::ShadowErrorRate,
    CriterionKind::FallbackRate,
    CriterionKind::Comparisons,
    CriterionKind::Requests,
    CriterionKind::Dwell,
    CriterionKind::Freshness,
    CriterionKind::Consistency,
];

/// A criterion as it stands in a policy's document: its kind and what that kind asks for.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Criterion)]
pub struct CriterionDocument {
    /// All kinds but `alerts` and `prerequisite`.
    kind: CriterionKind,
    /// Rates and degradation must stay below this.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    limit: Option<f64>,
    /// Of `latency_degradation`; `p95` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantile: Option<Quantile>,
    /// Of rates and degradation; `proven` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    assurance: Option<AssuranceWord>,
    /// With the assurance `observed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_requests: Option<u64>,
    /// Of `comparisons` and `requests`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<u64>,
    /// Of `dwell` and `consistency`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    hours: Option<f64>,
    /// Of `freshness`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    minutes: Option<f64>,
}

impl TryFrom<Value> for Criterion {
    type Error = InvalidPolicy;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        match read_criterion(&document, "", &mut errors) {
            Some(criterion) if errors.is_empty() => Ok(criterion),
            _ => Err(InvalidPolicy(errors)),
        }
    }
}

impl From<Criterion> for CriterionDocument {
    fn from(criterion: Criterion) -> Self {
        let bare = Self {
            kind: criterion.kind(),
            limit: None,
            quantile: criterion.quantile(),
            assurance: None,
            min_requests: None,
            at_least: None,
            hours: None,
            minutes: None,
        };
        match criterion {
            Criterion::ErrorRate { limit, assurance }
            | Criterion::ExcessErrorRate { limit, assurance }
            | Criterion::LatencyDegradation { limit, assurance, .. }
            | Criterion::DiscrepancyRate { limit, assurance }
            | Criterion::ShadowErrorRate { limit, assurance }
            | Criterion::FallbackRate { limit, assurance } => {
                let min_requests = match assurance {
                    Assurance::Proven => None,
                    Assurance::Observed { min_requests } => Some(min_requests),
                };
                Self { limit: Some(limit), assurance: Some(assurance.word()), min_requests, ..bare }
            }
            Criterion::Comparisons { at_least } | Criterion::Requests { at_least } => {
                Self { at_least: Some(at_least), ..bare }
            }
            Criterion::Dwell { hours } | Criterion::Consistency { hours } => Self { hours: Some(hours), ..bare },
            Criterion::Freshness { minutes } => Self { minutes: Some(minutes), ..bare },
        }
    }
}

/// Reads a criterion; notes all its faults.
pub(super) fn read_criterion(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Criterion> {
    let mut fields = Fields::of(document, pointer, errors)?;
    let kind = choice(&mut fields, "kind", &KINDS.map(|kind| (kind.as_str(), kind)))?;
    match kind {
        CriterionKind::ErrorRate => {
            rate(&mut fields).map(|(limit, assurance)| Criterion::ErrorRate { limit, assurance })
        }
        CriterionKind::ExcessErrorRate => {
            rate(&mut fields).map(|(limit, assurance)| Criterion::ExcessErrorRate { limit, assurance })
        }
        CriterionKind::DiscrepancyRate => {
            rate(&mut fields).map(|(limit, assurance)| Criterion::DiscrepancyRate { limit, assurance })
        }
        CriterionKind::ShadowErrorRate => {
            rate(&mut fields).map(|(limit, assurance)| Criterion::ShadowErrorRate { limit, assurance })
        }
        CriterionKind::FallbackRate => {
            rate(&mut fields).map(|(limit, assurance)| Criterion::FallbackRate { limit, assurance })
        }
        CriterionKind::LatencyDegradation => degradation(&mut fields),
        CriterionKind::Comparisons => at_least(&mut fields).map(|at_least| Criterion::Comparisons { at_least }),
        CriterionKind::Requests => at_least(&mut fields).map(|at_least| Criterion::Requests { at_least }),
        CriterionKind::Dwell => {
            fields.only(&["kind", "hours"]);
            decimal(&mut fields, "hours", Range::From(0.0), MOST_HOURS).map(|hours| Criterion::Dwell { hours })
        }
        CriterionKind::Freshness => {
            fields.only(&["kind", "minutes"]);
            let minutes = decimal(&mut fields, "minutes", Range::Above(0.0), MOST_MINUTES);
            minutes.map(|minutes| Criterion::Freshness { minutes })
        }
        CriterionKind::Consistency => {
            fields.only(&["kind", "hours"]);
            let hours = decimal(&mut fields, "hours", Range::Above(0.0), MOST_HOURS);
            hours.map(|hours| Criterion::Consistency { hours })
        }
        CriterionKind::Prerequisite | CriterionKind::Alerts => {
            fields.fault("kind", "cannot be asked of a stage");
            None
        }
    }
}

fn rate(fields: &mut Fields<'_, '_>) -> Option<(f64, Assurance)> {
    fields.only(&["kind", "limit", "assurance", "min_requests"]);
    rate_limit(fields)
}

/// The limit of a rate, and how sure one must be of it.
pub(super) fn rate_limit(fields: &mut Fields<'_, '_>) -> Option<(f64, Assurance)> {
    let limit = decimal(fields, "limit", Range::Between(0.0), 1.0);
    let assurance = assurance(fields);
    Some((limit?, assurance?))
}

fn degradation(fields: &mut Fields<'_, '_>) -> Option<Criterion> {
    fields.only(&["kind", "limit", "quantile", "assurance", "min_requests"]);
    degradation_limit(fields)
}

/// The limit of a degradation, of which latency, and how sure one must be of it.
pub(super) fn degradation_limit(fields: &mut Fields<'_, '_>) -> Option<Criterion> {
    let limit = decimal(fields, "limit", Range::Above(0.0), MOST_DEGRADATION);
    let quantiles = Quantile::ALL.map(|quantile| (quantile.as_str(), quantile));
    let quantile = match fields.get("quantile") {
        None => Some(Quantile::default()),
        Some(_) => choice(fields, "quantile", &quantiles),
    };
    let assurance = assurance(fields);
    Some(Criterion::LatencyDegradation { limit: limit?, quantile: quantile?, assurance: assurance? })
}

pub(super) fn assurance(fields: &mut Fields<'_, '_>) -> Option<Assurance> {
    let words = [("proven", AssuranceWord::Proven), ("observed", AssuranceWord::Observed)];
    let word = match fields.get("assurance") {
        None => AssuranceWord::Proven,
        Some(_) => choice(fields, "assurance", &words)?,
    };
    match word {
        AssuranceWord::Observed => Some(Assurance::Observed { min_requests: fields.count("min_requests", MOST)? }),
        AssuranceWord::Proven if fields.get("min_requests").is_some() => {
            fields.fault("min_requests", "goes with the assurance \"observed\" only");
            None
        }
        AssuranceWord::Proven => Some(Assurance::Proven),
    }
}

fn at_least(fields: &mut Fields<'_, '_>) -> Option<u64> {
    fields.only(&["kind", "at_least"]);
    fields.count("at_least", MOST)
}

/// A word out of a closed set; the fault names the set.
pub(super) fn choice<T: Copy>(fields: &mut Fields<'_, '_>, name: &str, known: &[(&str, T)]) -> Option<T> {
    let text = fields.text(name)?;
    let chosen = known.iter().find(|(word, _)| *word == text);
    if chosen.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        fields.fault(name, format!("must be one of {}", words.join(", ")));
    }
    chosen.map(|(_, value)| *value)
}

/// Where a number may begin.
#[derive(Clone, Copy)]
pub(super) enum Range {
    /// At this, up to and with the most.
    From(f64),
    /// Above this, up to and with the most.
    Above(f64),
    /// Above this and below the most.
    Between(f64),
}

/// A number with at most nine decimals. Such numbers are the same in every program that reads them, however exactly it
/// reads, and so is the digest of evidence that has them.
pub(super) fn decimal(fields: &mut Fields<'_, '_>, name: &str, range: Range, most: f64) -> Option<f64> {
    let number = fields.number(name)?;
    let (within, wanted) = match range {
        Range::From(least) => ((least..=most).contains(&number), format!("from {least} to {most}")),
        Range::Above(least) => (number > least && number <= most, format!("above {least}, at most {most}")),
        Range::Between(least) => (number > least && number < most, format!("above {least} and below {most}")),
    };
    if !within {
        fields.fault(name, format!("must be a number {wanted}"));
        return None;
    }
    #[expect(clippy::float_cmp, reason = "whether it is the very number that nine decimals give")]
    let exact = (number * 1e9).round() / 1e9 == number;
    if !exact {
        fields.fault(name, "must have at most nine decimals");
    }
    exact.then_some(number)
}

/// Whole numbers without a point: `24`.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(super) fn number<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and far below 2^52")]
        Some(whole) if whole.fract() == 0.0 && (0.0..1e9).contains(whole) => serializer.serialize_u64(*whole as u64),
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}
