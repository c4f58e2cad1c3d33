//! An item that carries an id counts once.

use crossfade::domain::feature::FeatureId;
use crossfade::domain::rollup::Minute;
use crossfade::server::store::{Identified, Item};

use crate::backend::Backend;
use crate::sample::{all_minutes, at, comparison, counted, feature, identified, ingest, observation, stored, with_id};

pub async fn the_same_id_counts_once_in_a_batch_a_group_and_over_restarts<B: Backend>(mut backend: B) {
    let kimi = feature(&*backend.store(), "kimi").await;
    let once = || with_id("a", Item::Observation(observation(kimi, at(0))));
    assert_eq!(ingest(&*backend.store(), &[identified([once(), once(), once()])]).await, [stored(1, 2)]);
    let group = [identified([once()]), identified([observed("b", kimi, 0)]), identified([observed("b", kimi, 0)])];
    assert_eq!(ingest(&*backend.store(), &group).await, [stored(0, 1), stored(1, 0), stored(0, 1)]);
    backend.reopen().await;
    let group = [identified([once(), observed("b", kimi, 0)]), identified([observed("c", kimi, 0)])];
    assert_eq!(ingest(&*backend.store(), &group).await, [stored(0, 2), stored(1, 0)]);
    assert_eq!(counted(&*backend.store()).await, 3);
}

pub async fn the_first_of_two_items_with_one_id_is_the_one_that_counts<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let group = [identified([observed("a", kimi, 120), observed("a", kimi, 0)]), identified([observed("a", kimi, 60)])];
    assert_eq!(ingest(&*store, &group).await, [stored(1, 1), stored(0, 1)]);
    let minutes: Vec<Minute> =
        store.observations(&all_minutes()).await.unwrap().into_iter().map(|(key, _)| key.minute).collect();
    assert_eq!(minutes, [Minute::of(at(120))]);
}

pub async fn the_same_id_of_another_feature_or_kind_is_another_item<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    let batch = || {
        identified([
            observed("a", kimi, 0),
            observed("a", supabase, 0),
            with_id("a", Item::Comparison(comparison(kimi, at(0)))),
            with_id("a", Item::Comparison(comparison(supabase, at(0)))),
        ])
    };
    assert_eq!(ingest(&*store, &[batch(), batch()]).await, [stored(4, 0), stored(0, 4)]);
    assert_eq!(counted(&*store).await, 4);
}

pub async fn ids_that_start_alike_are_apart<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let long = "01ARZ3NDEKTSV4RRFFQ69G5FAV".repeat(20);
    let ids = ["", "a", "a\0", "a\0\0", "A", "01ARZ3NDEK", "01ARZ3NDEKT", "01ARZ3NDEKU", "übersetzung", "übersetzunG"];
    let batch = || {
        let ids = ids.iter().copied().chain([long.as_str(), &long[1..], &long[..long.len() - 1]]);
        identified(ids.map(|id| observed(id, kimi, 0)))
    };
    assert_eq!(ingest(&*store, &[batch(), batch()]).await, [stored(13, 0), stored(0, 13)]);
}

pub async fn a_batch_counts_what_is_new_among_duplicates<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let ids = |from: u32, to: u32| identified((from..to).map(|id| observed(&id.to_string(), kimi, 0)));
    assert_eq!(ingest(&*store, &[ids(0, 2_500)]).await, [stored(2_500, 0)]);
    // Old and new ones are mixed over every statement that the batch takes.
    assert_eq!(ingest(&*store, &[ids(1_250, 3_750)]).await, [stored(1_250, 1_250)]);
    assert_eq!(counted(&*store).await, 3_750);
}

fn observed(id: &str, feature: FeatureId, second: i64) -> Identified {
    with_id(id, Item::Observation(observation(feature, at(second))))
}
