//! A step of a policy: its percentage, and what must be shown to leave it. Not the judging, which is the gate's.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::criterion::Criterion;
use super::criterion_document::CriterionDocument;
use super::document::InvalidPolicy;
use crate::domain::percentage::Percentage;

/// One step of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "Value")]
pub struct Stage {
    /// Its name: `shadow`, `1%`.
    pub name: String,
    /// The percentage that a feature has in it.
    #[schema(value_type = f64)]
    pub percentage: Percentage,
    /// All of what must be shown to leave it.
    #[schema(value_type = Vec<CriterionDocument>)]
    pub criteria: Vec<Criterion>,
    /// How many sign-offs are needed to leave it.
    pub sign_offs: SignOffsRequired,
}

/// How many sign-offs a stage needs, of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOffsRequired {
    /// Of managers, none of whom entered the stage.
    pub manager: u8,
    /// Of tools.
    #[serde(default)]
    pub tool: u8,
}

impl SignOffsRequired {
    /// One manager's.
    pub const ONE_MANAGER: Self = Self { manager: 1, tool: 0 };
}

impl Stage {
    /// The error rate that must stay below this to leave it, 0 to 1: the candidate's or, where a stage asks for none, the
    /// shadow error rate; `None` when it asks for neither.
    pub fn error_rate_limit(&self) -> Option<f64> {
        let limit = |wanted: fn(&Criterion) -> Option<f64>| self.criteria.iter().find_map(wanted);
        limit(|criterion| match criterion {
            Criterion::ErrorRate { limit, .. } => Some(*limit),
            _ => None,
        })
        .or_else(|| {
            limit(|criterion| match criterion {
                Criterion::ShadowErrorRate { limit, .. } => Some(*limit),
                _ => None,
            })
        })
    }
}

impl TryFrom<Value> for Stage {
    type Error = InvalidPolicy;

    fn try_from(document: Value) -> Result<Self, Self::Error> {
        super::document::stage(&document, "").map_err(InvalidPolicy)
    }
}
