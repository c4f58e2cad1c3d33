//! Several stores on the same data, and the connections behind one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossfade::domain::feature::FeatureId;
use crossfade::server::store::{CommitError, Item, OperationClass, Receipt, Store, StoreError};

use crate::backend::Backend;
use crate::sample::{
    all_hours, all_minutes, at, comparison, counted, feature, folded, identified, ingest, key, new_migration,
    observation, observations, slug, stored, with_id,
};

pub async fn two_stores_on_the_same_data_add_up_exactly<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    let kimi = feature(&*one, "kimi").await;
    let (by_one, by_other) = tokio::join!(ingest_rounds(&one, kimi, "one"), ingest_rounds(&other, kimi, "other"));
    assert_eq!((by_one, by_other), (250, 250));
    assert_eq!(counted(&*one).await, 500);
    assert_eq!(counted(&*other).await, 500);
    other.close().await;
    assert_eq!(counted(&*one).await, 500);
}

pub async fn an_id_that_two_stores_take_in_at_once_counts_once<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    let kimi = feature(&*one, "kimi").await;
    let (by_one, by_other) = tokio::join!(ingest_rounds(&one, kimi, "same"), ingest_rounds(&other, kimi, "same"));
    assert_eq!(by_one + by_other, 250);
    assert_eq!(counted(&*one).await, 250);
}

pub async fn two_stores_create_a_migration_once<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    for name in ["a", "b", "c", "d", "e"] {
        let change = new_migration(name);
        let (here, there) = tokio::join!(one.commit(&change), other.commit(&change));
        let (made, refused) = if here.is_ok() { (here, there) } else { (there, here) };
        made.unwrap();
        assert!(matches!(refused, Err(CommitError::Exists { .. })), "{refused:?}");
    }
    assert_eq!(one.migrations().await.unwrap().len(), 5);
    assert_eq!(one.migrations().await.unwrap(), other.migrations().await.unwrap());
}

pub async fn readers_see_all_of_a_group_or_nothing<B: Backend>(backend: B) {
    let (writer, reader) = (backend.store(), backend.another().await);
    let kimi = feature(&*writer, "kimi").await;
    let done = AtomicBool::new(false);
    let writing = async {
        for _ in 0..30 {
            // Over several minutes and hours: a half-written group would show.
            let group = [0, 60, 3_600]
                .map(|start| folded((start..start + 4).map(|second| Item::Observation(observation(kimi, at(second))))));
            ingest(&*writer, &group).await;
        }
        done.store(true, Ordering::SeqCst);
    };
    let reading = async {
        while !done.load(Ordering::SeqCst) {
            for query in [all_minutes(), all_hours()] {
                let rows = reader.observations(&query).await.unwrap();
                let seen: u64 = rows.iter().map(|(_, rollup)| rollup.requests()).sum();
                assert_eq!(seen % 12, 0, "a part of a group is seen: {seen}");
            }
        }
    };
    tokio::join!(writing, reading);
    assert_eq!(counted(&*reader).await, 360);
}

pub async fn an_ingest_that_is_given_up_counts_all_or_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    for round in 0..40 {
        let named = |id| with_id(&format!("{round} {id}"), Item::Observation(observation(kimi, at(0))));
        let batch = identified((0..10).map(named));
        // Given up a little later in each round.
        let patience = async {
            for _ in 0..round * 5 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            receipts = ingest(&*store, std::slice::from_ref(&batch)) => assert_eq!(receipts, [stored(10, 0)]),
            () = patience => {}
        }
        let receipts = ingest(&*store, &[batch]).await;
        assert!(receipts == [stored(10, 0)] || receipts == [stored(0, 10)], "{receipts:?}");
        assert_eq!(counted(&*store).await, 10 * (round + 1));
    }
}

