//! A policy's JSON document, read field by field. What the parts must be to each other is checked in `validate`.

use serde_json::Value;

use super::criterion::{Assurance, AssuranceWord, Criterion, CriterionKind, Quantile};
use super::field::{Fields, below};
use super::stage::{SignOffsRequired, Stage};
use super::{COMPLETE, Policy, Prerequisite, validate};
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::percentage::Percentage;

/// The largest count that can be asked for.
const MOST: u64 = 1_000_000_000;

/// The longest dwell: a year.
const MOST_HOURS: f64 = 8_760.0;

/// The oldest that data may be asked to be: a week.
const MOST_MINUTES: f64 = 10_080.0;

/// The largest degradation that can be asked for: eleven times as long.
const MOST_DEGRADATION: f64 = 10.0;

/// What a stage may ask for.
const KINDS: [CriterionKind; 10] = [
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
];

/// What is wrong with a policy, a stage or a criterion that was read as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a policy: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidPolicy(pub Vec<FieldError>);

/// Reads a policy.
pub(super) fn policy(document: &Value) -> Result<Policy, Vec<FieldError>> {
    let mut errors = Vec::new();
    let parts = read_policy(document, &mut errors);
    if let Some((stages, prerequisites)) = &parts {
        validate::stages(stages, &mut errors);
        validate::prerequisites(prerequisites, stages, &mut errors);
    }
    // What is wrong with one field is told together, in the order of the document's lists.
    match parts {
        Some((stages, prerequisites)) if errors.is_empty() => Ok(Policy {
            stages: stages.into_iter().filter_map(StageRead::whole).collect(),
            prerequisites: prerequisites.into_iter().flatten().collect(),
        }),
        _ => Err(errors),
    }
}

/// Reads a stage by itself.
pub(super) fn stage(document: &Value, pointer: &str) -> Result<Stage, Vec<FieldError>> {
    let mut errors = Vec::new();
    match read_stage(document, pointer, &mut errors).whole() {
        Some(stage) if errors.is_empty() => Ok(stage),
        _ => Err(errors),
    }
}

/// Reads a criterion by itself.
pub(super) fn criterion(document: &Value, pointer: &str) -> Result<Criterion, Vec<FieldError>> {
    let mut errors = Vec::new();
    match read_criterion(document, pointer, &mut errors) {
        Some(criterion) if errors.is_empty() => Ok(criterion),
        _ => Err(errors),
    }
}

/// What could be read of a stage: enough to hold it against the others although some of it is faulty.
#[derive(Default)]
pub(super) struct StageRead {
    pub name: Option<String>,
    pub percentage: Option<Percentage>,
    criteria: Vec<Criterion>,
    sign_offs: Option<SignOffsRequired>,
}

impl StageRead {
    fn whole(self) -> Option<Stage> {
        Some(Stage {
            name: self.name?,
            percentage: self.percentage?,
            criteria: self.criteria,
            sign_offs: self.sign_offs?,
        })
    }
}

type Parts = (Vec<StageRead>, Vec<Option<Prerequisite>>);

fn read_policy(document: &Value, errors: &mut Vec<FieldError>) -> Option<Parts> {
    let mut fields = Fields::of(document, "", errors)?;
    fields.only(&["stages", "prerequisites"]);
    fields.required("stages");
    let (stages, prerequisites) = (fields.list("stages"), fields.list("prerequisites"));
    let at = |list: &str, index: usize| below(&below("", list), index);
    let stages = stages.iter().enumerate().map(|(index, stage)| read_stage(stage, &at("stages", index), errors));
    let stages = stages.collect();
    let prerequisites = prerequisites.iter().enumerate();
    let prerequisites = prerequisites.map(|(index, it)| read_prerequisite(it, &at("prerequisites", index), errors));
    Some((stages, prerequisites.collect()))
}

