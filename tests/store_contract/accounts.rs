//! Users and tokens: what is changed by a commit.

use chrono::TimeDelta;
use crossfade::domain::access::Role;
use crossfade::domain::account::{Login, User};
use crossfade::domain::feature::Switch;
use crossfade::domain::scope::Scopes;
use crossfade::domain::text::{Actor, Name};
use crossfade::domain::token::{Owner, TokenId};
use crossfade::server::store::{
    Account, AccountWrite, Change, CommitError, PasswordHash, SecretDigest, Store, StoreError, Write,
};

use crate::backend::Backend;
use crate::sample::at;

pub fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

pub fn hash(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned())
}

/// Makes one change of accounts `seconds` after the start of the hour.
pub async fn commit_at(store: &dyn Store, write: AccountWrite, seconds: i64) -> Result<(), CommitError> {
    let writes = vec![Write::Account(write)];
    store.commit(&Change { actor: Actor::cli("root"), at: at(seconds), writes, audit: Vec::new() }).await
}

async fn commit(store: &dyn Store, write: AccountWrite) -> Result<(), CommitError> {
    commit_at(store, write, 0).await
}

fn account(login: &str, role: Role) -> Account {
    Account { login: self::login(login), name: Name::parse(&format!("The {login}")).unwrap(), role }
}

/// Creates a user with the password hash `hash of {login}`.
pub async fn user(store: &dyn Store, login: &str, role: Role) -> User {
    let write = AccountWrite::CreateUser { account: account(login, role), password: hash(&format!("hash of {login}")) };
    commit(store, write).await.unwrap();
    found(store, login).await
}

async fn found(store: &dyn Store, login: &str) -> User {
    store.credentials(&self::login(login)).await.unwrap().unwrap().user
}

fn token(name: &str, owner: Option<&User>) -> AccountWrite {
    AccountWrite::CreateToken {
        digest: SecretDigest::of(name),
        name: Name::parse(name).unwrap(),
        scopes: Scopes::parse("ingest,read").unwrap(),
        owner: owner.map(|user| user.id),
        made_by: owner.map_or_else(|| Actor::cli("root"), |user| Actor::user(&user.login)),
        expires_at: Some(at(60)),
    }
}

pub async fn users_come_by_login_as_they_were_created<B: Backend>(mut backend: B) {
    let store = backend.store();
    assert_eq!(store.users().await.unwrap(), []);
    assert_eq!(store.credentials(&login("ada")).await.unwrap(), None);
    user(&*store, "grace", Role::Viewer).await;
    let ada = user(&*store, "ada", Role::Admin).await;
    assert_eq!((ada.login.as_str(), ada.name.as_str(), ada.role), ("ada", "The ada", Role::Admin));
    assert_eq!((ada.enabled, ada.created_at, ada.version), (Switch::On, at(0), 1));
    drop(store);
    backend.reopen().await;
    let store = backend.store();
    let logins: Vec<String> = store.users().await.unwrap().into_iter().map(|user| user.login.into()).collect();
    assert_eq!(logins, ["ada", "grace"]);
    assert_eq!(store.credentials(&login("ada")).await.unwrap().unwrap().password, hash("hash of ada"));
}

pub async fn a_login_that_is_taken_changes_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = user(&*store, "ada", Role::Admin).await;
    let again = AccountWrite::CreateUser { account: account("ada", Role::Viewer), password: hash("other") };
    let error = commit_at(&*store, again, 60).await.unwrap_err();
    assert!(matches!(&error, CommitError::Exists { what } if what == "user ada"), "{error:?}");
    assert_eq!(store.users().await.unwrap(), [ada]);
}

pub async fn a_user_is_changed_on_the_version_that_was_seen<B: Backend>(backend: B) {
    let store = backend.store();
    user(&*store, "root", Role::Admin).await;
    let ada = user(&*store, "ada", Role::Viewer).await;
    let id = ada.id;
    for (version, write) in [
        (1, AccountWrite::SetRole { user: id, role: Role::Manager, version: 1 }),
        (2, AccountWrite::SetEnabled { user: id, enabled: Switch::Off, version: 2 }),
        (3, AccountWrite::SetEnabled { user: id, enabled: Switch::On, version: 3 }),
        (4, AccountWrite::SetPassword { user: id, password: hash("new"), version: 4 }),
    ] {
        assert_eq!(found(&*store, "ada").await.version, version);
        commit(&*store, write.clone()).await.unwrap();
        let error = commit(&*store, write).await.unwrap_err();
        assert!(matches!(error, CommitError::Stale { .. }), "{error:?}");
    }
    let changed = store.credentials(&login("ada")).await.unwrap().unwrap();
    assert_eq!(changed.user, User { role: Role::Manager, version: 5, ..ada });
    assert_eq!(changed.password, hash("new"));
}

pub async fn the_last_enabled_admin_stays_one<B: Backend>(backend: B) {
    let store = backend.store();
    let ada = user(&*store, "ada", Role::Admin).await;
    let grace = user(&*store, "grace", Role::Admin).await;
    commit(&*store, AccountWrite::SetEnabled { user: grace.id, enabled: Switch::Off, version: 1 }).await.unwrap();
    for write in [
        AccountWrite::SetRole { user: ada.id, role: Role::Engineer, version: 1 },
        AccountWrite::SetEnabled { user: ada.id, enabled: Switch::Off, version: 1 },
    ] {
        let error = commit(&*store, write).await.unwrap_err();
        assert!(matches!(error, CommitError::LastAdmin), "{error:?}");
    }
    assert_eq!(found(&*store, "ada").await, ada);
    commit(&*store, AccountWrite::SetEnabled { user: grace.id, enabled: Switch::On, version: 2 }).await.unwrap();
    commit(&*store, AccountWrite::SetRole { user: ada.id, role: Role::Engineer, version: 1 }).await.unwrap();
}

