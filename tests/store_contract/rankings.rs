//! Sums over hours, sorted: differences, kinds of errors, operations; and what was seen last.

use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::difference::DifferenceKind::{self, Extra, Missing, Type, Value};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::observation::{Fallback, Observation, Outcome};
use crossfade::domain::origin::{Origin, OriginCounts};
use crossfade::domain::path::Path::{self, Candidate, Legacy};
use crossfade::domain::rollup::Source;
use crossfade::server::store::{Item, RollupQuery};

use crate::backend::Backend;
use crate::sample::{
    all_hours, at, comparison, difference, feature, folded, hours, ingest, minutes, observation, operation,
};

pub async fn discrepancies_come_most_frequent_first_and_limited<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    // In several batches, so that counts are added up; like counts are told by field, by its bytes, and then by kind.
    for (field, kind, count) in [
        ("$.rare", Value, 1),
        ("$.often", Value, 5),
        ("$.often", Type, 4),
        ("$.b", Missing, 2),
        ("$.b", Extra, 2),
        ("$.ä", Value, 2),
        ("$.Z", Value, 2),
        ("$.rare", Value, 2),
    ] {
        let item = || mismatch(kimi, 0, "upload", &[(field, kind)]);
        ingest(&*store, &[folded((0..count).map(|_| item()))]).await;
    }
    let expected = [
        (difference("$.often", Value), 5),
        (difference("$.often", Type), 4),
        (difference("$.rare", Value), 3),
        (difference("$.Z", Value), 2),
        (difference("$.b", Extra), 2),
        (difference("$.b", Missing), 2),
        (difference("$.ä", Value), 2),
    ];
    for limit in [0, 1, 3, 5, 7, 100] {
        let found = store.discrepancies(&all_hours(), limit).await.unwrap();
        assert_eq!(found, expected[..expected.len().min(limit as usize)], "limit {limit}");
    }
}

pub async fn what_was_not_of_callers_is_summed_by_feature_over_minutes<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, smart) = (feature(&*store, "kimi").await, feature(&*store, "smart_handler").await);
    assert_eq!(store.origins(minutes(0, 10)).await.unwrap(), []);
    for (feature, second, origin) in [
        (kimi, 0, Origin::Caller),
        (kimi, 1, Origin::Driver),
        (kimi, 59, Origin::Injected),
        (kimi, 60, Origin::Injected),
        (smart, 0, Origin::Driver),
        (smart, 60, Origin::Caller),
    ] {
        let observation = Item::Observation(Observation { origin, ..observation(feature, at(second)) });
        let comparison = Item::Comparison(Comparison { origin, ..comparison(feature, at(second)) });
        ingest(&*store, &[folded([observation, comparison])]).await;
    }
    let counts = |driven, injected| OriginCounts { driven, injected };
    for (span, expected) in [
        (minutes(0, 10), vec![(kimi, counts(6, 4)), (smart, counts(2, 0))]),
        (minutes(0, 1), vec![(kimi, counts(4, 2)), (smart, counts(2, 0))]),
        (minutes(1, 2), vec![(kimi, counts(2, 2))]),
        (minutes(2, 10), vec![]),
    ] {
        assert_eq!(store.origins(span).await.unwrap(), expected, "{span:?}");
    }
}

pub async fn error_kinds_come_most_frequent_first_and_limited<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    for (kind, path, count) in [
        ("rare", Legacy, 1),
        ("often", Candidate, 5),
        ("often", Legacy, 4),
        ("b", Legacy, 2),
        ("b", Candidate, 2),
        ("ä", Legacy, 2),
        ("Z", Legacy, 2),
        ("rare", Legacy, 2),
    ] {
        ingest(&*store, &[folded((0..count).map(|_| failure(kimi, 0, "upload", path, kind)))]).await;
    }
    let expected = [
        (operation("often"), Candidate, 5),
        (operation("often"), Legacy, 4),
        (operation("rare"), Legacy, 3),
        (operation("Z"), Legacy, 2),
        (operation("b"), Candidate, 2),
        (operation("b"), Legacy, 2),
        (operation("ä"), Legacy, 2),
    ];
    for limit in [0, 1, 3, 5, 7, 100] {
        let found = store.error_kinds(&all_hours(), limit).await.unwrap();
        assert_eq!(found, expected[..expected.len().min(limit as usize)], "limit {limit}");
    }
}