pub async fn pool_status_is_within_its_size<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    assert!(store.pool_status().size > 0);
    let busy = async {
        for _ in 0..20 {
            ingest(&*store, &[folded(observations(kimi, 1))]).await;
            store.features().await.unwrap();
            let status = store.pool_status();
            assert!(status.in_use <= status.size, "{status:?}");
        }
    };
    let query = all_minutes();
    let ((), first, second) = tokio::join!(busy, store.observations(&query), store.observations(&query));
    assert!(first.is_ok() && second.is_ok());
    // Connections go back to their pool a little after the answer.
    let at_rest = async {
        while store.pool_status().in_use > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), at_rest).await.unwrap();
}

pub async fn a_store_that_is_away_is_asked_by_nobody_but_who_looks<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let reach = store.reach();
    assert!(!reach.is_away());
    // Whoever waits when it is found out waits no longer.
    let waiting = store.timings().of(OperationClass::Read, std::future::pending::<Result<(), StoreError>>());
    let finding_out = async {
        tokio::task::yield_now().await;
        reach.note(&Err::<(), _>(StoreError::silent()));
    };
    let (given_up, ()) = tokio::join!(waiting, finding_out);
    assert!(matches!(given_up, Err(StoreError::Unavailable(_))), "{given_up:?}");
    for (what, answer) in [
        ("features", store.features().await.map(drop)),
        ("ingest", store.ingest(&[folded(observations(kimi, 1))], at(0)).await.map(drop)),
        ("check", store.check().await),
    ] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{what}: {answer:?}");
    }
    let changed = store.commit(&new_migration("other")).await;
    assert!(matches!(changed, Err(CommitError::Store(StoreError::Unavailable(_)))), "{changed:?}");
    let head = store.audit_head().await;
    assert!(head.is_ok(), "whoever looks finds out that it answers again");
    store.lease().await.unwrap();
    reach.note(&head);
    assert_eq!((store.features().await.unwrap().len(), counted(&*store).await), (1, 0));
}

pub async fn a_closed_store_is_unavailable_and_its_data_stays<B: Backend>(mut backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    ingest(&*store, &[folded(observations(kimi, 3))]).await;
    store.close().await;
    store.close().await;
    let query = all_minutes();
    for (what, answer) in [
        ("check", store.check().await),
        ("migrations", store.migrations().await.map(drop)),
        ("migration", store.migration(&slug("files")).await.map(drop)),
        ("features", store.features().await.map(drop)),
        ("feature", store.feature(&key("kimi")).await.map(drop)),
        ("ingest", store.ingest(&[], at(0)).await.map(drop)),
        ("observations", store.observations(&query).await.map(drop)),
        ("comparisons", store.comparisons(&query).await.map(drop)),
        ("distinct_units", store.distinct_units(&query).await.map(drop)),
        ("discrepancies", store.discrepancies(&query, 1).await.map(drop)),
        ("error_kinds", store.error_kinds(&query, 1).await.map(drop)),
        ("origins", store.origins(query.span).await.map(drop)),
        ("last_seen", store.last_seen().await.map(drop)),
        ("operations", store.operations(kimi).await.map(drop)),
        ("rollout_history", store.rollout_history(kimi, None, 1).await.map(drop)),
    ] {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{what}: {answer:?}");
    }
    let error = store.commit(&new_migration("other")).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Unavailable(_))), "{error:?}");
    backend.reopen().await;
    assert_eq!(counted(&*backend.store()).await, 3);
    assert_eq!(backend.store().migrations().await.unwrap().len(), 1);
}

/// Takes in 25 groups of 10 items with the ids `{name} 0`, `{name} 1` … and gives how many were accepted.
async fn ingest_rounds(store: &Arc<dyn Store>, feature: FeatureId, name: &str) -> u64 {
    let mut accepted = 0;
    for round in 0..25 {
        let batch = identified((0..10).map(|number| {
            let number = round * 10 + number;
            let item = if number % 3 == 0 {
                Item::Comparison(comparison(feature, at(number)))
            } else {
                Item::Observation(observation(feature, at(number)))
            };
            with_id(&format!("{name} {number}"), item)
        }));
        match &ingest(&**store, &[batch]).await[..] {
            [Receipt::Stored(answer)] => accepted += answer.accepted,
            receipts => panic!("{receipts:?} instead of {:?}", stored(10, 0)),
        }
    }
    accepted
}
