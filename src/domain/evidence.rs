//! The numbers that a gate is judged on, complete: judging needs nothing else, neither a store nor a clock, so frozen
//! evidence can be judged again at any time. Not the judging, and not the gathering.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::alert::AlertEvidence;
use super::comparison::ComparisonCounts;
use super::digest::canonical_sha256;
use super::feature_key::{FeatureKey, MigrationSlug};
use super::latency::LatencyHistogram;
use super::policy::Stage;
use super::rollup::{ObservationRollup, rate};

/// What is known of one feature in its present stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    #[schema(value_type = String)]
    pub migration: MigrationSlug,
    #[schema(value_type = String)]
    pub feature: FeatureKey,
    /// Which version of the policy `stage` is from.
    pub policy_version: i64,
    /// The present stage, as that version has it.
    pub stage: Stage,
    /// When the stage was entered: everything counted here came after it.
    pub entered_at: DateTime<Utc>,
    /// When this was gathered; all ages are from it.
    pub as_of: DateTime<Utc>,
    pub dwell: DwellEvidence,
    pub legacy: PathEvidence,
    pub candidate: PathEvidence,
    pub shadow: ComparisonCounts,
    pub last_seen: LastSeen,
    pub recent: Recent,
    /// The legacy evidence of the stage before, frozen when the feature left it. Legacy is held to it where there is no
    /// concurrent legacy: at 100 %.
    pub baseline: Option<Baseline>,
    pub prerequisites: Vec<PrerequisiteEvidence>,
    /// What the last complete check of the files found; `None` when there was none, or the stage does not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<ConsistencyEvidence>,
    /// The alerts that fire and stand in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertEvidence>,
}

/// How long the stage's percentage has been effective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DwellEvidence {
    /// Time in which the clock ran.
    pub elapsed_ms: i64,
    /// Why the clock stands still now, in words; `None` while it runs.
    pub stopped_by: Option<String>,
}

/// Counts and latencies of one path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PathEvidence {
    /// All operations, caller errors among them.
    pub requests: u64,
    pub ok: u64,
    pub errors: u64,
    pub caller_errors: u64,
    /// Of the errors, those that legacy answered in the candidate's place.
    pub fallbacks: u64,
    /// The histogram as the store keeps it, in base64.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    #[schema(value_type = String)]
    pub latency: LatencyHistogram,
}

/// When the newest of each source was made; `None` when nothing has ever come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LastSeen {
    pub legacy: Option<DateTime<Utc>>,
    pub candidate: Option<DateTime<Utc>>,
    pub shadow: Option<DateTime<Utc>>,
}

/// The present traffic: what came in the last hour, or since the stage was entered if that is shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recent {
    /// How long that is.
    pub window_seconds: i64,
    /// Requests judged: all but caller errors.
    pub legacy: u64,
    /// Requests judged: all but caller errors.
    pub candidate: u64,
    pub comparisons: u64,
}

/// Legacy as it was in the stage before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Baseline {
    /// The stage that it was measured in.
    pub stage: String,
    /// When it was frozen.
    pub as_of: DateTime<Utc>,
    pub legacy: PathEvidence,
}

/// How far another feature has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PrerequisiteEvidence {
    /// The other feature.
    #[schema(value_type = String)]
    pub needs: FeatureKey,
    /// The stage that it must have reached.
    pub stage: String,
    /// The stage that it is in; `None` when there is no such feature.
    pub present_stage: Option<String>,
    pub reached: bool,
}

/// What checking the data of both sides has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsistencyEvidence {
    /// When the last complete check ended.
    pub checked_at: DateTime<Utc>,
    /// Findings that were neither repaired nor gone since.
    pub open: u64,
}

impl Evidence {
    /// `sha256:` and the digest of its canonical JSON: what a sign-off is bound to.
    pub fn digest(&self) -> String {
        canonical_sha256(self).unwrap_or_else(|error| unreachable!("all keys of evidence are texts: {error}"))
    }

    /// Whether any source has anything since the stage was entered.
    pub const fn has_data(&self) -> bool {
        self.legacy.requests > 0 || self.candidate.requests > 0 || self.shadow.total() > 0
    }
}

impl PathEvidence {
    /// Operations that tell something of the implementation: all but caller errors.
    pub const fn judged(&self) -> u64 {
        self.ok + self.errors
    }

    /// The share of errors in the operations judged, 0 to 1; `None` without any.
    pub fn error_rate(&self) -> Option<f64> {
        rate(self.errors, self.judged())
    }
}

impl From<&ObservationRollup> for PathEvidence {
    fn from(rollup: &ObservationRollup) -> Self {
        Self {
            requests: rollup.requests(),
            ok: rollup.ok,
            errors: rollup.errors,
            caller_errors: rollup.caller_errors,
            fallbacks: rollup.fallbacks,
            latency: rollup.latency.clone(),
        }
    }
}

impl LastSeen {
    /// The newest of all sources.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        [self.legacy, self.candidate, self.shadow].into_iter().flatten().max()
    }
}

