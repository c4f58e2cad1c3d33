//! Comparison rules by version, what second legacy runs showed, and the examples that are kept.

use chrono::TimeDelta;
use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::comparison_rules::{ComparisonRules, RulesVersion};
use crossfade::domain::difference::DifferenceKind::{self, Missing, Order, Value};
use crossfade::domain::difference::FieldPath;
use crossfade::domain::example::{Example, MAX_PER_FEATURE, MAX_PER_FIELD, Sides};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::noise::{Differed, NoiseCounts};
use crossfade::domain::snapshot::Snapshot;
use crossfade::server::store::{CommitError, ExamplesFate, Item, NoiseTally, Store, Write};

use crate::backend::Backend;
use crate::decided::{actor, change, kimi};
use crate::sample::{
    all_hours, at, comparison, difference, feature, folded, hours, identified, ingest, new_migration, operation,
    with_id,
};

pub async fn comparison_rules_begin_with_none_and_follow_each_other<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let [first] = &store.comparison_rules(kimi.migration.id).await.unwrap()[..] else { panic!("one version") };
    assert_eq!((first.version, &first.rules), (1, &ComparisonRules::NONE));
    assert_eq!((first.at, first.actor.as_str(), first.reason.as_str()), (at(0), "panel", "no rules"));
    assert_eq!(store.rules_in_force().await.unwrap(), [(kimi.migration.id, first.clone())]);
    let second = rules(2, "ignore $.etag\ntolerance $.ms 5\nunordered $.files\nredact $.user");
    put(&*store, &kimi, &second, ExamplesFate::Kept).await.unwrap();
    assert_eq!(store.comparison_rules(kimi.migration.id).await.unwrap(), [second.clone(), first.clone()]);
    for version in [1, 2, 4] {
        let stale = put(&*store, &kimi, &RulesVersion { version, ..second.clone() }, ExamplesFate::Kept).await;
        assert!(matches!(&stale, Err(CommitError::Stale { what }) if what == "the comparison rules"), "{stale:?}");
    }
    store.commit(&new_migration("other")).await.unwrap();
    let in_force = store.rules_in_force().await.unwrap();
    assert_eq!(in_force.iter().map(|(_, version)| version.version).collect::<Vec<_>>(), [2, 1]);
}

pub async fn fields_are_counted_by_hour_and_kind_and_limited_by_how_often_they_differ<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, other) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let mismatch = |second: i64, name: &str, field: &str, kind: DifferenceKind| {
        let differences = vec![difference(field, kind)];
        let operation = operation(name);
        let verdict = ComparisonVerdict::Mismatch;
        Item::Comparison(Comparison { operation, verdict, differences, ..comparison(kimi, at(second)) })
    };
    let items = [
        mismatch(0, "upload", "$.size", Value),
        mismatch(1, "delete", "$.size", Value),
        mismatch(3_600, "upload", "$.size", Missing),
        mismatch(3_600, "upload", "$.files", Order),
        mismatch(3_601, "upload", "$.files", Order),
        mismatch(7_200, "upload", "$.late", Value),
    ];
    ingest(&*store, &[folded(items)]).await;
    let hour = |hour: i64| hours(hour, hour + 1).bounds().0 / 60;
    let told = async |span, limit| {
        let found = store.field_hours(kimi, span, limit).await.unwrap();
        let counts = found.counts.into_iter().map(|(it, hour, count)| (it.field.to_string(), it.kind, hour.0, count));
        (found.fields, counts.collect::<Vec<_>>())
    };
    let size = [("$.size".to_owned(), Missing, hour(1), 1), ("$.size".to_owned(), Value, hour(0), 2)];
    let files = ("$.files".to_owned(), Order, hour(1), 2);
    let [missing, value] = size;
    assert_eq!(told(hours(0, 2), 10).await, (2, vec![files.clone(), missing.clone(), value.clone()]));
    assert_eq!(told(hours(0, 3), 1).await, (3, vec![missing, value]));
    assert_eq!(told(hours(1, 2), 1).await, (2, vec![files]));
    assert_eq!(told(hours(5, 6), 10).await, (0, vec![]));
    assert_eq!(store.field_hours(other, hours(0, 3), 10).await.unwrap().counts, []);
    assert_eq!(store.discrepancies(&all_hours(), 1).await.unwrap()[0].1, 2);
}

pub async fn second_runs_are_added_up_by_field<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, other) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let run = |second: i64, fields: &[(&str, Differed)]| {
        let second_run = Some(fields.iter().map(|(field, how)| (FieldPath::new(field), *how)).collect());
        Item::Comparison(Comparison { second_run, ..comparison(kimi, at(second)) })
    };
    let items = || {
        [
            run(0, &[]),
            run(1, &[("$.at", Differed::Both), ("$.size", Differed::CandidateOnly)]),
            run(3_600, &[("$.at", Differed::SecondOnly)]),
            Item::Comparison(comparison(kimi, at(2))),
        ]
    };
    ingest(&*store, &[folded(items())]).await;
    ingest(&*store, &[identified(items().into_iter().enumerate().map(|(i, item)| with_id(&i.to_string(), item)))])
        .await;
    let counts = |candidate_only, second_only, both| NoiseCounts { candidate_only, second_only, both };
    let of = |second_runs, fields: &[(&str, NoiseCounts)]| NoiseTally {
        second_runs,
        fields: fields.iter().map(|(field, counts)| (FieldPath::new(field), *counts)).collect(),
    };
    let all = of(6, &[("$.at", counts(0, 2, 2)), ("$.size", counts(2, 0, 0))]);
    assert_eq!(store.noise(kimi, hours(0, 2)).await.unwrap(), all);
    assert_eq!(store.noise(kimi, hours(1, 2)).await.unwrap(), of(2, &[("$.at", counts(0, 2, 0))]));
    assert_eq!(store.noise(other, hours(0, 2)).await.unwrap(), NoiseTally::default());
}

