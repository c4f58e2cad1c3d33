//! Turns among programs on the same data.

use std::time::Duration;

use crossfade::domain::file::{FileRecord, SideState};
use crossfade::domain::path::Path;
use crossfade::server::store::{SideWrite, Store, StoreError, StoreTurn, TaskWrite, Telling};
use tokio::time::timeout;

use crate::backend::Backend;
use crate::files::file;
use crate::sample::{at, feature};

/// A turn, once it is free.
async fn wait(store: &dyn Store, name: &str) -> StoreTurn {
    let free = async {
        loop {
            if let Some(turn) = store.take_turn(name).await.unwrap() {
                return turn;
            }
        }
    };
    timeout(Duration::from_secs(30), free).await.unwrap()
}

/// Waits until `store` has given back what was dropped before: it does so in turn.
async fn given_back(store: &dyn Store, other: &dyn Store) {
    drop(store.take_turn("last").await.unwrap());
    wait(other, "last").await;
}

pub async fn a_turn_is_one_programs_at_a_time_where_there_are_several<B: Backend>(backend: B) {
    let (store, other) = (backend.store(), backend.another().await);
    let turn = store.take_turn("a").await.unwrap().unwrap();
    let another = other.take_turn("b").await.unwrap().unwrap();
    let is_taken = store.telling() == Telling::Tells;
    assert_eq!(other.take_turn("a").await.unwrap().is_none(), is_taken);
    assert_eq!(store.take_turn("b").await.unwrap().is_none(), is_taken);
    store.check_turn(&turn).await.unwrap();
    // Of one program it is a turn however often it is asked for, until the last of them ends.
    let again = store.take_turn("a").await.unwrap().unwrap();
    drop(turn);
    given_back(&*store, &*other).await;
    assert_eq!(other.take_turn("a").await.unwrap().is_none(), is_taken);
    store.check_turn(&again).await.unwrap();
    drop((again, another));
    let turn = wait(&*other, "a").await;
    let _b = wait(&*store, "b").await;
    // Who is gone has no turns.
    other.close().await;
    drop(turn);
    wait(&*store, "a").await;
}

pub async fn what_was_written_in_a_turn_is_recorded_only_while_that_lasts<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let turn = store.take_turn("a").await.unwrap().unwrap();
    let kept = file(kimi, 1);
    store.add_file(&kept, &[], Some(&turn)).await.unwrap();
    store.set_file_side(&written(&kept), Some(&turn), at(1)).await.unwrap();
    if store.telling() == Telling::Silent {
        return;
    }
    backend
        .execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM
                 (SELECT DISTINCT pid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                  WHERE locktype = 'advisory' AND datname = current_database()) AS holders",
        )
        .await;
    assert!(matches!(store.check_turn(&turn).await, Err(StoreError::TurnLost)));
    let lost = file(kimi, 2);
    assert!(matches!(store.add_file(&lost, &[], Some(&turn)).await, Err(StoreError::TurnLost)));
    assert_eq!(store.file(&lost.id).await.unwrap(), None);
    assert!(matches!(store.set_file_side(&written(&kept), Some(&turn), at(2)).await, Err(StoreError::TurnLost)));
    // The next is as good as any, and the lost one does not end it.
    let next = wait(&*store, "a").await;
    drop(turn);
    given_back(&*store, &*backend.another().await).await;
    store.check_turn(&next).await.unwrap();
    store.add_file(&lost, &[], Some(&next)).await.unwrap();
}

fn written(file: &FileRecord) -> SideWrite {
    let mut now = file.candidate.clone();
    now.state = SideState::Present;
    SideWrite { file: file.id.clone(), side: Path::Candidate, now, task: TaskWrite::Done }
}
