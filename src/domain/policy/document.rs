//! A policy's JSON document, read field by field. What the parts must be to each other is checked in `validate`.

use serde_json::Value;

use super::alert_document::read_alerts;
use super::alert_rule::AlertRule;
use super::criterion::Criterion;
use super::criterion_document::read_criterion;
use super::stage::{SignOffsRequired, Stage};
use super::{COMPLETE, Policy, Prerequisite, validate};
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::fields::{Fields, below};
use crate::domain::percentage::Percentage;

/// What is wrong with a policy, a stage or a criterion that was read as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a policy: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidPolicy(pub Vec<FieldError>);

/// Reads a policy.
pub(super) fn policy(document: &Value) -> Result<Policy, Vec<FieldError>> {
    let mut errors = Vec::new();
    let parts = read_policy(document, &mut errors);
    if let Some((stages, prerequisites, _)) = &parts {
        validate::stages(stages, &mut errors);
        validate::prerequisites(prerequisites, stages, &mut errors);
    }
    // What is wrong with one field is told together, in the order of the document's lists.
    match parts {
        Some((stages, prerequisites, alerts)) if errors.is_empty() => Ok(Policy {
            stages: stages.into_iter().filter_map(StageRead::whole).collect(),
            prerequisites: prerequisites.into_iter().flatten().collect(),
            alerts,
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

type Parts = (Vec<StageRead>, Vec<Option<Prerequisite>>, Option<Vec<AlertRule>>);

fn read_policy(document: &Value, errors: &mut Vec<FieldError>) -> Option<Parts> {
    let mut fields = Fields::of(document, "", errors)?;
    fields.only(&["stages", "prerequisites", "alerts"]);
    fields.required("stages");
    let (stages, prerequisites) = (fields.list("stages"), fields.list("prerequisites"));
    let alerts = fields.get("alerts").map(|_| fields.list("alerts"));
    let at = |list: &str, index: usize| below(&below("", list), index);
    let stages = stages.iter().enumerate().map(|(index, stage)| read_stage(stage, &at("stages", index), errors));
    let stages = stages.collect();
    let prerequisites = prerequisites.iter().enumerate();
    let prerequisites = prerequisites.map(|(index, it)| read_prerequisite(it, &at("prerequisites", index), errors));
    let prerequisites = prerequisites.collect();
    let alerts = alerts.map(|rules| read_alerts(rules, &below("", "alerts"), errors));
    Some((stages, prerequisites, alerts))
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
