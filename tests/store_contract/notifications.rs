//! Targets of notifications, what is queued for them, and how far the telling has come.

use crossfade::domain::alert_notice::{AlertId, AlertNotice, NoticeStatus, Severity};
use crossfade::domain::feature::Switch;
use crossfade::domain::notification::target::{NotificationTarget, TargetFields, TargetId, TargetSettings};
use crossfade::domain::notification::{Failed, Notification, NotificationState, StateWord, TargetHealth};
use crossfade::domain::retention::{Retention, SETTLED};
use crossfade::server::store::retention::Expiring;
use crossfade::server::store::{Attempt, CommitError, NotificationQuery, NotificationWrite, Store, TargetWrite, Write};

use crate::backend::Backend;
use crate::decided::{change, draft, kimi};
use crate::sample::at;

/// A webhook of this name that is told of everything.
pub fn target(name: &str) -> TargetSettings {
    TargetSettings::parse(TargetFields {
        name,
        kind: "webhook",
        url: "https://example.com/hook?token=1",
        secret: "0123456789abcdef",
        least_severity: "warning",
        ..TargetFields::default()
    })
    .unwrap()
}

/// That this alert of `kimi` fires.
pub fn firing(alert: &str) -> AlertNotice {
    AlertNotice {
        alert: AlertId(alert.to_owned()),
        status: NoticeStatus::Firing,
        rule: "error_rate".to_owned(),
        severity: Severity::Warning,
        migration: Some("files".parse().unwrap()),
        feature: Some("kimi".parse().unwrap()),
        firing_since: at(0),
        value: Some(0.06),
        limit: 0.05,
        lower: Some(0.051),
        upper: None,
        n: 1_000,
        summary: "too many errors".to_owned(),
        action_taken: None,
    }
}

fn resolved(alert: &str) -> AlertNotice {
    AlertNotice { status: NoticeStatus::Resolved { resolved_at: at(60) }, ..firing(alert) }
}

async fn add(store: &dyn Store, settings: TargetSettings) -> NotificationTarget {
    let name = settings.name.clone();
    commit(store, vec![Write::Target(Box::new(TargetWrite::Create(settings)))]).await.unwrap();
    let targets = store.notification_targets().await.unwrap();
    targets.into_iter().find(|target| target.settings.name == name).unwrap()
}

async fn commit(store: &dyn Store, writes: Vec<Write>) -> Result<(), CommitError> {
    store.commit(&change(1, writes, vec![draft("target.created")])).await
}

async fn tell(store: &dyn Store, notices: &[AlertNotice]) {
    let writes = notices.iter().map(|notice| Write::Notice(Box::new(notice.clone()))).collect();
    commit(store, writes).await.unwrap();
}

fn all() -> NotificationQuery {
    NotificationQuery { state: None, target: None, alert: None, oldest_first: true, limit: 100 }
}

async fn listed(store: &dyn Store, query: &NotificationQuery) -> Vec<(i64, String, StateWord)> {
    let found = store.notifications(query).await.unwrap();
    found.into_iter().map(|it| (it.target.0, it.notice.alert.0, it.state.word())).collect()
}

async fn first(store: &dyn Store, target: TargetId) -> Notification {
    store.first_queued(Some(target)).await.unwrap().remove(0)
}

pub async fn a_target_is_kept_with_what_it_is_shown_and_changed_on_the_version_that_was_seen<B: Backend>(
    mut backend: B,
) {
    kimi(&*backend.store()).await;
    let fields = TargetFields {
        name: "alertmanager",
        kind: "alertmanager",
        url: "http://10.0.0.1:9093",
        username: "ada",
        secret: "password",
        least_severity: "critical",
        migration: "files",
    };
    let settings = TargetSettings::parse(fields).unwrap();
    let made = add(&*backend.store(), settings.clone()).await;
    assert_eq!((&made.settings, made.version, made.created_at, made.repeated_at), (&settings, 1, at(1), None));

    let other = TargetSettings { enabled: Switch::Off, migration: None, ..target("on call") };
    let write = |expected| {
        let settings = other.clone();
        vec![Write::Target(Box::new(TargetWrite::Change { target: made.id, settings, expected }))]
    };
    let stale = commit(&*backend.store(), write(2)).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "{stale:?}");
    commit(&*backend.store(), write(1)).await.unwrap();
    backend.store().note_repeated(made.id, at(5)).await.unwrap();
    backend.reopen().await;
    let [changed] = &backend.store().notification_targets().await.unwrap()[..] else { panic!("one target") };
    assert_eq!((&changed.settings, changed.version, changed.repeated_at), (&other, 2, Some(at(5))));

    let nowhere = TargetSettings { migration: Some("nowhere".parse().unwrap()), ..target("nowhere") };
    let missing = commit(&*backend.store(), vec![Write::Target(Box::new(TargetWrite::Create(nowhere)))]).await;
    assert!(matches!(missing, Err(CommitError::NotFound { .. })), "{missing:?}");
}

