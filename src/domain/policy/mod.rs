//! What a migration asks for before it gives a feature more traffic: ordered stages, their criteria and sign-offs, and
//! prerequisites between features; and what it is watched for meanwhile. Not the judging, which is the gate's and the
//! alerts', and not versions, which the store counts.

mod alert_action_document;
mod alert_document;
mod alert_rule;
mod alert_watch_document;
mod alert_words;
mod criterion;
mod criterion_document;
mod default;
mod default_alerts;
mod document;
mod rail;
mod stage;
#[cfg(test)]
mod tests;
mod validate;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use alert_document::AlertRuleDocument;
pub use alert_rule::{AlertAction, AlertKind, AlertRule, AutoRollback, Watch};
pub use criterion::{Assurance, AssuranceWord, Criterion, CriterionKind, Quantile};
pub use criterion_document::CriterionDocument;
pub use default::{default_stages, stage_named};
pub use document::InvalidPolicy;
pub use rail::rail_position;
pub use stage::{SignOffsRequired, Stage};

use super::feature_key::FeatureKey;
use super::field_error::FieldError;
use super::percentage::Percentage;

/// What comes after the last stage. No stage may be called this.
pub const COMPLETE: &str = "complete";

/// How old the newest data may be in a stage that does not say, in minutes.
pub const STAGE_FRESH_MINUTES: f64 = 15.0;

/// What a migration asks for: the JSON document that people edit and the store keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Value")]
pub struct Policy {
    /// In order, percentages rising from 0 to 100 %.
    pub stages: Vec<Stage>,
    /// What must have come how far before a feature may go on.
    pub prerequisites: Vec<Prerequisite>,
    /// What its features are watched for; left out, the default rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<AlertRuleDocument>>)]
    pub alerts: Option<Vec<AlertRule>>,
}

/// `feature` leaves no stage before `needs` has reached `stage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prerequisite {
    #[schema(value_type = String)]
    pub feature: FeatureKey,
    #[schema(value_type = String)]
    pub needs: FeatureKey,
    /// The name of a stage of the same policy.
    pub stage: String,
}

impl Policy {
    /// From the JSON text that a person wrote. Every faulty field is named.
    pub fn parse_text(json: &str) -> Result<Self, Vec<FieldError>> {
        let document: Value =
            serde_json::from_str(json).map_err(|error| vec![FieldError::new("", format!("must be JSON: {error}"))])?;
        Self::parse(&document)
    }

    /// From a JSON document. Every faulty field is named.
    pub fn parse(document: &Value) -> Result<Self, Vec<FieldError>> {
        document::policy(document)
    }

    /// The rules in force: its own, or the default ones where it says nothing.
    pub fn alert_rules(&self) -> &[AlertRule] {
        self.alerts.as_deref().unwrap_or_else(|| default_alerts::rules())
    }

    /// The same policy with its alert rules written out, also where they are the default ones.
    #[must_use]
    pub fn spelled_out(&self) -> Self {
        Self { alerts: Some(self.alert_rules().to_vec()), ..self.clone() }
    }

    /// The stage called `name`.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The stage after the one called `name`; `None` after the last, and when there is none of that name.
    pub fn next_stage(&self, name: &str) -> Option<&Stage> {
        self.stages.get(self.position(name)? + 1)
    }

    /// The first stage: shadow. `None` only for a policy that was not parsed.
    pub fn first(&self) -> Option<&Stage> {
        self.stages.first()
    }

    /// The lowest stage whose percentage is at least `percentage`.
    pub fn covering(&self, percentage: Percentage) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.percentage >= percentage)
    }

    /// Whether a feature in the stage `present` has come as far as `wanted`. Both may be `complete`; a stage that this
    /// policy does not have has not been reached, and from it none has.
    pub fn has_reached(&self, present: &str, wanted: &str) -> bool {
        let place = |name: &str| if name == COMPLETE { Some(self.stages.len()) } else { self.position(name) };
        matches!((place(present), place(wanted)), (Some(present), Some(wanted)) if present >= wanted)
    }

    /// What `feature` waits for.
    pub fn prerequisites_of(&self, feature: &FeatureKey) -> impl Iterator<Item = &Prerequisite> {
        self.prerequisites.iter().filter(move |prerequisite| prerequisite.feature == *feature)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }
}

impl TryFrom<Value> for Policy {
    type Error = InvalidPolicy;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        Self::parse(&document).map_err(InvalidPolicy)
    }
}
