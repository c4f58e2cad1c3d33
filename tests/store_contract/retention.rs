//! What is no longer kept goes, in steps, and nothing else does.

use chrono::{DateTime, TimeDelta, Utc};
use crossfade::domain::difference::DifferenceKind;
use crossfade::domain::feature::FeatureId;
use crossfade::domain::observation::Observation;
use crossfade::domain::retention::Retention;
use crossfade::server::store::retention::Expiring;
use crossfade::server::store::{Batch, Item, RollupQuery, Store};

use crate::backend::Backend;
use crate::sample::{
    all_hours, all_minutes, at, comparison, counted, difference, feature, folded, identified, keyed, observation,
    with_id,
};
use crate::series;

/// Minutes for ten days, hours for a hundred.
const RETENTION: Retention = Retention { minutes: TimeDelta::days(10), hours: TimeDelta::days(100) };

/// So many days after the start of the hour.
pub fn day(days: i64) -> DateTime<Utc> {
    at(0) + TimeDelta::days(days)
}

/// Removes all that is over at `now`, and gives how many rows that were.
pub async fn clean_up(store: &dyn Store, now: DateTime<Utc>) -> u64 {
    let mut rows = 0;
    for what in Expiring::ALL {
        loop {
            let removed = store.remove_expired(what, RETENTION, now, 7).await.unwrap();
            rows += removed.rows;
            if removed.rows == 0 {
                break;
            }
        }
    }
    let mut after = None;
    loop {
        let step = store.remove_ids(after, RETENTION, now, 7).await.unwrap();
        rows += step.removed.rows;
        after = step.next;
        if after.is_none() {
            return rows;
        }
    }
}

pub async fn put(store: &dyn Store, batch: Batch, now: DateTime<Utc>) {
    store.ingest(&[batch], now).await.unwrap();
}

/// How many observations and comparisons a query finds.
async fn found(store: &dyn Store, query: &RollupQuery) -> (u64, u64) {
    let observations = store.observations(query).await.unwrap();
    let comparisons = store.comparisons(query).await.unwrap();
    (
        observations.iter().map(|(_, rollup)| rollup.requests()).sum(),
        comparisons.iter().map(|(_, counts)| counts.total()).sum(),
    )
}

/// One observation and one comparison an hour, for `days` days up to the start, when the feature entered its stage.
async fn hourly(store: &dyn Store, feature: FeatureId, days: i64) {
    let items = (-days * 24..0).flat_map(|hour| {
        let at = at(hour * 3_600 + 60);
        [Item::Observation(observation(feature, at)), Item::Comparison(comparison(feature, at))]
    });
    put(store, folded(items), day(0)).await;
}

pub async fn minutes_go_and_hours_stay_and_their_sums_agree<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    hourly(&*store, kimi, 60).await;
    let whole = (60 * 24, 60 * 24);
    assert_eq!(found(&*store, &all_minutes()).await, whole);
    assert!(clean_up(&*store, day(0)).await > 0);
    // Those of the last ten days, and none older.
    assert_eq!(found(&*store, &all_minutes()).await, (240, 240));
    let of_minutes = store.observations(&all_minutes()).await.unwrap();
    assert!(of_minutes.iter().all(|(key, _)| key.minute >= RETENTION.first_minute(day(0))));
    // The hours are all there, and where both are they agree.
    assert_eq!(found(&*store, &all_hours()).await, whole);
    let last =
        |minutes| if minutes { RollupQuery::all(span(-10, 0, true)) } else { RollupQuery::all(span(-10, 0, false)) };
    assert_eq!(found(&*store, &last(true)).await, found(&*store, &last(false)).await);
    // A second time there is nothing to do.
    assert_eq!(clean_up(&*store, day(0)).await, 0);
    // And hours go in their time.
    clean_up(&*store, day(50)).await;
    assert_eq!(found(&*store, &all_minutes()).await, (0, 0));
    let (observations, _) = found(&*store, &all_hours()).await;
    assert_eq!(observations, 50 * 24);
}

fn span(from: i64, to: i64, minutes: bool) -> crossfade::server::store::Span {
    if minutes {
        crossfade::server::store::Span::minutes(day(from), day(to))
    } else {
        crossfade::server::store::Span::hours(day(from), day(to))
    }
}