pub async fn a_setup_link_makes_one_admin_while_it_lasts<B: Backend>(backend: B) {
    let store = backend.store();
    let first = |link: &str, login: &str| AccountWrite::CreateFirstAdmin {
        link: SecretDigest::of(link),
        account: account(login, Role::Admin),
        password: hash("hash"),
    };
    let refuse = async |write: AccountWrite, seconds: i64| {
        let error = commit_at(&*store, write, seconds).await.unwrap_err();
        assert!(matches!(error, CommitError::NotFound { .. }), "{error:?}");
        assert_eq!(store.users().await.unwrap(), []);
    };
    refuse(first("a", "ada"), 0).await;
    store.put_setup_link(&SecretDigest::of("a"), at(60)).await.unwrap();
    store.put_setup_link(&SecretDigest::of("b"), at(60)).await.unwrap();
    refuse(first("a", "ada"), 0).await;
    refuse(first("b", "ada"), 60).await;
    commit_at(&*store, first("b", "ada"), 59).await.unwrap();
    store.put_setup_link(&SecretDigest::of("c"), at(60)).await.unwrap();
    for link in ["b", "c"] {
        let error = commit(&*store, first(link, "eve")).await.unwrap_err();
        assert!(matches!(error, CommitError::NotFound { .. }), "{error:?}");
    }
    assert_eq!(store.users().await.unwrap(), [found(&*store, "ada").await]);
}

pub async fn of_two_who_use_a_setup_link_at_once_one_wins<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    one.put_setup_link(&SecretDigest::of("a"), at(60)).await.unwrap();
    let first = |login: &str| AccountWrite::CreateFirstAdmin {
        link: SecretDigest::of("a"),
        account: account(login, Role::Admin),
        password: hash("hash"),
    };
    let (a, b) = tokio::join!(commit(&*one, first("ada")), commit(&*other, first("eve")));
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    assert_eq!(one.users().await.unwrap().len(), 1);
    other.close().await;
}

pub async fn a_token_is_found_by_its_digest_with_its_owner_as_they_are_now<B: Backend>(backend: B) {
    let store = backend.store();
    user(&*store, "root", Role::Admin).await;
    let ada = user(&*store, "ada", Role::Engineer).await;
    assert_eq!(store.token(&SecretDigest::of("ci")).await.unwrap(), None);
    assert_eq!(store.tokens().await.unwrap(), []);
    commit(&*store, token("ci", Some(&ada))).await.unwrap();
    commit(&*store, token("cron", None)).await.unwrap();
    commit(&*store, AccountWrite::SetRole { user: ada.id, role: Role::Viewer, version: 1 }).await.unwrap();
    let ci = store.token(&SecretDigest::of("ci")).await.unwrap().unwrap();
    assert_eq!((ci.name.as_str(), ci.scopes.to_string()), ("ci", "ingest,read".to_owned()));
    assert_eq!(ci.owner, Owner::User(User { role: Role::Viewer, version: 2, ..ada }));
    assert_eq!((ci.created_at, ci.expires_at, ci.last_used_at, ci.revoked_at), (at(0), Some(at(60)), None, None));
    let cron = store.token(&SecretDigest::of("cron")).await.unwrap().unwrap();
    assert_eq!(cron.owner, Owner::CommandLine(Actor::cli("root")));
    assert_eq!(store.tokens().await.unwrap(), [cron, ci]);
}

pub async fn a_token_keeps_when_it_was_used_and_when_it_was_revoked_first<B: Backend>(backend: B) {
    let store = backend.store();
    commit(&*store, token("ci", None)).await.unwrap();
    let read = async || store.token(&SecretDigest::of("ci")).await.unwrap().unwrap();
    let id = read().await.id;
    store.note_token(id, at(10)).await.unwrap();
    assert_eq!(read().await.last_used_at, Some(at(10)));
    for seconds in [20, 30] {
        commit_at(&*store, AccountWrite::RevokeToken { token: id }, seconds).await.unwrap();
        assert_eq!(read().await.revoked_at, Some(at(20)));
    }
    let error = commit(&*store, AccountWrite::RevokeToken { token: TokenId(999) }).await.unwrap_err();
    assert!(matches!(error, CommitError::NotFound { .. }), "{error:?}");
}

pub async fn the_name_of_a_token_is_free_again_when_it_is_revoked<B: Backend>(backend: B) {
    let store = backend.store();
    commit(&*store, token("ci", None)).await.unwrap();
    let again = || {
        let AccountWrite::CreateToken { name, scopes, owner, made_by, expires_at, .. } = token("ci", None) else {
            unreachable!()
        };
        AccountWrite::CreateToken { digest: SecretDigest::of("ci 2"), name, scopes, owner, made_by, expires_at }
    };
    let error = commit(&*store, again()).await.unwrap_err();
    assert!(matches!(&error, CommitError::Exists { what } if what == "token ci"), "{error:?}");
    let id = store.tokens().await.unwrap()[0].id;
    commit(&*store, AccountWrite::RevokeToken { token: id }).await.unwrap();
    commit(&*store, again()).await.unwrap();
    assert_eq!(store.tokens().await.unwrap().len(), 2);
}

pub async fn a_closed_store_tells_nobody_who_asks<B: Backend>(backend: B) {
    let store = backend.store();
    store.close().await;
    let digest = SecretDigest::of("a");
    assert!(matches!(store.session(&digest).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.token(&digest).await, Err(StoreError::Unavailable(_))));
    let later = at(0) + TimeDelta::days(1);
    assert!(matches!(store.put_setup_link(&digest, later).await, Err(StoreError::Unavailable(_))));
}
