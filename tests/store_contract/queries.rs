//! What a question is answered with: which minutes, which hours, whose.

use chrono::{DateTime, TimeDelta};
use crossfade::domain::distinct_units::UnitTrace;
use crossfade::domain::feature::FeatureId;
use crossfade::domain::observation::Observation;
use crossfade::domain::path::Path;
use crossfade::domain::rollup::{Hour, Minute};
use crossfade::domain::unit::Unit;
use crossfade::server::store::{Item, RollupQuery, Span, Store};

use crate::backend::Backend;
use crate::sample::{
    HOUR, all_hours, at, comparison, counted_by, feature, folded, hours, ingest, minutes, observation, operation,
};

pub async fn a_span_of_minutes_is_closed_at_its_start_and_open_at_its_end<B: Backend>(backend: B) {
    let store = backend.store();
    ingest_at(&*store, &[0, 59, 60, 61, 119, 120, 3_600]).await;
    for (from, to, expected) in
        [(0, 1, 2), (1, 2, 3), (2, 3, 1), (0, 3, 6), (0, 61, 7), (3, 60, 0), (1, 1, 0), (2, 1, 0), (-60, 0, 0)]
    {
        check(&*store, minutes(from, to), expected).await;
    }
}

pub async fn a_span_of_hours_is_closed_at_its_start_and_open_at_its_end<B: Backend>(backend: B) {
    let store = backend.store();
    ingest_at(&*store, &[-1, 0, 3_599, 3_600, 7_200]).await;
    for (from, to, expected) in
        [(-1, 0, 1), (0, 1, 2), (1, 2, 1), (-1, 3, 5), (3, 9, 0), (0, 0, 0), (1, 0, 0), (-9, -1, 0)]
    {
        check(&*store, hours(from, to), expected).await;
    }
}

pub async fn hours_are_kept_at_their_first_minute<B: Backend>(backend: B) {
    let store = backend.store();
    ingest_at(&*store, &[-1, 0, 3_599, 3_600]).await;
    let expected = [-1, 0, 1].map(|hour| Hour(HOUR.0 + hour).first_minute());
    let mut found: Vec<Minute> =
        store.observations(&all_hours()).await.unwrap().into_iter().map(|(key, _)| key.minute).collect();
    found.sort();
    assert_eq!(found, expected);
    let mut found: Vec<Minute> =
        store.comparisons(&all_hours()).await.unwrap().into_iter().map(|(key, _)| key.minute).collect();
    found.sort();
    assert_eq!(found, expected);
}

pub async fn questions_are_answered_of_one_feature_and_of_one_operation<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let items = [(kimi, "upload", 1), (kimi, "list", 2), (supabase, "upload", 4), (supabase, "list", 8)]
        .into_iter()
        .flat_map(|(feature, name, count)| (0..count).flat_map(move |second| both(feature, name, second)));
    ingest(&*store, &[folded(items)]).await;
    for (feature, name, expected) in [
        (None, None, 15),
        (Some(kimi), None, 3),
        (Some(supabase), None, 12),
        (None, Some("upload"), 5),
        (Some(kimi), Some("list"), 2),
        (Some(supabase), Some("list"), 8),
        (Some(kimi), Some("Upload"), 0),
        (Some(kimi), Some("delete"), 0),
        (Some(FeatureId(987_654)), None, 0),
    ] {
        for span in [minutes(0, 60), hours(0, 1)] {
            let query = RollupQuery { span, feature, operation: name.map(operation) };
            assert_eq!(counted_by(&*store, &query).await, expected * 2, "{query:?}");
            let of_feature = |id| feature.is_none_or(|feature| feature == id);
            assert!(store.observations(&query).await.unwrap().iter().all(|(key, _)| of_feature(key.feature)));
            assert!(store.comparisons(&query).await.unwrap().iter().all(|(key, _)| of_feature(key.feature)));
        }
    }
}