fn read_stage(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> StageRead {
    let Some(mut fields) = Fields::of(document, pointer, errors) else { return StageRead::default() };
    fields.only(&["name", "percentage", "criteria", "sign_offs"]);
    let name = fields.text("name").and_then(|name| {
        let parsed = crate::domain::text::parse(name, 40);
        fields.parsed("name", parsed)
    });
    let name = name.filter(|name| {
        if name == COMPLETE {
            fields.fault("name", format!("must not be {COMPLETE:?}: that is what comes after the last stage"));
        }
        name != COMPLETE
    });
    let percentage = fields.number("percentage").and_then(|percent| {
        let parsed = Percentage::from_percent(percent);
        fields.parsed("percentage", parsed)
    });
    let listed = fields.list("criteria");
    if fields.get("criteria").is_none_or(|value| value.as_array().is_some_and(Vec::is_empty)) {
        fields.fault("criteria", "must have at least one criterion");
    }
    let sign_offs = fields.required("sign_offs").and_then(|value| {
        let (pointer, errors) = fields.nested("sign_offs");
        read_sign_offs(value, &pointer, errors)
    });
    let (pointer, errors) = fields.nested("criteria");
    let read: Vec<Option<Criterion>> = listed
        .iter()
        .enumerate()
        .map(|(index, criterion)| read_criterion(criterion, &below(&pointer, index), errors))
        .collect();
    validate::criteria(&read, &pointer, errors);
    StageRead { name, percentage, criteria: read.into_iter().flatten().collect(), sign_offs }
}

fn read_sign_offs(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<SignOffsRequired> {
    let mut fields = Fields::of(document, pointer, errors)?;
    fields.only(&["manager", "tool"]);
    let mut few = |name: &str, least: u64| {
        let value = fields.get(name).map_or(Some(0), Value::as_u64).filter(|count| (least..=20).contains(count));
        if value.is_none() {
            fields.fault(name, format!("must be a whole number from {least} to 20"));
        }
        value.and_then(|count| u8::try_from(count).ok())
    };
    let (manager, tool) = (few("manager", 1), few("tool", 0));
    Some(SignOffsRequired { manager: manager?, tool: tool? })
}

fn read_prerequisite(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Prerequisite> {
    let mut fields = Fields::of(document, pointer, errors)?;
    fields.only(&["feature", "needs", "stage"]);
    let mut key = |name: &str| {
        let text = fields.text(name)?;
        fields.parsed(name, FeatureKey::parse(text))
    };
    let (feature, needs) = (key("feature"), key("needs"));
    let stage = fields.text("stage").map(str::to_owned);
    Some(Prerequisite { feature: feature?, needs: needs?, stage: stage? })
}

fn read_criterion(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<Criterion> {
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
        CriterionKind::Prerequisite | CriterionKind::Alerts | CriterionKind::Consistency => {
            fields.fault("kind", "cannot be asked of a stage");
            None
        }
    }
}

fn rate(fields: &mut Fields<'_, '_>) -> Option<(f64, Assurance)> {
    fields.only(&["kind", "limit", "assurance", "min_requests"]);
    let limit = decimal(fields, "limit", Range::Between(0.0), 1.0);
    let assurance = assurance(fields);
    Some((limit?, assurance?))
}

fn degradation(fields: &mut Fields<'_, '_>) -> Option<Criterion> {
    fields.only(&["kind", "limit", "quantile", "assurance", "min_requests"]);
    let limit = decimal(fields, "limit", Range::Above(0.0), MOST_DEGRADATION);
    let quantiles = Quantile::ALL.map(|quantile| (quantile.as_str(), quantile));
    let quantile = match fields.get("quantile") {
        None => Some(Quantile::default()),
        Some(_) => choice(fields, "quantile", &quantiles),
    };
    let assurance = assurance(fields);
    Some(Criterion::LatencyDegradation { limit: limit?, quantile: quantile?, assurance: assurance? })
}

fn assurance(fields: &mut Fields<'_, '_>) -> Option<Assurance> {
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
fn choice<T: Copy>(fields: &mut Fields<'_, '_>, name: &str, known: &[(&str, T)]) -> Option<T> {
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
enum Range {
    /// At this, up to and with the most.
    From(f64),
    /// Above this, up to and with the most.
    Above(f64),
    /// Above this and below the most.
    Between(f64),
}

/// A number with at most nine decimals. Such numbers are the same in every program that reads them, however exactly it
/// reads, and so is the digest of evidence that has them.
fn decimal(fields: &mut Fields<'_, '_>, name: &str, range: Range, most: f64) -> Option<f64> {
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