pub async fn a_name_is_free_again_when_its_target_is_removed<B: Backend>(backend: B) {
    let store = backend.store();
    let made = add(&*store, target("b")).await;
    add(&*store, target("a")).await;
    let again = || vec![Write::Target(Box::new(TargetWrite::Create(target("b"))))];
    let taken = commit(&*store, again()).await;
    assert!(matches!(taken, Err(CommitError::Exists { .. })), "{taken:?}");
    let remove = |expected| vec![Write::Target(Box::new(TargetWrite::Remove { target: made.id, expected }))];
    assert!(matches!(commit(&*store, remove(2)).await, Err(CommitError::Stale { .. })));
    commit(&*store, remove(1)).await.unwrap();
    assert!(matches!(commit(&*store, remove(2)).await, Err(CommitError::Stale { .. })));
    commit(&*store, again()).await.unwrap();
    let names: Vec<String> =
        store.notification_targets().await.unwrap().iter().map(|it| it.settings.name.to_string()).collect();
    assert_eq!(names, ["a", "b"]);
}

pub async fn a_notice_is_queued_for_every_target_that_is_told_of_such<B: Backend>(mut backend: B) {
    kimi(&*backend.store()).await;
    add(&*backend.store(), target("all")).await;
    add(&*backend.store(), TargetSettings { least_severity: Severity::Critical, ..target("critical") }).await;
    add(&*backend.store(), TargetSettings { enabled: Switch::Off, ..target("off") }).await;
    add(&*backend.store(), TargetSettings { migration: Some("files".parse().unwrap()), ..target("files") }).await;
    let critical = AlertNotice { severity: Severity::Critical, migration: None, feature: None, ..firing("b") };
    tell(&*backend.store(), &[firing("a"), critical.clone()]).await;
    backend.reopen().await;
    let store = backend.store();
    let queued = |target: i64, alert: &str| (target, alert.to_owned(), StateWord::Queued);
    let everything = listed(&*store, &all()).await;
    assert_eq!(everything, [queued(1, "a"), queued(4, "a"), queued(1, "b"), queued(2, "b")]);
    let found = store.notifications(&all()).await.unwrap();
    assert_eq!(found[2].notice, critical);
    assert_eq!((found[0].queued_at, found[0].trying_since, found[0].attempts), (at(1), at(1), 0));
    assert_eq!(found[0].state, NotificationState::Queued { next_attempt_at: at(1) });
    assert!(found.is_sorted_by(|earlier, later| earlier.id < later.id), "their names sort as they were queued");
    assert_eq!(store.notification(&found[1].id).await.unwrap().as_ref(), Some(&found[1]));

    for (query, expected) in [
        (NotificationQuery { oldest_first: false, limit: 1, ..all() }, vec![queued(2, "b")]),
        (NotificationQuery { target: Some(TargetId(1)), ..all() }, vec![queued(1, "a"), queued(1, "b")]),
        (NotificationQuery { alert: Some(critical.alert.clone()), ..all() }, vec![queued(1, "b"), queued(2, "b")]),
        (NotificationQuery { state: Some(StateWord::Dead), ..all() }, vec![]),
    ] {
        assert_eq!(listed(&*store, &query).await, expected, "{query:?}");
    }
}

pub async fn what_a_change_that_fails_would_tell_is_not_queued<B: Backend>(backend: B) {
    let store = backend.store();
    add(&*store, target("on call")).await;
    let taken = Write::Target(Box::new(TargetWrite::Create(target("on call"))));
    commit(&*store, vec![Write::Notice(Box::new(firing("a"))), taken]).await.unwrap_err();
    assert_eq!(listed(&*store, &all()).await, []);
}