fn to_base64<S: Serializer>(histogram: &LatencyHistogram, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(histogram.to_bytes()))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LatencyHistogram, D::Error> {
    let bytes = STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
    LatencyHistogram::from_bytes(&bytes).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::alert_notice::AlertId;
    use crate::domain::latency::LatencyMs;
    use crate::domain::percentage::Percentage;
    use crate::domain::policy::{Assurance, Criterion, Policy, Quantile};

    fn path() -> impl Strategy<Value = PathEvidence> {
        let counts = (0..1u64 << 40, 0..1u64 << 40, 0..1u64 << 40, 0..1u64 << 40);
        // From a nanosecond to a day, evenly over the orders of magnitude, and nothing at all.
        let latency = prop_oneof![1 => Just(0.0), 9 => (-6.0..7.9f64).prop_map(|exponent| 10f64.powf(exponent))];
        (counts, prop::collection::vec(latency, 0..40)).prop_map(
            |((ok, errors, caller_errors, fallbacks), latencies)| {
                let mut latency = LatencyHistogram::new();
                for ms in latencies {
                    latency.record(LatencyMs::new(ms).unwrap());
                }
                PathEvidence { requests: ok + errors + caller_errors, ok, errors, caller_errors, fallbacks, latency }
            },
        )
    }

    fn criterion() -> impl Strategy<Value = Criterion> {
        let assurance = prop_oneof![
            Just(Assurance::Proven),
            (1u64..1_000_000).prop_map(|min_requests| Assurance::Observed { min_requests })
        ];
        // What a policy takes: nine decimals.
        let limit = (1u32..1_000_000_000).prop_map(|billionths| f64::from(billionths) / 1e9);
        prop_oneof![
            (limit.clone(), assurance.clone()).prop_map(|(limit, assurance)| Criterion::ErrorRate { limit, assurance }),
            (limit.clone(), assurance, 0usize..3).prop_map(|(limit, assurance, index)| {
                Criterion::LatencyDegradation { limit, quantile: Quantile::ALL[index], assurance }
            }),
            limit.prop_map(|hours| Criterion::Dwell { hours: hours * 1e3 }),
            (1u64..1_000_000).prop_map(|at_least| Criterion::Requests { at_least }),
        ]
        .prop_filter("nine decimals", |criterion| match criterion {
            Criterion::Dwell { hours } => ((hours * 1e9).round() / 1e9 - hours).abs() == 0.0,
            _ => true,
        })
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        let at = || (0..4_000_000_000_000_000_000i64).prop_map(DateTime::from_timestamp_nanos);
        let stage =
            (0u16..=10_000, prop::collection::vec(criterion(), 1..5)).prop_map(|(basis_points, mut criteria)| {
                criteria.sort_by_key(Criterion::kind);
                criteria.dedup_by_key(|criterion| criterion.kind());
                let percentage = Percentage::from_basis_points(basis_points).unwrap();
                Stage { percentage, criteria, ..Policy::default_policy().stages[0].clone() }
            });
        (stage, at(), prop::option::of(at()), path(), path(), prop::option::of(path()), ".{0,20}").prop_map(
            |(stage, at, seen, legacy, candidate, frozen, words)| Evidence {
                migration: MigrationSlug::parse("files").unwrap(),
                feature: FeatureKey::parse("kimi").unwrap(),
                policy_version: 1,
                stage,
                entered_at: at,
                as_of: at + TimeDelta::nanoseconds(1),
                dwell: DwellEvidence { elapsed_ms: at.timestamp_millis(), stopped_by: Some(words.clone()) },
                legacy,
                candidate,
                shadow: ComparisonCounts { matches: 5, ..ComparisonCounts::default() },
                last_seen: LastSeen { legacy: seen, candidate: None, shadow: Some(at) },
                recent: Recent { window_seconds: 3_600, legacy: 1, candidate: 2, comparisons: 3 },
                baseline: frozen.map(|legacy| Baseline { stage: "50%".to_owned(), as_of: at, legacy }),
                prerequisites: vec![PrerequisiteEvidence {
                    needs: FeatureKey::parse("other").unwrap(),
                    stage: words,
                    present_stage: None,
                    reached: false,
                }],
                consistency: seen.map(|checked_at| ConsistencyEvidence { checked_at, open: 7 }),
                alerts: seen
                    .map(|since| AlertEvidence {
                        alert: AlertId("0".to_owned()),
                        rule: "error_rate".to_owned(),
                        since,
                        reason: "too many".to_owned(),
                    })
                    .into_iter()
                    .collect(),
            },
        )
    }

    #[test]
    fn a_rollup_becomes_evidence_with_all_its_counts() {
        let mut rollup = ObservationRollup { ok: 90, errors: 10, caller_errors: 5, fallbacks: 3, ..Default::default() };
        rollup.latency.record(LatencyMs::new(12.0).unwrap());
        let evidence = PathEvidence::from(&rollup);
        assert_eq!((evidence.requests, evidence.judged(), evidence.fallbacks), (105, 100, 3));
        assert_eq!((evidence.error_rate(), &evidence.latency), (Some(0.1), &rollup.latency));
    }

    #[test]
    fn a_histogram_that_is_none_is_refused() {
        let mut document = serde_json::to_value(PathEvidence::default()).unwrap();
        for text in ["not base64!", "bm90IGEgaGlzdG9ncmFt"] {
            document["latency"] = text.into();
            assert!(serde_json::from_value::<PathEvidence>(document.clone()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn evidence_and_its_digest_survive_json(evidence in evidence()) {
            let text = serde_json::to_string_pretty(&evidence).unwrap();
            let again: Evidence = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&again, &evidence);
            prop_assert_eq!(again.digest(), evidence.digest());
            // By way of a store that keeps the canonical form, too.
            let canonical = serde_json_canonicalizer::to_string(&evidence).unwrap();
            prop_assert_eq!(serde_json::from_str::<Evidence>(&canonical).unwrap().digest(), evidence.digest());
        }

        #[test]
        fn another_count_is_another_digest(evidence in evidence()) {
            let mut other = evidence.clone();
            other.candidate.errors += 1;
            prop_assert_ne!(other.digest(), evidence.digest());
        }
    }
}
