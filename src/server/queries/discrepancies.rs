//! What differed between legacy and the candidate, by field.

use std::collections::{BTreeMap, HashMap};

use crate::domain::comparison::ComparisonCounts;
use crate::domain::comparison_rules::ComparisonRules;
use crate::domain::difference::{DifferenceKind, FieldPath};
use crate::domain::example::Example;
use crate::domain::feature_key::FeatureKey;
use crate::domain::field_pattern::FieldPattern;
use crate::domain::noise::{self, NoiseCounts};
use crate::domain::rollup::{Hour, Source};
use crate::domain::time_range::TimeRange;
use crate::server::state::AppState;
use crate::server::store::{RollupQuery, Span, StoreError};
use crate::views::discrepancies::{DiscrepanciesView, ExampleView, FieldView, HourCount, KindCount, Standing};

/// The most fields shown.
const FIELDS: u32 = 50;

/// The discrepancies of the feature with this key in the whole hours of `range`; `None` when there is none.
pub async fn load(
    state: &AppState,
    key: &FeatureKey,
    range: TimeRange,
) -> Result<Option<DiscrepanciesView>, StoreError> {
    let store = state.store.as_ref();
    let Some((migration, feature)) = store.feature(key).await? else { return Ok(None) };
    let span = Span::hours(range.from, range.to);
    let found = store.field_hours(feature.id, span, FIELDS).await?;
    let tally = store.noise(feature.id, span).await?;
    let noise: HashMap<FieldPath, NoiseCounts> = tally.fields.into_iter().collect();
    let mut examples: HashMap<FieldPath, Vec<ExampleView>> = HashMap::new();
    for example in store.examples(feature.id).await? {
        examples.entry(example.difference.field.clone()).or_default().push(example_view(example));
    }
    let rules = store.comparison_rules(migration.id).await?.into_iter().next();
    let counted = store.comparisons(&RollupQuery::of(feature.id, span)).await?;
    let mut counts = ComparisonCounts::default();
    for (_, of_hour) in &counted {
        counts.merge(of_hour);
    }
    let last_comparison =
        store.last_seen().await?.into_iter().find(|(id, source, _)| *id == feature.id && *source == Source::Shadow);

    let mut by_field: BTreeMap<FieldPath, Vec<(DifferenceKind, Hour, u64)>> = BTreeMap::new();
    for (difference, hour, count) in found.counts {
        by_field.entry(difference.field).or_default().push((difference.kind, hour, count));
    }
    let none = ComparisonRules::NONE;
    let in_force = rules.as_ref().map_or(&none, |version| &version.rules);
    let mut fields: Vec<FieldView> = by_field
        .into_iter()
        .filter_map(|(field, counts)| {
            let report = noise::judge(noise.get(&field).copied().unwrap_or_default(), tally.second_runs);
            let (series, kinds) = (by_hour(&counts), by_kind(&counts));
            Some(FieldView {
                count: kinds.iter().map(|it| it.count).sum(),
                kinds,
                first_seen: series.first()?.at,
                last_seen: series.last()?.at,
                series,
                standing: standing(&field, in_force),
                noise: report,
                examples: examples.remove(&field).unwrap_or_default(),
                field: field.to_string(),
            })
        })
        .collect();
    fields.sort_by_key(|field| std::cmp::Reverse(field.count));
    Ok(Some(DiscrepanciesView {
        feature: feature.key.to_string(),
        migration: migration.slug.to_string(),
        migration_name: migration.name.to_string(),
        at: state.clock.now(),
        from: range.from,
        to: range.to,
        comparisons: counts.total(),
        mismatches: counts.mismatches,
        last_comparison: last_comparison.map(|(_, _, at)| at),
        rules_version: rules.as_ref().map_or(0, |version| version.version),
        fields_in_all: found.fields,
        fields,
    }))
}

fn standing(field: &FieldPath, rules: &ComparisonRules) -> Standing {
    let Some(steps) = field.steps() else { return Standing::Unnamed };
    if rules.ignores_within(&steps) {
        Standing::Ignored
    } else if FieldPattern::parse(field.as_str()).is_err() {
        Standing::Unnamed
    } else if rules.redacted_at(&steps).is_some() {
        Standing::Redacted
    } else {
        Standing::Compared
    }
}

fn by_hour(counts: &[(DifferenceKind, Hour, u64)]) -> Vec<HourCount> {
    let mut hours: BTreeMap<Hour, u64> = BTreeMap::new();
    for (_, hour, count) in counts {
        *hours.entry(*hour).or_default() += count;
    }
    hours.into_iter().map(|(hour, count)| HourCount { at: hour.first_minute().start(), count }).collect()
}

fn by_kind(counts: &[(DifferenceKind, Hour, u64)]) -> Vec<KindCount> {
    let of = |kind| counts.iter().filter(|(it, _, _)| *it == kind).map(|(_, _, count)| count).sum();
    let mut kinds: Vec<KindCount> = DifferenceKind::ALL
        .map(|kind| KindCount { kind, count: of(kind) })
        .into_iter()
        .filter(|it| it.count > 0)
        .collect();
    kinds.sort_by_key(|it| std::cmp::Reverse(it.count));
    kinds
}

fn example_view(example: Example) -> ExampleView {
    ExampleView {
        kind: example.difference.kind,
        at: example.at,
        operation: example.operation.into(),
        legacy: example.values.legacy,
        candidate: example.values.candidate,
        legacy_result: example.results.legacy,
        candidate_result: example.results.candidate,
    }
}
