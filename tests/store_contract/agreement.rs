//! Whatever comes in whatever order and in whatever batches: minutes, hours and a direct fold of everything agree.

use std::collections::{BTreeMap, HashSet};

use chrono::Timelike as _;
use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::difference::{Difference, DifferenceKind};
use crossfade::domain::distinct_units::{DistinctUnits, UnitTrace};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::latency::LatencyMs;
use crossfade::domain::observation::{Fallback, Observation, Operation, Outcome};
use crossfade::domain::origin::Origin;
use crossfade::domain::path::Path;
use crossfade::domain::rollup::{ObservationKey, ObservationRollup, Rollups, Source, UnitsKey};
use crossfade::domain::unit::Unit;
use crossfade::server::store::{Batch, Item, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::backend::Backend;
use crate::sample::{
    all_hours, all_minutes, at, difference, feature, folded, identified, ingest, observation, operation, with_id,
};

/// An item, the batch that it comes in, and whether it carries an id.
#[derive(Clone, Debug)]
struct Arrival {
    item: Item,
    batch: usize,
    with_id: bool,
}

const BATCHES: usize = 9;

pub async fn minutes_hours_and_a_direct_fold_of_everything_agree<B: Backend>(mut backend: B) {
    let features = [feature(&*backend.store(), "kimi").await, feature(&*backend.store(), "supabase").await];
    let mut runner = TestRunner::deterministic();
    let mut direct = Rollups::default();
    // One after the other into the same store: each run is merged with what is there.
    for run in 0..4 {
        let arrivals = prop::collection::vec(arrival(features), 300).new_tree(&mut runner).unwrap().current();
        for group in in_groups(run, &arrivals) {
            ingest(&*backend.store(), &group).await;
        }
        for arrival in &arrivals {
            arrival.item.fold_into(&mut direct);
        }
        agree(&*backend.store(), &direct).await;
    }
    backend.reopen().await;
    agree(&*backend.store(), &direct).await;
}

pub async fn last_seen_is_the_newest_whatever_came_last<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let seen = |second| folded([Item::Observation(observation(kimi, at(second)))]);
    for (batches, newest) in
        [(vec![seen(10)], 10), (vec![seen(5)], 10), (vec![seen(40), seen(20)], 40), (vec![seen(-9_000), seen(41)], 41)]
    {
        ingest(&*store, &batches).await;
        assert_eq!(store.last_seen().await.unwrap(), [(kimi, Source::Path(Path::Legacy), at(newest))]);
    }
}

pub async fn few_units_are_counted_exactly_and_many_nearly_over_merges<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    for (range, units) in [(0..40, 40), (20..60, 60), (0..60, 60), (0..3_000, 3_000), (2_000..6_000, 6_000)] {
        let observations = range.map(|unit| {
            let unit = Some(trace(unit));
            Item::Observation(Observation { unit, ..observation(kimi, at(0)) })
        });
        ingest(&*store, &[folded(observations)]).await;
        let found = store.distinct_units(&all_hours()).await.unwrap();
        let estimate = found[0].1.estimate();
        let tolerance = if units <= 60 { 0 } else { units / 25 };
        assert!(found.len() == 1 && estimate.abs_diff(units) <= tolerance, "{estimate} for {units}");
    }
}

/// Into batches by their number, the batches into groups whose size changes from run to run.
fn in_groups(run: usize, arrivals: &[Arrival]) -> Vec<Vec<Batch>> {
    let batches: Vec<Batch> = (0..BATCHES)
        .map(|batch| {
            let here = || arrivals.iter().enumerate().filter(move |(_, arrival)| arrival.batch == batch);
            let plain = here().filter(|(_, arrival)| !arrival.with_id).map(|(_, arrival)| arrival.item.clone());
            let named = here()
                .filter(|(_, arrival)| arrival.with_id)
                .map(|(index, arrival)| with_id(&format!("{run} {index}"), arrival.item.clone()));
            Batch { identified: identified(named).identified, ..folded(plain) }
        })
        .collect();
    batches.chunks(run + 1).map(<[Batch]>::to_vec).collect()
}

async fn agree(store: &dyn Store, direct: &Rollups) {
    let by_hour = direct.by_hour();
    let minutes = store.observations(&all_minutes()).await.unwrap();
    let mut summed = Rollups::default();
    for (key, rollup) in &minutes {
        summed.observations.insert(key.clone(), rollup.clone());
    }
    same_observations(minutes, &direct.observations, "minutes and a direct fold");
    let hours = store.observations(&all_hours()).await.unwrap();
    same_observations(hours.clone(), &by_hour.observations, "hours and a direct fold");
    same_observations(hours, &summed.by_hour().observations, "hours and the sum of their minutes");

    assert_eq!(unique(store.comparisons(&all_minutes()).await.unwrap()), direct.comparisons);
    assert_eq!(unique(store.comparisons(&all_hours()).await.unwrap()), by_hour.comparisons);
    same_units(store.distinct_units(&all_hours()).await.unwrap(), &direct.units);

    let mut discrepancies: BTreeMap<Difference, u64> = BTreeMap::new();
    for (key, count) in &direct.discrepancies {
        *discrepancies.entry(key.difference.clone()).or_default() += count;
    }
    assert_eq!(unique(store.discrepancies(&all_hours(), 1_000).await.unwrap()), discrepancies);

    let mut error_kinds: BTreeMap<(Operation, Path), u64> = BTreeMap::new();
    for (key, count) in &direct.error_kinds {
        *error_kinds.entry((key.kind.clone(), key.path)).or_default() += count;
    }
    let found = store.error_kinds(&all_hours(), 1_000).await.unwrap();
    assert_eq!(unique(found.into_iter().map(|(kind, path, count)| ((kind, path), count)).collect()), error_kinds);

    let seen = store.last_seen().await.unwrap().into_iter().map(|(feature, source, at)| ((feature, source), at));
    let newest = direct.last_seen.iter().map(|(source, at)| (*source, at.with_nanosecond(0).unwrap_or(*at)));
    assert_eq!(unique(seen.collect()), newest.collect());
}

