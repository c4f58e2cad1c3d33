//! A batch that carries an `Idempotency-Key` counts once within 24 hours.

use chrono::TimeDelta;
use crossfade::domain::feature::FeatureId;
use crossfade::server::store::{Answer, Batch, Item, Receipt, Rejection, Store};

use crate::backend::Backend;
use crate::sample::{
    at, counted, feature, folded, identified, ingest, keyed, observation, observations, repeated, stored, with_id,
};

pub async fn a_repeated_batch_gets_the_first_answer_and_counts_once<B: Backend>(mut backend: B) {
    let kimi = feature(&*backend.store(), "kimi").await;
    let item = || with_id("a", Item::Observation(observation(kimi, at(0))));
    let rejected =
        vec![Rejection { index: 4, detail: "operation must not be empty, said “kimi”\n\t\u{1f980}".into() }];
    let mut batch = folded(observations(kimi, 2));
    batch.identified = vec![item(), item()];
    batch.rejected.clone_from(&rejected);
    let batch = keyed("key", "body", batch);
    let answer = Answer { accepted: 3, duplicates: 1, rejected };
    assert_eq!(ingest(&*backend.store(), std::slice::from_ref(&batch)).await, [Receipt::Stored(answer.clone())]);
    for _ in 0..2 {
        let receipts = ingest(&*backend.store(), std::slice::from_ref(&batch)).await;
        assert_eq!(receipts, [Receipt::Repeated(answer.clone())]);
        backend.reopen().await;
    }
    assert_eq!(counted(&*backend.store()).await, 3);
}

pub async fn a_repetition_within_a_group_counts_once<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let batch = keyed("key", "body", folded(observations(kimi, 4)));
    let group = [batch.clone(), folded(observations(kimi, 1)), batch];
    assert_eq!(ingest(&*store, &group).await, [stored(4, 0), stored(1, 0), repeated(4, 0)]);
    assert_eq!(counted(&*store).await, 5);
}

pub async fn a_key_with_another_body_counts_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let (first, other) = (keyed("key", "body", folded(observations(kimi, 4))), other_body(kimi));
    let group = [first.clone(), other.clone(), first.clone()];
    assert_eq!(ingest(&*store, &group).await, [stored(4, 0), Receipt::KeyReused, repeated(4, 0)]);
    assert_eq!(ingest(&*store, &[other, first]).await, [Receipt::KeyReused, repeated(4, 0)]);
    assert_eq!(counted(&*store).await, 4);
}

pub async fn a_key_with_another_body_leaves_no_ids_behind<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let items = || identified([with_id("a", Item::Observation(observation(kimi, at(0))))]);
    ingest(&*store, &[keyed("key", "body", Batch::default())]).await;
    assert_eq!(ingest(&*store, &[keyed("key", "another body", items())]).await, [Receipt::KeyReused]);
    assert_eq!(ingest(&*store, &[items()]).await, [stored(1, 0)]);
}

pub async fn keys_are_apart_from_each_other<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let batch = |key| keyed(key, "body", folded(observations(kimi, 1)));
    assert_eq!(ingest(&*store, &[batch("a"), batch("b")]).await, [stored(1, 0), stored(1, 0)]);
    assert_eq!(ingest(&*store, &[batch("b"), batch("c")]).await, [repeated(1, 0), stored(1, 0)]);
    assert_eq!(counted(&*store).await, 3);
}

pub async fn a_key_is_remembered_for_24_hours_and_no_longer<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let batch = keyed("key", "body", folded(observations(kimi, 1)));
    let day = TimeDelta::hours(24);
    let instant = TimeDelta::milliseconds(1);
    for (after, expected, total) in [
        (TimeDelta::zero(), stored(1, 0), 1),
        (instant, repeated(1, 0), 1),
        // A repetition does not renew the key.
        (day - instant, repeated(1, 0), 1),
        // Forgotten at the stroke and stored anew, for another 24 hours.
        (day, stored(1, 0), 2),
        (day + instant, repeated(1, 0), 2),
        (day + day - instant, repeated(1, 0), 2),
        (day + day + instant, stored(1, 0), 3),
    ] {
        assert_eq!(
            store.ingest(std::slice::from_ref(&batch), at(0) + after).await.unwrap().receipts,
            [expected],
            "{after}"
        );
        assert_eq!(counted(&*store).await, total, "{after}");
    }
}

pub async fn a_forgotten_key_may_come_with_another_body<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let (first, other) = (keyed("key", "body", folded(observations(kimi, 1))), other_body(kimi));
    assert_eq!(at_hour(&*store, 0, &first).await, stored(1, 0));
    assert_eq!(at_hour(&*store, 23, &other).await, Receipt::KeyReused);
    assert_eq!(at_hour(&*store, 24, &other).await, stored(9, 0));
    assert_eq!(at_hour(&*store, 47, &first).await, Receipt::KeyReused);
    assert_eq!(counted(&*store).await, 10);
}

pub async fn an_empty_batch_with_a_key_is_remembered<B: Backend>(backend: B) {
    let store = backend.store();
    let batch = keyed("key", "[]", Batch::default());
    assert_eq!(ingest(&*store, std::slice::from_ref(&batch)).await, [stored(0, 0)]);
    assert_eq!(ingest(&*store, &[batch]).await, [repeated(0, 0)]);
}

/// A batch with the same key and another body.
fn other_body(feature: FeatureId) -> Batch {
    keyed("key", "another body", folded(observations(feature, 9)))
}

async fn at_hour(store: &dyn Store, hour: i64, batch: &Batch) -> Receipt {
    let mut receipts = store.ingest(std::slice::from_ref(batch), at(hour * 3_600)).await.unwrap().receipts;
    receipts.remove(0)
}
