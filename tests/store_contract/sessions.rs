//! Sessions, and failed attempts to sign in.

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::domain::feature::Switch;
use crossfade::domain::login_limit::{FORGOTTEN_AFTER, LONGEST_WAIT};
use crossfade::domain::session::{IDLE, LONGEST};
use crossfade::server::store::{AccountWrite, LoginAttempt, LoginGate, SecretDigest, Store};

use crate::accounts::{commit_at, hash, user};
use crate::backend::Backend;
use crate::sample::at;

pub async fn a_session_is_of_a_user_and_keeps_when_it_was_used<B: Backend>(mut backend: B) {
    let store = backend.store();
    let ada = user(&*store, "ada", Role::Admin).await;
    let (digest, other) = (SecretDigest::of("a"), SecretDigest::of("b"));
    store.start_session(&digest, ada.id, at(0)).await.unwrap();
    store.note_session(&digest, at(60)).await.unwrap();
    // A use that is noted late does not set it back.
    store.note_session(&digest, at(30)).await.unwrap();
    store.note_session(&other, at(60)).await.unwrap();
    drop(store);
    backend.reopen().await;
    let store = backend.store();
    let session = store.session(&digest).await.unwrap().unwrap();
    assert_eq!((session.user, session.started_at, session.seen_at), (ada, at(0), at(60)));
    assert_eq!(store.session(&other).await.unwrap(), None);
}

pub async fn a_session_ends_alone<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = user(&*store, "ada", Role::Admin).await;
    let digests = ["a", "b"].map(SecretDigest::of);
    for digest in &digests {
        store.start_session(digest, ada.id, at(0)).await.unwrap();
    }
    for _ in 0..2 {
        store.end_session(&digests[0]).await.unwrap();
    }
    assert_eq!(store.session(&digests[0]).await.unwrap(), None);
    assert!(store.session(&digests[1]).await.unwrap().is_some());
}

pub async fn another_password_or_a_disabled_account_ends_all_sessions_of_a_user<B: Backend>(backend: B) {
    let store = backend.store();
    let root = user(&*store, "root", Role::Admin).await;
    let ada = user(&*store, "ada", Role::Viewer).await;
    let digests = ["a", "b", "c"].map(SecretDigest::of);
    store.start_session(&digests[2], root.id, at(0)).await.unwrap();
    for write in [
        AccountWrite::SetPassword { user: ada.id, password: hash("new"), version: 1 },
        AccountWrite::SetEnabled { user: ada.id, enabled: Switch::Off, version: 2 },
    ] {
        for digest in &digests[..2] {
            store.start_session(digest, ada.id, at(0)).await.unwrap();
        }
        commit_at(&*store, write, 0).await.unwrap();
        for digest in &digests[..2] {
            assert_eq!(store.session(digest).await.unwrap(), None);
        }
        assert!(store.session(&digests[2]).await.unwrap().is_some());
    }
}

pub async fn sessions_that_are_over_make_room<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = user(&*store, "ada", Role::Admin).await;
    let digests = ["idle", "old", "used", "new"].map(SecretDigest::of);
    store.start_session(&digests[1], ada.id, at(0)).await.unwrap();
    store.note_session(&digests[1], at(0) + LONGEST - TimeDelta::seconds(1)).await.unwrap();
    store.start_session(&digests[0], ada.id, at(0) + LONGEST - IDLE).await.unwrap();
    store.start_session(&digests[2], ada.id, at(1) + LONGEST - IDLE).await.unwrap();
    store.start_session(&digests[3], ada.id, at(0) + LONGEST).await.unwrap();
    let mut left = Vec::new();
    for digest in &digests {
        left.push(store.session(digest).await.unwrap().is_some());
    }
    assert_eq!(left, [false, false, true, true]);
}

fn attempt(account: &str, address: &str) -> LoginAttempt {
    LoginAttempt { account: SecretDigest::of(account), address: Some(SecretDigest::of(address)) }
}

/// How many attempts in a row are let through.
async fn let_through(store: &dyn Store, attempt: &LoginAttempt, seconds: i64) -> u32 {
    for count in 0..200 {
        if store.begin_login(attempt, at(seconds)).await.unwrap() != LoginGate::Open {
            return count;
        }
    }
    panic!("there is no end to it");
}

pub async fn attempts_are_counted_for_the_account_and_for_the_address<B: Backend>(mut backend: B) {
    let store = backend.store();
    assert_eq!(let_through(&*store, &attempt("ada", "here"), 0).await, 5);
    assert_eq!(store.begin_login(&attempt("ada", "there"), at(0)).await.unwrap(), LoginGate::ClosedUntil(at(1)));
    // What was turned away did not count.
    assert_eq!(let_through(&*store, &attempt("ada", "here"), 1).await, 1);
    drop(store);
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.begin_login(&attempt("ada", "here"), at(2)).await.unwrap(), LoginGate::ClosedUntil(at(3)));
    let mut others = 0;
    while store.begin_login(&attempt(&format!("user-{others}"), "here"), at(3)).await.unwrap() == LoginGate::Open {
        others += 1;
    }
    assert_eq!(others, 50 - 6);
    assert_eq!(store.begin_login(&attempt("grace", "there"), at(3)).await.unwrap(), LoginGate::Open);
    let nowhere = LoginAttempt { account: SecretDigest::of("grace"), address: None };
    assert_eq!(store.begin_login(&nowhere, at(3)).await.unwrap(), LoginGate::Open);
}

pub async fn attempts_that_succeed_or_are_long_ago_are_forgotten<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = attempt("ada", "here");
    for _ in 0..100 {
        assert_eq!(store.begin_login(&ada, at(0)).await.unwrap(), LoginGate::Open);
        store.forgive_login(&ada).await.unwrap();
    }
    assert_eq!(let_through(&*store, &ada, 0).await, 5);
    let later = at(0) + LONGEST_WAIT;
    assert_eq!(store.begin_login(&ada, later).await.unwrap(), LoginGate::Open);
    assert_ne!(store.begin_login(&ada, later).await.unwrap(), LoginGate::Open);
    let next_day = (later + FORGOTTEN_AFTER - at(0)).num_seconds();
    assert_eq!(let_through(&*store, &ada, next_day).await, 5);
}

pub async fn of_many_attempts_at_once_no_more_are_let_through<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = attempt("ada", "here");
    let attempts = (0..20).map(|_| store.begin_login(&ada, at(0)));
    let gates = futures::future::join_all(attempts).await;
    assert_eq!(gates.into_iter().filter(|gate| *gate.as_ref().unwrap() == LoginGate::Open).count(), 5);
}
