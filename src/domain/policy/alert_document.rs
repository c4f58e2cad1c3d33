//! An alert rule's JSON document: written with what its kind asks for, read field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::alert_action_document::action;
use super::alert_rule::{AlertAction, AlertKind, AlertRule, AutoRollback, Watch};
use super::alert_watch_document::{minutes, watch};
use super::criterion::{Assurance, AssuranceWord, Quantile};
use super::criterion_document::{choice, number};
use super::document::InvalidPolicy;
use crate::domain::alert_notice::Severity;
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_error::FieldError;
use crate::domain::fields::{Fields, below};
use crate::domain::percentage::Percentage;
use crate::domain::text;

/// The most rules that a policy has.
const MOST_RULES: usize = 50;

/// The longest that a rule waits, either way: a day.
const MOST_WAIT: u64 = 1_440;

/// An alert rule as it stands in a policy's document.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AlertRule)]
pub struct AlertRuleDocument {
    /// Unique in the policy; the kind when left out.
    name: String,
    kind: AlertKind,
    /// Of all kinds but `no_traffic`: a fraction that must not be exceeded. One of `system` has it or the age of decisions.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    limit: Option<f64>,
    /// Of `no_traffic`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    hours: Option<f64>,
    /// Of `system`, in place of a limit: how old the decisions of an instance may be that the database does not answer, 10 to
    /// 86400.
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions_age_seconds: Option<u32>,
    /// Of `latency_degradation`; `p95` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantile: Option<Quantile>,
    /// Of rates and degradation; `proven` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    assurance: Option<AssuranceWord>,
    /// With the assurance `observed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_requests: Option<u64>,
    /// Of rates and degradation: how far back it looks, 1 to 1440; 15 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_minutes: Option<u32>,
    /// How long it must go wrong before it fires, 0 to 1440; 5 when left out.
    for_minutes: u32,
    /// How long all must be well before it is over, 0 to 1440; 5 when left out.
    keep_firing_minutes: u32,
    /// `warning` when left out.
    severity: Severity,
    /// `notify`, `hold` or `roll_back`; `notify` when left out.
    action: &'static str,
    /// Of `roll_back`: `feature`, `gradual` or `emergency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<&'static str>,
    /// Of a gradual rollback: where it ends, in per cent; 0 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    target: Option<Percentage>,
    /// Of a gradual rollback: what each step takes away, in per cent; 10 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    step: Option<Percentage>,
    /// Of a gradual rollback: the time between two steps; 300 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_seconds: Option<u32>,
    /// Of these features only; all of the migration when left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    features: Vec<FeatureKey>,
}

impl TryFrom<Value> for AlertRule {
    type Error = InvalidPolicy;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        let mut errors = Vec::new();
        match read_rule(&document, "", &mut errors) {
            Some(rule) if errors.is_empty() => Ok(rule),
            _ => Err(InvalidPolicy(errors)),
        }
    }
}

impl From<AlertRule> for AlertRuleDocument {
    fn from(rule: AlertRule) -> Self {
        let (kind, limit) = (rule.kind(), rule.limit());
        let (window_minutes, assurance, quantile) = match &rule.watch {
            Watch::Measured { criterion, window_minutes } => {
                (Some(*window_minutes), criterion.assurance(), criterion.quantile())
            }
            Watch::NoTraffic { .. } | Watch::System { .. } | Watch::DecisionsAge { .. } => (None, None, None),
        };
        let decisions_age_seconds = match &rule.watch {
            Watch::DecisionsAge { seconds } => Some(*seconds),
            Watch::Measured { .. } | Watch::NoTraffic { .. } | Watch::System { .. } => None,
        };
        let (rollback, target, pace) = match rule.action {
            AlertAction::Notify | AlertAction::Hold => (None, None, None),
            AlertAction::RollBack(AutoRollback::Feature) => (Some("feature"), None, None),
            AlertAction::RollBack(AutoRollback::Emergency) => (Some("emergency"), None, None),
            AlertAction::RollBack(AutoRollback::Gradual { target, pace }) => {
                (Some("gradual"), Some(target), Some(pace))
            }
        };
        Self {
            name: rule.name,
            kind,
            limit: (kind != AlertKind::NoTraffic && decisions_age_seconds.is_none()).then_some(limit),
            hours: (kind == AlertKind::NoTraffic).then_some(limit),
            decisions_age_seconds,
            quantile,
            assurance: assurance.map(Assurance::word),
            min_requests: match assurance {
                Some(Assurance::Observed { min_requests }) => Some(min_requests),
                Some(Assurance::Proven) | None => None,
            },
            window_minutes,
            for_minutes: rule.for_minutes,
            keep_firing_minutes: rule.keep_firing_minutes,
            severity: rule.severity,
            action: rule.action.as_str(),
            rollback,
            target,
            step: pace.map(|pace| pace.step),
            interval_seconds: pace.map(|pace| pace.interval_seconds),
            features: rule.features,
        }
    }
}

