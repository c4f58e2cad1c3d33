//! Counts that others add up, of which the store knows the last.

use chrono::TimeDelta;
use crossfade::domain::counted::{CountedObservations, Latencies};
use crossfade::domain::distribution::{Distribution, LatencyUnit};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::observation::{Fallback, Outcome};
use crossfade::domain::path::Path;
use crossfade::server::store::{Batch, Cumulative, Digest, OperationClass, Receipt, Store};

use crate::backend::Backend;
use crate::sample::{all_hours, all_minutes, at, feature, operation, stored};

/// `count` operations of the series `name` up to `seconds`, since the start of the hour or since never.
pub fn cumulative(feature: FeatureId, name: &str, seconds: i64, count: u64) -> Cumulative {
    let distribution = Distribution::explicit(count, &[10.0, 20.0], vec![0, count, 0]).unwrap();
    Cumulative {
        series: Digest::of(&[name.as_bytes()]),
        index: 0,
        since: Some(at(0)),
        at_ns: at(seconds).timestamp_nanos_opt().unwrap(),
        counted: CountedObservations {
            at: at(seconds),
            feature,
            operation: operation("upload"),
            path: Path::Candidate,
            outcome: Outcome::Ok,
            fallback: Fallback::No,
            distribution,
            latencies: Latencies::In(LatencyUnit::Milliseconds),
        },
    }
}

pub fn batch(points: Vec<Cumulative>) -> Batch {
    Batch { cumulative: points, ..Batch::default() }
}

async fn take(store: &dyn Store, points: Vec<Cumulative>) -> Receipt {
    store.ingest(&[batch(points)], at(120)).await.unwrap().receipts.remove(0)
}

/// How many operations are kept by the minute, which are as many as by the hour, each with its latency.
async fn kept(store: &dyn Store) -> u64 {
    let mut sums = [0, 0];
    for (query, sum) in [all_minutes(), all_hours()].iter().zip(&mut sums) {
        for (_, rollup) in store.observations(query).await.unwrap() {
            assert_eq!(rollup.ok, rollup.latency.count());
            *sum += rollup.ok;
        }
    }
    assert_eq!(sums[0], sums[1]);
    sums[0]
}

pub async fn of_cumulative_counts_only_what_came_since_counts<B: Backend>(mut backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    assert_eq!(take(&*store, vec![cumulative(kimi, "a", 60, 5)]).await, stored(1, 0));
    assert_eq!(take(&*store, vec![cumulative(kimi, "a", 60, 5)]).await, stored(0, 1));
    assert_eq!(take(&*store, vec![cumulative(kimi, "a", 50, 4)]).await, stored(0, 1));
    // In whatever order a batch has them, and beside another series.
    let points = vec![cumulative(kimi, "a", 80, 9), cumulative(kimi, "b", 70, 100), cumulative(kimi, "a", 70, 7)];
    assert_eq!(take(&*store, points).await, stored(3, 0));
    assert_eq!(kept(&*store).await, 109);
    backend.reopen().await;
    let store = backend.store();
    take(&*store, vec![cumulative(kimi, "a", 80, 9), cumulative(kimi, "a", 90, 10)]).await;
    assert_eq!(kept(&*store).await, 110);
    // Fewer than before: whoever counts began anew.
    take(&*store, vec![cumulative(kimi, "a", 100, 2)]).await;
    assert_eq!(kept(&*store).await, 112);
    // Nothing new tells nothing of when data last came.
    take(&*store, vec![cumulative(kimi, "a", 110, 2)]).await;
    assert!(store.last_seen().await.unwrap().iter().all(|(_, _, seen)| *seen == at(100)));
}

pub async fn what_was_counted_before_it_was_first_sent_is_of_no_minute<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let old = |seconds, count| Cumulative {
        since: Some(at(120) - TimeDelta::hours(24) - TimeDelta::seconds(1)),
        ..cumulative(kimi, "old", seconds, count)
    };
    take(&*store, vec![old(60, 1_000_000)]).await;
    assert_eq!(kept(&*store).await, 0);
    take(&*store, vec![old(70, 1_000_001)]).await;
    assert_eq!(kept(&*store).await, 1);
}

pub async fn a_beginning_that_is_not_told_is_the_first_point<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let unknown = |seconds, count| Cumulative { since: None, ..cumulative(kimi, "unknown", seconds, count) };
    take(&*store, vec![unknown(60, 7), unknown(70, 9)]).await;
    assert_eq!(kept(&*store).await, 2);
}

pub async fn counts_are_as_of_one_transaction<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    // One of a feature that is not there: nothing of the group is taken, and the series is not known.
    let group = [batch(vec![cumulative(kimi, "a", 60, 5)]), batch(vec![cumulative(FeatureId(999), "b", 60, 5)])];
    store.ingest(&group, at(120)).await.unwrap_err();
    assert_eq!(kept(&*store).await, 0);
    let taken = store.ingest(&group[..1], at(120)).await.unwrap();
    assert_eq!((kept(&*store).await, taken.added.observations.len()), (5, 1));
    let [_, _, (class, ingests), _] = store.timings().counts();
    assert_eq!((class, ingests.count()), (OperationClass::Ingest, 2));
}