pub async fn what_a_gate_still_asks_for_stays<B: Backend>(backend: B) {
    let store = backend.store();
    // It entered its stage at the start of the hour, which is longer ago than anything is kept.
    let kimi = feature(&*store, "kimi").await;
    let items = [60, 3_599, 3_600, 7_200].map(|second| Item::Observation(observation(kimi, at(second))));
    let earlier = Item::Observation(observation(kimi, at(-60)));
    put(&*store, folded(items.into_iter().chain([earlier])), at(8_000)).await;
    clean_up(&*store, day(1_000)).await;
    assert_eq!(found(&*store, &all_minutes()).await.0, 2, "the minutes of the hour of the entry");
    assert_eq!(found(&*store, &all_hours()).await.0, 4, "the hours since");
    assert_eq!(store.features().await.unwrap().len(), 1);
    assert_eq!(store.rollout_history(kimi, None, 10).await.unwrap().len(), 1);
}

pub async fn each_kind_goes_by_its_own_age<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    put(&*store, keyed("key", "body", Batch::default()), at(0)).await;
    put(&*store, series::batch(vec![series::cumulative(kimi, "a", 60, 5)]), at(60)).await;
    let mut differs = comparison(kimi, at(60));
    differs.differences = vec![difference("$.a", DifferenceKind::Value)];
    put(&*store, folded([Item::Comparison(differs)]), at(60)).await;
    let left = async |what, now| store.remove_expired(what, RETENTION, now, 10).await.unwrap().rows;
    let hours = TimeDelta::hours;
    assert_eq!(left(Expiring::BatchKeys, at(-1) + hours(24)).await, 0);
    assert_eq!(left(Expiring::BatchKeys, at(0) + hours(24)).await, 1);
    assert_eq!(left(Expiring::Series, at(60) + hours(48)).await, 0);
    assert_eq!(left(Expiring::Series, at(61) + hours(48)).await, 1);
    for what in [Expiring::Sessions, Expiring::LoginFailures, Expiring::Examples] {
        assert_eq!(left(what, day(9_999)).await, 0, "{what:?}");
    }
}

pub async fn an_id_is_known_as_long_as_its_minute<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let named = |name: &str, seconds| {
        let observation: Observation = observation(kimi, at(seconds));
        identified([with_id(name, Item::Observation(observation))])
    };
    for n in 0..3_000 {
        let name = format!("{n} of many");
        if n % 500 == 0 {
            put(&*store, named(&name, n), at(0)).await;
        }
    }
    put(&*store, named("young", 86_400 * 5), day(5)).await;
    clean_up(&*store, day(10)).await;
    put(&*store, named("0 of many", 0), day(10)).await;
    assert_eq!(counted(&*store).await, 7, "known still");
    clean_up(&*store, day(10) + TimeDelta::hours(1)).await;
    put(&*store, named("young", 86_400 * 5), day(10)).await;
    assert_eq!(store.remove_ids(None, RETENTION, day(10) + TimeDelta::hours(1), 9).await.unwrap().removed.rows, 0);
}

pub async fn a_step_removes_no_more_than_it_may<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let names = (0..100).map(|n| with_id(&format!("n{n}"), Item::Observation(observation(kimi, at(3_600 + n * 60)))));
    put(&*store, identified(names), at(0)).await;
    let removed = store.remove_expired(Expiring::Minutes, RETENTION, day(99), 30).await.unwrap();
    assert_eq!(removed.rows, 30);
    let first = store.remove_ids(None, RETENTION, day(99), 30).await.unwrap();
    assert_eq!(first.removed.rows, 30);
    let second = store.remove_ids(first.next, RETENTION, day(99), 100).await.unwrap();
    assert_eq!((second.removed.rows, second.next), (70, None));
}

pub async fn what_there_is_is_measured<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    hourly(&*store, kimi, 2).await;
    let files = store.store_files().await.unwrap();
    assert!(files.database_bytes > 0 && files.free_bytes < files.database_bytes, "{files:?}");
    let sizes = store.group_sizes().await.unwrap();
    let rows = |group: &str| sizes.iter().find(|size| size.group == group).map(|size| size.rows);
    assert_eq!((rows("minutes"), rows("hours")), (Some(96), Some(96)), "{sizes:?}");
    assert!(sizes.iter().map(|size| size.bytes).sum::<u64>() <= files.database_bytes);
}