/// Reads all rules; notes all their faults, and names that are there twice.
pub(super) fn read_alerts(rules: &[Value], pointer: &str, errors: &mut Vec<FieldError>) -> Vec<AlertRule> {
    if rules.len() > MOST_RULES {
        errors.push(FieldError::new(pointer, format!("must be at most {MOST_RULES} rules")));
        return Vec::new();
    }
    let mut names = BTreeSet::new();
    let mut read = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let at = below(pointer, index);
        let Some(rule) = read_rule(rule, &at, errors) else { continue };
        if !names.insert(rule.name.clone()) {
            errors.push(FieldError::new(below(&at, "name"), format!("{:?} is there already", rule.name)));
        }
        read.push(rule);
    }
    read
}

fn read_rule(document: &Value, pointer: &str, errors: &mut Vec<FieldError>) -> Option<AlertRule> {
    let mut fields = Fields::of(document, pointer, errors)?;
    let kind = choice(&mut fields, "kind", &AlertKind::ALL.map(|kind| (kind.as_str(), kind)))?;
    let action = action(&mut fields, kind);
    fields.only(&known(kind, action));
    let name = match fields.get("name") {
        None => Some(kind.as_str().to_owned()),
        Some(_) => fields.text("name").and_then(|name| {
            let parsed = text::parse(name, 60);
            fields.parsed("name", parsed)
        }),
    };
    let watch = watch(&mut fields, kind);
    let for_minutes = minutes(&mut fields, "for_minutes", 0, MOST_WAIT, AlertRule::FOR_MINUTES);
    let keep = minutes(&mut fields, "keep_firing_minutes", 0, MOST_WAIT, AlertRule::KEEP_FIRING_MINUTES);
    let severities = [Severity::Warning, Severity::Critical].map(|severity| (severity.as_str(), severity));
    let severity = match fields.get("severity") {
        None => Some(Severity::Warning),
        Some(_) => choice(&mut fields, "severity", &severities),
    };
    let features = features(&mut fields);
    Some(AlertRule {
        name: name?,
        watch: watch?,
        for_minutes: for_minutes?,
        keep_firing_minutes: keep?,
        severity: severity?,
        action: action?,
        features: features?,
    })
}

/// The fields that go with a kind and an action.
fn known(kind: AlertKind, action: Option<AlertAction>) -> Vec<&'static str> {
    let mut known = vec!["name", "kind", "for_minutes", "keep_firing_minutes", "severity", "action"];
    match kind {
        AlertKind::NoTraffic => known.extend(["hours", "features"]),
        AlertKind::System => known.extend(["limit", "decisions_age_seconds"]),
        AlertKind::LatencyDegradation => {
            known.extend(["limit", "quantile", "assurance", "min_requests", "window_minutes", "features"]);
        }
        AlertKind::ErrorRate
        | AlertKind::ExcessErrorRate
        | AlertKind::DiscrepancyRate
        | AlertKind::ShadowErrorRate
        | AlertKind::FallbackRate => {
            known.extend(["limit", "assurance", "min_requests", "window_minutes", "features"]);
        }
    }
    match action {
        Some(AlertAction::Notify | AlertAction::Hold) => {}
        Some(AlertAction::RollBack(AutoRollback::Feature | AutoRollback::Emergency)) => known.push("rollback"),
        // What it would have been is not known: no field of it is called unknown.
        Some(AlertAction::RollBack(AutoRollback::Gradual { .. })) | None => {
            known.extend(["rollback", "target", "step", "interval_seconds"]);
        }
    }
    known
}

fn features(fields: &mut Fields<'_, '_>) -> Option<Vec<FeatureKey>> {
    let listed = fields.list("features");
    let (pointer, errors) = fields.nested("features");
    let mut keys = Some(Vec::new());
    for (index, value) in listed.iter().enumerate() {
        match value.as_str().map(FeatureKey::parse) {
            Some(Ok(key)) => {
                if let Some(keys) = &mut keys {
                    keys.push(key);
                }
            }
            Some(Err(error)) => {
                errors.push(FieldError::new(below(&pointer, index), error));
                keys = None;
            }
            None => {
                errors.push(FieldError::new(below(&pointer, index), "must be a text"));
                keys = None;
            }
        }
    }
    keys
}