pub async fn the_newest_examples_of_a_field_are_kept_as_they_are<B: Backend>(mut backend: B) {
    let store = backend.store();
    let id = feature(&*store, "kimi").await;
    let whole = Example {
        results: Sides { legacy: Some("{\n  \"ü\": 1\n}".to_owned()), candidate: Some("…".to_owned()) },
        ..example("$.size", Value, 5)
    };
    let bare = Example { values: Sides { legacy: None, candidate: None }, ..example("$.files", Order, 6) };
    ingest(&*store, &[folded([with_examples(id, vec![whole.clone(), bare.clone()])])]).await;
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.examples(id).await.unwrap(), [bare.clone(), whole.clone()]);
    // Of two batches in one group, and of what came before.
    let group = [
        folded((10..14).map(|second| with_examples(id, vec![example("$.size", Value, second)]))),
        folded((2..4).chain(20..22).map(|second| with_examples(id, vec![example("$.size", Value, second)]))),
    ];
    ingest(&*store, &group).await;
    let kept: Vec<_> = store.examples(id).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|it| (it.difference.field.as_str(), it.at)).collect();
    let size = |second| ("$.size", at(second));
    assert_eq!(kept, [size(21), size(20), size(13), size(12), size(11), ("$.files", at(6))]);
    assert_eq!(kept.iter().filter(|(field, _)| *field == "$.size").count(), MAX_PER_FIELD);
}

pub async fn the_examples_of_a_feature_are_bounded<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, other) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    ingest(&*store, &[folded([with_examples(other, vec![example("$.size", Value, 0)])])]).await;
    let fields = i64::try_from(MAX_PER_FEATURE + 20).unwrap();
    let items = (0..fields).map(|second| with_examples(kimi, vec![example(&format!("$.f{second}"), Value, second)]));
    ingest(&*store, &[folded(items)]).await;
    let kept = store.examples(kimi).await.unwrap();
    assert_eq!(kept.len(), MAX_PER_FEATURE);
    assert_eq!(kept.last().unwrap().at, at(20));
    assert_eq!(store.examples(other).await.unwrap().len(), 1);
}

pub async fn examples_are_of_the_rules_in_force_and_forgotten_with_them<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let id = kimi.feature.id;
    let take = async |rules_version, second| {
        let example = Example { rules_version, ..example("$.size", Value, second) };
        ingest(&*store, &[folded([with_examples(id, vec![example])])]).await;
    };
    let kept = async || store.examples(id).await.unwrap().iter().map(|it| it.rules_version).collect::<Vec<_>>();
    take(1, 0).await;
    put(&*store, &kimi, &rules(2, "ignore $.etag"), ExamplesFate::Kept).await.unwrap();
    assert_eq!(kept().await, [1]);
    // Read by the rules of before, and written after them.
    take(1, 1).await;
    take(2, 2).await;
    assert_eq!(kept().await, [2, 1]);
    put(&*store, &kimi, &rules(3, "redact $.size"), ExamplesFate::Forgotten).await.unwrap();
    assert_eq!(kept().await, [0; 0]);
    assert_eq!(store.discrepancies(&all_hours(), 10).await.unwrap(), []);
}

fn rules(version: i64, lines: &str) -> RulesVersion {
    RulesVersion {
        version,
        rules: ComparisonRules::parse_lines(lines).unwrap(),
        at: at(60) + TimeDelta::milliseconds(version),
        actor: actor("user:ada"),
        reason: "we know more".to_owned(),
    }
}

async fn put(
    store: &dyn Store,
    kimi: &Snapshot,
    rules: &RulesVersion,
    examples: ExamplesFate,
) -> Result<(), CommitError> {
    let write = Write::ComparisonRules { migration: kimi.migration.id, rules: rules.clone(), examples };
    store.commit(&change(60, vec![write], vec![])).await
}

fn example(field: &str, kind: DifferenceKind, second: i64) -> Example {
    Example {
        difference: difference(field, kind),
        at: at(second),
        operation: operation("upload"),
        rules_version: 1,
        values: Sides { legacy: Some("1".to_owned()), candidate: Some("2".to_owned()) },
        results: Sides::NOTHING,
    }
}

fn with_examples(feature: FeatureId, examples: Vec<Example>) -> Item {
    Item::Comparison(Comparison { examples, ..comparison(feature, at(0)) })
}