pub async fn rankings_are_of_whole_hours_of_one_feature_and_of_one_operation<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let mut items = Vec::new();
    for (feature, second, name, count) in [
        (kimi, 0, "upload", 1),
        (kimi, 3_599, "list", 2),
        (kimi, 3_600, "upload", 4),
        (supabase, 0, "upload", 8),
        (supabase, 7_200, "list", 16),
    ] {
        for _ in 0..count {
            items.push(mismatch(feature, second, name, &[("$.size", Value), ("$.size", Type)]));
            items.push(failure(feature, second, name, Candidate, "timeout"));
        }
    }
    ingest(&*store, &[folded(items)]).await;
    for (span, feature, name, expected) in [
        (hours(0, 3), None, None, 31),
        (hours(0, 1), None, None, 11),
        (minutes(30, 31), None, None, 11),
        (minutes(30, 61), None, None, 15),
        (minutes(60, 61), None, None, 4),
        (hours(0, 3), Some(kimi), None, 7),
        (hours(0, 3), None, Some("upload"), 13),
        (hours(0, 3), Some(supabase), Some("list"), 16),
        (hours(0, 3), Some(kimi), Some("delete"), 0),
        (hours(3, 9), None, None, 0),
        (hours(0, 3), Some(FeatureId(987_654)), None, 0),
    ] {
        let query = RollupQuery { span, feature, operation: name.map(operation) };
        let expect = |count: u64| (count > 0).then_some(count);
        let found = store.discrepancies(&query, 10).await.unwrap();
        assert_eq!(found.first().map(|(_, count)| *count), expect(expected), "{query:?}");
        assert_eq!(found.len(), if expected > 0 { 2 } else { 0 }, "{query:?}");
        let found = store.error_kinds(&query, 10).await.unwrap();
        assert_eq!(found.first().map(|(_, _, count)| *count), expect(expected), "{query:?}");
        assert!(found.len() <= 1, "{query:?}");
    }
}

pub async fn only_failures_have_an_error_kind<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    for (outcome, fallback, kind) in [
        (Outcome::Ok, Fallback::No, "none"),
        (Outcome::Error, Fallback::No, "error"),
        (Outcome::CallerError, Fallback::No, "caller error"),
        // It counts as an error, whatever outcome it claims.
        (Outcome::Ok, Fallback::ToLegacy, "fallback"),
    ] {
        let error_kind = Some(operation(kind));
        let item = Item::Observation(Observation { outcome, fallback, error_kind, ..observation(kimi, at(0)) });
        ingest(&*store, &[folded([item])]).await;
    }
    let kinds: Vec<_> =
        store.error_kinds(&all_hours(), 10).await.unwrap().into_iter().map(|(kind, ..)| kind.to_string()).collect();
    assert_eq!(kinds, ["caller error", "error", "fallback"]);
}

pub async fn operations_are_sorted_and_distinct_with_those_of_comparisons_only<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    for second in [0, 3_600, 7_200] {
        let items = [
            failure(kimi, second, "upload", Legacy, "timeout"),
            failure(kimi, second, "upload", Candidate, "timeout"),
            failure(kimi, second, "Zip", Legacy, "timeout"),
            failure(kimi, second, "änder", Legacy, "timeout"),
            mismatch(kimi, second, "upload", &[]),
            mismatch(kimi, second, "compare only", &[]),
            failure(supabase, second, "elsewhere", Legacy, "timeout"),
        ];
        ingest(&*store, &[folded(items)]).await;
    }
    let expected = ["Zip", "compare only", "upload", "änder"].map(operation);
    assert_eq!(store.operations(kimi).await.unwrap(), expected);
    assert_eq!(store.operations(supabase).await.unwrap(), [operation("elsewhere")]);
}

pub async fn last_seen_tells_each_source_of_each_feature_apart<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let items = [
        failure(kimi, 1, "upload", Legacy, "timeout"),
        failure(kimi, 2, "upload", Candidate, "timeout"),
        mismatch(kimi, 3, "upload", &[]),
        failure(supabase, 4, "upload", Legacy, "timeout"),
        failure(supabase, 3, "upload", Legacy, "timeout"),
    ];
    ingest(&*store, &[folded(items)]).await;
    let mut found = store.last_seen().await.unwrap();
    found.sort_unstable();
    let expected = [
        (kimi, Source::Path(Legacy), at(1)),
        (kimi, Source::Path(Candidate), at(2)),
        (kimi, Source::Shadow, at(3)),
        (supabase, Source::Path(Legacy), at(4)),
    ];
    assert_eq!(found, expected);
}

fn mismatch(feature: FeatureId, second: i64, name: &str, differences: &[(&str, DifferenceKind)]) -> Item {
    Item::Comparison(Comparison {
        operation: operation(name),
        verdict: ComparisonVerdict::Mismatch,
        differences: differences.iter().map(|(field, kind)| difference(field, *kind)).collect(),
        ..comparison(feature, at(second))
    })
}

fn failure(feature: FeatureId, second: i64, name: &str, path: Path, kind: &str) -> Item {
    Item::Observation(Observation {
        operation: operation(name),
        path,
        outcome: Outcome::Error,
        error_kind: Some(operation(kind)),
        ..observation(feature, at(second))
    })
}
