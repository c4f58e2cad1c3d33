//! Instances on the same data, and the lease of what only one of them does.

use std::time::Duration;

use crossfade::domain::instance::{FilePlaces, Instance, InstanceId};
use crossfade::domain::lease::{Claim, Lease};
use crossfade::server::store::Telling;
use tokio::sync::Notify;

use crate::backend::Backend;
use crate::decided::{change, draft};
use crate::sample::at;

fn named(name: &str) -> InstanceId {
    InstanceId(name.to_owned())
}

fn held(by: Option<&str>, term: i64, renewal: i64) -> Lease {
    Lease { holder: by.map(named), term, renewal }
}

fn instance(name: &str, started: i64, seen: i64, decisions: Option<i64>) -> Instance {
    Instance {
        id: named(name),
        name: format!("host:{name}"),
        version: "1.2.3".to_owned(),
        started_at: at(started),
        seen_at: at(seen),
        decisions_at: decisions.map(at),
        files: decisions.map(|it| FilePlaces(format!("folder {it}"))),
    }
}

pub async fn a_lease_is_written_by_whoever_read_it_last<B: Backend>(mut backend: B) {
    let (store, other) = (backend.store(), backend.another().await);
    assert_eq!(store.lease().await.unwrap(), Lease::default());
    let steps = [
        (held(None, 0, 0), held(Some("one"), 1, 0), true),
        (held(None, 0, 0), held(Some("two"), 1, 0), false),
        (held(Some("two"), 1, 0), held(Some("two"), 1, 1), false),
        (held(Some("one"), 1, 0), held(Some("one"), 1, 1), true),
        (held(Some("one"), 1, 0), held(Some("two"), 2, 0), false),
        (held(Some("one"), 1, 1), held(None, 1, 2), true),
        (held(None, 1, 2), held(Some("two"), 2, 0), true),
    ];
    for (expected, next, granted) in steps {
        let claim = Claim { expected, next };
        assert_eq!(other.claim_lease(&claim).await.unwrap(), granted, "{claim:?}");
    }
    backend.reopen().await;
    assert_eq!(backend.store().lease().await.unwrap(), held(Some("two"), 2, 0));
}

pub async fn of_two_who_claim_a_lease_at_once_one_has_it<B: Backend>(backend: B) {
    let (store, other) = (backend.store(), backend.another().await);
    for term in 1..20 {
        let expected = store.lease().await.unwrap();
        let claim = |by| Claim { expected: expected.clone(), next: held(Some(by), term, 0) };
        let (one, two) = (claim("one"), claim("two"));
        let (first, second) = tokio::join!(store.claim_lease(&one), other.claim_lease(&two));
        assert!(first.unwrap() != second.unwrap(), "{term}");
    }
}

pub async fn instances_are_kept_as_they_told_last_and_forgotten<B: Backend>(backend: B) {
    let store = backend.store();
    assert_eq!(store.instances().await.unwrap(), []);
    store.note_instance(&instance("b", 2, 2, None)).await.unwrap();
    store.note_instance(&instance("a", 1, 3, Some(3))).await.unwrap();
    store.note_instance(&instance("b", 2, 5, Some(4))).await.unwrap();
    let expected = [instance("a", 1, 3, Some(3)), instance("b", 2, 5, Some(4))];
    assert_eq!(backend.another().await.instances().await.unwrap(), expected);
    assert_eq!(store.forget_instances(at(3)).await.unwrap(), 0);
    assert_eq!(store.forget_instances(at(4)).await.unwrap(), 1);
    store.remove_instance(&named("nobody")).await.unwrap();
    assert_eq!(store.instances().await.unwrap(), [instance("b", 2, 5, Some(4))]);
    store.remove_instance(&named("b")).await.unwrap();
    assert_eq!(store.instances().await.unwrap(), []);
}

pub async fn whoever_listens_is_told_of_changes_if_anyone_is<B: Backend>(backend: B) {
    let (store, other) = (backend.store(), backend.another().await);
    let changed = Notify::new();
    if store.telling() == Telling::Silent {
        return store.listen(&changed).await.unwrap();
    }
    let heard = async {
        // Once that it listens, once for the change.
        changed.notified().await;
        other.commit(&change(0, vec![], vec![draft("feature.advanced")])).await.unwrap();
        changed.notified().await;
        store.close().await;
    };
    let both = async { tokio::join!(store.listen(&changed), heard) };
    let (listened, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    listened.unwrap_err();
}