pub async fn each_target_has_what_is_first_for_it<B: Backend>(backend: B) {
    let store = backend.store();
    assert_eq!(store.first_queued(None).await.unwrap(), []);
    let (a, b) = (add(&*store, target("a")).await.id, add(&*store, target("b")).await.id);
    tell(&*store, &[firing("x"), firing("y")]).await;
    let delivered = first(&*store, a).await;
    assert!(store.note_attempt(&delivered.id, &Attempt::Delivered, at(2)).await.unwrap());
    let waiting = first(&*store, b).await;
    let later = Attempt::Failed { next_attempt_at: at(9), error: "no".to_owned() };
    store.note_attempt(&waiting.id, &later, at(2)).await.unwrap();
    // One that failed stays the first.
    let firsts = store.first_queued(None).await.unwrap();
    let firsts: Vec<_> = firsts.into_iter().map(|it| (it.target, it.notice.alert.0)).collect();
    assert_eq!(firsts, [(b, "x".to_owned()), (a, "y".to_owned())]);
}

pub async fn an_attempt_counts_while_it_waits_and_no_longer<B: Backend>(backend: B) {
    let store = backend.store();
    let target = add(&*store, target("on call")).await.id;
    tell(&*store, &[firing("a"), resolved("a")]).await;
    let queued = first(&*store, target).await;
    let error = "answered 500".to_owned();
    let failed = Attempt::Failed { next_attempt_at: at(7), error: error.clone() };
    assert!(store.note_attempt(&queued.id, &failed, at(2)).await.unwrap());
    let now = first(&*store, target).await;
    let expected = Notification {
        attempts: 1,
        state: NotificationState::Queued { next_attempt_at: at(7) },
        last_error: Some(Failed { at: at(2), error: error.clone() }),
        ..queued.clone()
    };
    assert_eq!(now, expected);
    assert!(store.note_attempt(&queued.id, &Attempt::Delivered, at(7)).await.unwrap());
    assert!(!store.note_attempt(&queued.id, &failed, at(8)).await.unwrap());
    let now = store.notification(&queued.id).await.unwrap().unwrap();
    assert_eq!(now, Notification { attempts: 2, state: NotificationState::Delivered { at: at(7) }, ..expected });

    let second = first(&*store, target).await;
    let given_up = Attempt::GivenUp { error: "answered 400".to_owned() };
    assert!(store.note_attempt(&second.id, &given_up, at(9)).await.unwrap());
    let health = TargetHealth {
        last_delivery: Some(at(7)),
        last_error: Some(Failed { at: at(9), error: "answered 400".to_owned() }),
        queued: 0,
        dead: 1,
    };
    assert_eq!(store.target_health().await.unwrap(), [(target, health.clone())]);

    // What goes well from the first does not hide what went wrong before.
    tell(&*store, &[firing("c")]).await;
    let third = first(&*store, target).await;
    assert!(store.note_attempt(&third.id, &Attempt::Delivered, at(11)).await.unwrap());
    let health = TargetHealth { last_delivery: Some(at(11)), ..health };
    assert_eq!(store.target_health().await.unwrap(), [(target, health)]);
}

pub async fn what_is_dead_is_sent_again_or_dropped<B: Backend>(backend: B) {
    let store = backend.store();
    let target = add(&*store, target("on call")).await.id;
    tell(&*store, &[firing("a"), firing("b")]).await;
    let (a, b) = {
        let found = store.notifications(&all()).await.unwrap();
        (found[0].id.clone(), found[1].id.clone())
    };
    let again = |id| vec![Write::Notification(NotificationWrite::SendAgain(id))];
    let dropped = |id| vec![Write::Notification(NotificationWrite::Drop(id))];
    assert!(matches!(commit(&*store, again(a.clone())).await, Err(CommitError::Stale { .. })), "it is not dead");
    let given_up = Attempt::GivenUp { error: "no".to_owned() };
    store.note_attempt(&a, &given_up, at(3)).await.unwrap();
    store.commit(&change(50, again(a.clone()), vec![])).await.unwrap();
    let now = first(&*store, target).await;
    assert_eq!((&now.id, now.attempts, now.trying_since), (&a, 0, at(50)));
    assert_eq!(now.state, NotificationState::Queued { next_attempt_at: at(50) });
    assert_eq!(now.queued_at, at(1));

    commit(&*store, dropped(b.clone())).await.unwrap();
    let now = store.notification(&b).await.unwrap().unwrap();
    assert_eq!(now.state, NotificationState::Dropped { at: at(1) });
    for writes in [dropped(b.clone()), again(b)] {
        assert!(matches!(commit(&*store, writes).await, Err(CommitError::Stale { .. })), "it is dropped");
    }
}