/// As a map; no key may come twice.
fn unique<K: Ord, V>(rows: Vec<(K, V)>) -> BTreeMap<K, V> {
    let count = rows.len();
    let map: BTreeMap<K, V> = rows.into_iter().collect();
    assert_eq!(map.len(), count, "a key comes twice");
    map
}

fn same_observations(
    found: Vec<(ObservationKey, ObservationRollup)>,
    expected: &BTreeMap<ObservationKey, ObservationRollup>,
    what: &str,
) {
    let found = unique(found);
    assert!(found.keys().eq(expected.keys()), "{what}: other keys");
    for ((key, found), expected) in found.iter().zip(expected.values()) {
        let counts = |it: &ObservationRollup| (it.ok, it.errors, it.caller_errors, it.fallbacks);
        assert_eq!(counts(found), counts(expected), "{what}: {key:?}");
        assert_eq!(found.latency.count(), expected.latency.count(), "{what}: {key:?}");
        assert_eq!(found.latency.count(), found.requests(), "{what}: {key:?}");
        assert_eq!(found.latency.max_ms(), expected.latency.max_ms(), "{what}: {key:?}");
        for rank in 1..=found.latency.count() {
            let (value, exact) = (found.latency.value_at_rank(rank), expected.latency.value_at_rank(rank));
            assert_eq!(value, exact, "{what}: rank {rank} of {key:?}");
        }
        // Sums of floating-point numbers differ by the order of their terms.
        let (mean, exact) = (found.latency.mean_ms().unwrap(), expected.latency.mean_ms().unwrap());
        assert!((mean - exact).abs() <= 1e-9 * exact, "{what}: mean {mean} for {exact} of {key:?}");
    }
}

fn same_units(found: Vec<(UnitsKey, DistinctUnits)>, expected: &BTreeMap<UnitsKey, DistinctUnits>) {
    let found = unique(found);
    assert!(found.keys().eq(expected.keys()), "other keys");
    for ((key, found), expected) in found.iter().zip(expected.values()) {
        assert_eq!(found.estimate(), expected.estimate(), "{key:?}");
    }
}

fn trace(unit: u32) -> UnitTrace {
    UnitTrace::of(&Unit::parse(&format!("user{unit}")).unwrap())
}

fn arrival(features: [FeatureId; 2]) -> impl Strategy<Value = Arrival> {
    let item = prop_oneof![3 => observed(features), 1 => compared(features)];
    (item, 0..BATCHES, any::<bool>()).prop_map(|(item, batch, with_id)| Arrival { item, batch, with_id })
}

/// Moments in few minutes around the turn of two hours, so that many fall together.
fn moment() -> impl Strategy<Value = chrono::DateTime<chrono::Utc>> {
    prop_oneof![-120..120_i64, 3_480..3_720_i64].prop_map(at)
}

fn some_operation() -> impl Strategy<Value = Operation> {
    select(vec!["upload", "download", "löschen 🗑"]).prop_map(operation)
}

fn observed(features: [FeatureId; 2]) -> impl Strategy<Value = Item> {
    // From nothing over a nanosecond to a day.
    let latency = prop_oneof![1 => Just(0.0), 9 => (-6.0..7.93f64).prop_map(|exponent| 10f64.powf(exponent))];
    (
        moment(),
        select(features.to_vec()),
        some_operation(),
        select(Path::ALL.to_vec()),
        select(vec![Outcome::Ok, Outcome::Error, Outcome::CallerError]),
        latency,
        prop::option::of(0..40_u32),
        select(vec![Fallback::No, Fallback::No, Fallback::ToLegacy]),
        prop::option::of(select(vec!["timeout", "quota"])),
    )
        .prop_map(|(at, feature, operation, path, outcome, latency, unit, fallback, kind)| {
            Item::Observation(Observation {
                at,
                feature,
                operation,
                path,
                outcome,
                latency: LatencyMs::new(latency).unwrap(),
                unit: unit.map(trace),
                fallback,
                error_kind: kind.map(crate::sample::operation),
                origin: Origin::Caller,
            })
        })
}

fn compared(features: [FeatureId; 2]) -> impl Strategy<Value = Item> {
    use ComparisonVerdict::{BothFailed, CandidateFailed, ComparatorError, LegacyFailed, Match, Mismatch};
    let verdicts = vec![Match, Mismatch, Mismatch, CandidateFailed, LegacyFailed, BothFailed, ComparatorError];
    let fields = select(vec!["$.size", "$.files[].name", "$"]);
    let kinds = select(DifferenceKind::ALL.to_vec());
    let differences = prop::collection::hash_set((fields, kinds), 1..4);
    (moment(), select(features.to_vec()), some_operation(), select(verdicts), differences).prop_map(
        |(at, feature, operation, verdict, differences)| {
            let differences: HashSet<_> = if verdict == Mismatch { differences } else { HashSet::new() };
            let differences = differences.into_iter().map(|(field, kind)| difference(field, kind)).collect();
            Item::Comparison(Comparison {
                at,
                feature,
                operation,
                verdict,
                differences,
                second_run: None,
                examples: Vec::new(),
                origin: Origin::Caller,
            })
        },
    )
}