pub async fn distinct_units_are_of_whole_hours_and_of_every_operation<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let seen = |feature, second, path, name, user| {
        let unit = Some(UnitTrace::of(&Unit::parse(user).unwrap()));
        Item::Observation(Observation { path, unit, operation: operation(name), ..observation(feature, at(second)) })
    };
    let items = [
        seen(kimi, 0, Path::Legacy, "upload", "ann"),
        seen(kimi, 3_599, Path::Legacy, "list", "ben"),
        seen(kimi, 1_800, Path::Legacy, "list", "ann"),
        seen(kimi, 60, Path::Candidate, "upload", "ann"),
        seen(kimi, 3_600, Path::Legacy, "upload", "cem"),
        seen(supabase, 0, Path::Legacy, "upload", "ann"),
        Item::Observation(observation(supabase, at(3_600))),
    ];
    ingest(&*store, &[folded(items)]).await;
    let legacy = (kimi, 0, Path::Legacy, 2);
    let candidate = (kimi, 0, Path::Candidate, 1);
    let later = (kimi, 1, Path::Legacy, 1);
    let other = (supabase, 0, Path::Legacy, 1);
    for (query, expected) in [
        (RollupQuery::all(hours(0, 2)), vec![legacy, candidate, later, other]),
        (RollupQuery::of(kimi, hours(0, 1)), vec![legacy, candidate]),
        (RollupQuery::of(kimi, hours(1, 2)), vec![later]),
        (RollupQuery::of(kimi, minutes(29, 31)), vec![legacy, candidate]),
        (RollupQuery::of(kimi, minutes(59, 61)), vec![legacy, candidate, later]),
        (RollupQuery::of(kimi, minutes(60, 61)), vec![later]),
        (RollupQuery::of(supabase, hours(0, 2)).operation(Some(&operation("delete"))), vec![other]),
        (RollupQuery::of(supabase, hours(1, 2)), vec![]),
    ] {
        let mut found: Vec<_> = store
            .distinct_units(&query)
            .await
            .unwrap()
            .into_iter()
            .map(|(key, units)| (key.feature, key.hour.0 - HOUR.0, key.path, units.estimate()))
            .collect();
        found.sort_unstable_by_key(|(feature, hour, path, _)| (*feature, *hour, *path));
        let mut expected = expected;
        expected.sort_unstable_by_key(|(feature, hour, path, _)| (*feature, *hour, *path));
        assert_eq!(found, expected, "{query:?}");
    }
}

pub async fn times_before_1970_have_their_minute_and_hour<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let moment = DateTime::UNIX_EPOCH - TimeDelta::milliseconds(1);
    ingest(&*store, &[folded([Item::Observation(observation(kimi, moment))])]).await;
    for (span, expected) in [
        (Span::Minutes { from: Minute(-1), to: Minute(0) }, Some(Minute(-1))),
        (Span::Hours { from: Hour(-1), to: Hour(0) }, Some(Minute(-60))),
        (Span::Minutes { from: Minute(0), to: Minute(1) }, None),
    ] {
        let found = store.observations(&RollupQuery::of(kimi, span)).await.unwrap();
        assert_eq!(found.first().map(|(key, _)| key.minute), expected, "{span:?}");
    }
    assert_eq!(store.last_seen().await.unwrap()[0].2, moment);
}

#[test]
fn a_span_of_hours_takes_in_every_hour_that_it_touches() {
    let moment = |millis| at(0) + TimeDelta::milliseconds(millis);
    let hour = 3_600_000;
    for (from, to, expected) in [
        (0, hour, hours(0, 1)),
        (0, hour + 1, hours(0, 2)),
        (0, hour + 1_000, hours(0, 2)),
        (hour - 1, hour, hours(0, 1)),
        (-1, 1, hours(-1, 1)),
        (-1, 0, hours(-1, 0)),
    ] {
        assert_eq!(Span::hours(moment(from), moment(to)), expected, "{from} to {to}");
    }
}

#[test]
fn bounds_are_in_minutes_and_hour_bounds_are_rounded_outwards() {
    let first = HOUR.first_minute().0;
    let check = |span: Span, bounds: (i64, i64), hour_bounds: (i64, i64)| {
        assert_eq!(span.bounds(), (first + bounds.0, first + bounds.1), "{span:?}");
        assert_eq!(span.hour_bounds(), (first + hour_bounds.0, first + hour_bounds.1), "{span:?}");
    };
    check(minutes(0, 60), (0, 60), (0, 60));
    check(minutes(1, 59), (1, 59), (0, 60));
    check(minutes(59, 61), (59, 61), (0, 120));
    check(minutes(-1, 0), (-1, 0), (-60, 0));
    check(hours(0, 2), (0, 120), (0, 120));
}

/// An observation and a comparison each of `name`.
fn both(feature: FeatureId, name: &str, second: i64) -> [Item; 2] {
    let mut observation = observation(feature, at(second));
    let mut comparison = comparison(feature, at(second));
    observation.operation = operation(name);
    comparison.operation = operation(name);
    [Item::Observation(observation), Item::Comparison(comparison)]
}

/// Takes in an observation and a comparison at each of `seconds`.
async fn ingest_at(store: &dyn Store, seconds: &[i64]) {
    let kimi = feature(store, "kimi").await;
    ingest(store, &[folded(seconds.iter().flat_map(|second| both(kimi, "upload", *second)))]).await;
}

/// `expected` observations and as many comparisons in `span`.
async fn check(store: &dyn Store, span: Span, expected: u64) {
    let query = RollupQuery::all(span);
    let observations = store.observations(&query).await.unwrap();
    let comparisons = store.comparisons(&query).await.unwrap();
    assert_eq!(observations.iter().map(|(_, rollup)| rollup.requests()).sum::<u64>(), expected, "{span:?}");
    assert_eq!(comparisons.iter().map(|(_, counts)| counts.total()).sum::<u64>(), expected, "{span:?}");
}
