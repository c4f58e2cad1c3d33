//! What is taken in is counted exactly, all of a group or nothing.

use crossfade::domain::feature::FeatureId;
use crossfade::server::store::{Answer, Batch, Item, Receipt, Rejection, StoreError};

use crate::backend::Backend;
use crate::sample::{
    at, comparison, counted, feature, folded, identified, ingest, keyed, observations, stored, with_id,
};

pub async fn nothing_in_gives_nothing_back<B: Backend>(backend: B) {
    let store = backend.store();
    assert_eq!(ingest(&*store, &[]).await, []);
    assert_eq!(ingest(&*store, &[Batch::default(), Batch::default()]).await, [stored(0, 0), stored(0, 0)]);
    assert_eq!(counted(&*store).await, 0);
}

pub async fn folded_and_identified_items_count_exactly_over_batches_and_restarts<B: Backend>(mut backend: B) {
    let kimi = feature(&*backend.store(), "kimi").await;
    for round in 0..3_u64 {
        let mut mixed = folded(observations(kimi, 7));
        mixed.identified = named(&format!("mixed {round}"), observations(kimi, 11)).identified;
        let compared = folded((0..5).map(|second| Item::Comparison(comparison(kimi, at(second)))));
        let receipts = ingest(&*backend.store(), &[mixed, compared]).await;
        assert_eq!(receipts, [stored(18, 0), stored(5, 0)]);
        let more = named(&format!("more {round}"), (0..2).map(|second| Item::Comparison(comparison(kimi, at(second)))));
        assert_eq!(ingest(&*backend.store(), &[more]).await, [stored(2, 0)]);
        assert_eq!(counted(&*backend.store()).await, 25 * (round + 1));
        backend.reopen().await;
        assert_eq!(counted(&*backend.store()).await, 25 * (round + 1), "after a restart");
    }
}

pub async fn each_batch_of_a_group_has_its_own_receipt_in_order<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let group: Vec<Batch> = (0..6).map(|count| folded(observations(kimi, count))).collect();
    let expected: Vec<Receipt> = (0..6).map(|count| stored(count, 0)).collect();
    assert_eq!(ingest(&*store, &group).await, expected);
    assert_eq!(counted(&*store).await, 15);
}

pub async fn rejections_are_answered_and_not_counted<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let rejected = vec![
        Rejection { index: 1, detail: "unknown feature “kimmi”".to_owned() },
        Rejection { index: 3, detail: "latency_ms must be a number".to_owned() },
    ];
    let some = Batch { rejected: rejected.clone(), ..folded(observations(kimi, 2)) };
    let all = Batch { rejected: rejected.clone(), ..Batch::default() };
    let receipts = ingest(&*store, &[some, all]).await;
    let expected =
        [2, 0].map(|accepted| Receipt::Stored(Answer { accepted, duplicates: 0, rejected: rejected.clone() }));
    assert_eq!(receipts, expected);
    assert_eq!(counted(&*store).await, 2);
}

pub async fn a_group_with_an_unknown_feature_counts_nothing_at_all<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let unknown = FeatureId(987_654);
    ingest(&*store, &[folded(observations(kimi, 1))]).await;
    for (what, bad) in [
        ("folded", folded(observations(unknown, 1))),
        ("identified", named("bad", observations(unknown, 1))),
        ("a comparison", folded([Item::Comparison(comparison(unknown, at(0)))])),
    ] {
        let group = [folded(observations(kimi, 10)), bad, named("good", observations(kimi, 10))];
        let error = store.ingest(&group, at(0)).await.unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)), "{what}: {error:?}");
        assert_eq!(counted(&*store).await, 1, "{what}");
    }
    ingest(&*store, &[folded(observations(kimi, 1))]).await;
    assert_eq!(counted(&*store).await, 2, "the store goes on");
}

pub async fn a_failed_group_leaves_no_ids_and_no_batch_keys_behind<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let good = keyed("key", "body", named("id", observations(kimi, 3)));
    let bad = folded(observations(FeatureId(987_654), 1));
    store.ingest(&[good.clone(), bad], at(0)).await.unwrap_err();
    assert_eq!(ingest(&*store, &[good]).await, [stored(3, 0)]);
    assert_eq!(counted(&*store).await, 3);
}

pub async fn a_batch_larger_than_a_statement_is_taken_in_whole<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let items = 25_000;
    let batch = named("many", observations(kimi, items));
    assert_eq!(ingest(&*store, std::slice::from_ref(&batch)).await, [stored(items.unsigned_abs(), 0)]);
    assert_eq!(ingest(&*store, &[batch]).await, [stored(0, items.unsigned_abs())]);
    assert_eq!(counted(&*store).await, items.unsigned_abs());
}

/// `items` with the ids `{prefix} 0`, `{prefix} 1` …
fn named(prefix: &str, items: impl IntoIterator<Item = Item>) -> Batch {
    identified(items.into_iter().enumerate().map(|(index, item)| with_id(&format!("{prefix} {index}"), item)))
}