pub async fn a_target_that_is_removed_is_told_nothing_more<B: Backend>(backend: B) {
    let store = backend.store();
    let gone = add(&*store, target("gone")).await.id;
    let kept = add(&*store, target("kept")).await.id;
    tell(&*store, &[firing("a"), firing("b")]).await;
    let told = first(&*store, gone).await;
    store.note_attempt(&told.id, &Attempt::Delivered, at(2)).await.unwrap();
    commit(&*store, vec![Write::Target(Box::new(TargetWrite::Remove { target: gone, expected: 1 }))]).await.unwrap();
    tell(&*store, &[firing("c")]).await;
    let of_gone = NotificationQuery { target: Some(gone), ..all() };
    let word = |alert: &str, word| (gone.0, alert.to_owned(), word);
    let expected = [word("a", StateWord::Delivered), word("b", StateWord::Dropped)];
    assert_eq!(listed(&*store, &of_gone).await, expected);
    assert_eq!(store.first_queued(Some(gone)).await.unwrap(), []);
    assert_eq!(listed(&*store, &NotificationQuery { target: Some(kept), ..all() }).await.len(), 3);
}

pub async fn what_was_told_goes_but_what_still_fires<B: Backend>(backend: B) {
    let store = backend.store();
    let target = add(&*store, target("on call")).await.id;
    // `a` fires still, `b` and `d` are over, `c` could not be told, `e` waits.
    tell(&*store, &[firing("a"), firing("b"), resolved("b"), firing("c"), firing("d"), resolved("d"), firing("e")])
        .await;
    for alert in ["a", "b", "b", "c", "d"] {
        let next = first(&*store, target).await;
        assert_eq!(next.notice.alert.0, alert);
        let given_up = Attempt::GivenUp { error: "no".to_owned() };
        let attempt = if alert == "c" { given_up } else { Attempt::Delivered };
        store.note_attempt(&next.id, &attempt, at(2)).await.unwrap();
    }
    let next = first(&*store, target).await;
    store.note_attempt(&next.id, &Attempt::Delivered, at(100)).await.unwrap();
    let remove = async |now| {
        let (mut rows, retention) = (0, Retention::default());
        // One row at a time: whatever is left in between must be true as well.
        while store.remove_expired(Expiring::Notifications, retention, now, 1).await.unwrap().rows > 0 {
            rows += 1;
            let told = store.told_firing(target).await.unwrap();
            assert_eq!(told.iter().map(|it| it.notice.alert.0.as_str()).collect::<Vec<_>>(), ["a"]);
        }
        rows
    };
    let left = async || -> Vec<String> {
        let found = store.notifications(&all()).await.unwrap();
        found
            .into_iter()
            .map(|it| {
                format!(
                    "{} {}",
                    it.notice.alert.0,
                    if it.notice.status == NoticeStatus::Firing { "firing" } else { "resolved" }
                )
            })
            .collect()
    };
    assert_eq!(remove(at(2) + SETTLED).await, 0);
    assert_eq!(remove(at(3) + SETTLED).await, 4);
    assert_eq!(left().await, ["a firing", "d resolved", "e firing"]);
    assert_eq!(remove(at(101) + SETTLED).await, 1);
    assert_eq!(left().await, ["a firing", "e firing"]);
}

pub async fn what_fires_is_the_last_that_a_target_was_told_of_an_alert<B: Backend>(backend: B) {
    let store = backend.store();
    let target = add(&*store, target("on call")).await.id;
    tell(&*store, &[firing("a"), firing("b"), firing("c"), resolved("b")]).await;
    let told = async || -> Vec<String> {
        store.told_firing(target).await.unwrap().into_iter().map(|it| it.notice.alert.0).collect()
    };
    assert_eq!(told().await, [""; 0]);
    for _ in 0..2 {
        let next = first(&*store, target).await;
        store.note_attempt(&next.id, &Attempt::Delivered, at(2)).await.unwrap();
    }
    // That `b` is over waits to be told: it is not told to fire meanwhile.
    assert_eq!(told().await, ["a"]);
    let given_up = Attempt::GivenUp { error: "no".to_owned() };
    let next = first(&*store, target).await;
    store.note_attempt(&next.id, &given_up, at(3)).await.unwrap();
    let next = first(&*store, target).await;
    store.note_attempt(&next.id, &Attempt::Delivered, at(4)).await.unwrap();
    assert_eq!(told().await, ["a"]);
}
