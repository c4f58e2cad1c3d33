//! The policy that a new migration starts with. Which version it is, is the store's business.

use std::sync::LazyLock;

use super::criterion::{Assurance, Criterion, Quantile};
use super::stage::{SignOffsRequired, Stage};
use super::{Policy, STAGE_FRESH_MINUTES};
use crate::domain::percentage::Percentage;

static DEFAULT: LazyLock<Policy> = LazyLock::new(Policy::default_policy);

/// The stages of the default policy, in order, percentages rising.
pub fn default_stages() -> &'static [Stage] {
    &DEFAULT.stages
}

/// The default policy's stage called `name`.
pub fn stage_named(name: &str) -> Option<&'static Stage> {
    DEFAULT.stage(name)
}

impl Policy {
    /// The policy that a new migration starts with: shadow, 1 %, 10 %, 50 %, 100 %.
    pub fn default_policy() -> Self {
        let shadow = vec![
            Criterion::Comparisons { at_least: 50 },
            Criterion::ShadowErrorRate { limit: 0.05, assurance: Assurance::Proven },
            Criterion::DiscrepancyRate { limit: 0.02, assurance: Assurance::Proven },
        ];
        let served = |error_rate: f64, degradation: f64| {
            vec![
                Criterion::ErrorRate { limit: error_rate, assurance: Assurance::Proven },
                Criterion::LatencyDegradation {
                    limit: degradation,
                    quantile: Quantile::P95,
                    assurance: Assurance::Proven,
                },
            ]
        };
        Self {
            stages: vec![
                stage("shadow", 0, shadow, 24.0),
                stage("1%", 1, served(0.01, 0.05), 24.0),
                stage("10%", 10, served(0.005, 0.03), 72.0),
                stage("50%", 50, served(0.002, 0.02), 72.0),
                stage("100%", 100, served(0.001, 0.01), 48.0),
            ],
            prerequisites: Vec::new(),
            alerts: None,
        }
    }
}

fn stage(name: &str, percent: u8, mut criteria: Vec<Criterion>, dwell_hours: f64) -> Stage {
    criteria.extend([Criterion::Dwell { hours: dwell_hours }, Criterion::Freshness { minutes: STAGE_FRESH_MINUTES }]);
    Stage {
        name: name.to_owned(),
        percentage: Percentage::from_whole(percent),
        criteria,
        sign_offs: SignOffsRequired::ONE_MANAGER,
    }
}
