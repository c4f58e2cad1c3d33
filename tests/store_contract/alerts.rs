//! Alerts from their beginning to their end, and silences.

use crossfade::domain::alert::{
    Acted, AlertState, Condition, Ended, Episode, FrozenAlert, Reading, Silence, SilenceId, StateWord, Subject,
};
use crossfade::domain::alert_notice::{AlertId, Severity};
use crossfade::domain::feature::FeatureId;
use crossfade::domain::gradual::Pace;
use crossfade::domain::migration::MigrationId;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::policy::{AlertAction, AlertKind, AutoRollback, Policy};
use crossfade::domain::reason::Reason;
use crossfade::domain::rollback::RollbackId;
use crossfade::domain::snapshot::Snapshot;
use crossfade::server::store::{AlertQuery, AlertWrite, CommitError, Store, Write};

use crate::backend::Backend;
use crate::decided::{actor, change, frozen, kimi};
use crate::sample::{at, key, new_feature};

fn id(text: &str) -> AlertId {
    AlertId(text.to_owned())
}

/// A pending alert of `kimi`, with everything that it can have.
pub fn alert(name: &str, snapshot: &Snapshot) -> Episode {
    let reading = Reading {
        condition: Condition::Breach,
        value: Some(0.12),
        limit: 0.05,
        lower: Some(0.07),
        upper: None,
        n: 500,
        reason: "error rate 12 %".to_owned(),
    };
    let gradual = AutoRollback::Gradual { target: Percentage::from_whole(1), pace: Pace::DEFAULT };
    Episode {
        id: id(name),
        subject: Subject {
            migration: snapshot.migration.id,
            feature: Some(snapshot.feature.id),
            entry: Some(snapshot.feature.entry),
        },
        rule: "error_rate".to_owned(),
        kind: AlertKind::ErrorRate,
        severity: Severity::Critical,
        action: AlertAction::RollBack(gradual),
        policy_version: 3,
        state: AlertState::Pending { held_ms: 4_000 },
        pending_at: at(1),
        seen_at: at(2),
        reading,
        frozen_digest: None,
        acted: Acted::Nothing,
        told: false,
        revision: 0,
    }
}

/// What an alert of `snapshot` fired on.
pub fn fired_on(name: &str, snapshot: &Snapshot) -> FrozenAlert {
    let rule = Policy::default_policy().alert_rules()[0].clone();
    let evidence = Some(frozen(snapshot, 10).evidence);
    FrozenAlert { alert: id(name), rule, reading: alert(name, snapshot).reading, evidence }
}

pub fn silence(name: &str, snapshot: &Snapshot) -> Silence {
    Silence {
        id: SilenceId(name.to_owned()),
        migration: snapshot.migration.id,
        feature: Some(snapshot.feature.id),
        rule: Some("error_rate".to_owned()),
        from: at(0),
        until: at(100),
        reason: Reason::parse("we know").unwrap(),
        actor: actor("user:ada"),
        ended: None,
    }
}

pub fn keep(episode: &Episode, frozen: Option<FrozenAlert>) -> Write {
    Write::Alert(AlertWrite::Keep { episode: Box::new(episode.clone()), frozen: frozen.map(Box::new) })
}

async fn write(store: &dyn Store, write: Write) -> Result<(), CommitError> {
    store.commit(&change(10, vec![write], vec![])).await
}

/// `episode` as it is after it was written.
fn written(episode: &Episode) -> Episode {
    Episode { revision: episode.revision + 1, ..episode.clone() }
}

pub async fn an_alert_is_kept_with_all_that_it_has_from_its_beginning_to_its_end<B: Backend>(mut backend: B) {
    let kimi = kimi(&*backend.store()).await;
    let on = fired_on("a", &kimi);
    let mut now = alert("a", &kimi);
    for (state, acted, frozen) in [
        (AlertState::Pending { held_ms: 4_000 }, Acted::Nothing, None),
        (AlertState::Firing { since: at(3), clear_ms: 7 }, Acted::Held, Some(on.clone())),
        (AlertState::Firing { since: at(3), clear_ms: 0 }, Acted::RolledBack(RollbackId("r".to_owned())), None),
        (
            AlertState::Resolved { since: at(3), at: at(9), reason: "all is well".to_owned() },
            Acted::RolledBack(RollbackId("r".to_owned())),
            None,
        ),
    ] {
        let digest = frozen.as_ref().map(FrozenAlert::digest).or(now.frozen_digest);
        let told = acted != Acted::Nothing;
        now = Episode { state, acted, told, frozen_digest: digest, ..now };
        write(&*backend.store(), keep(&now, frozen)).await.unwrap();
        now = written(&now);
        backend.reopen().await;
        let store = backend.store();
        assert_eq!(store.alert(&now.id).await.unwrap().as_ref(), Some(&now));
        let open = store.open_alerts().await.unwrap();
        assert_eq!(open.len(), usize::from(now.state.word() != StateWord::Resolved));
        assert_eq!(store.frozen_alert(&now.id).await.unwrap().is_some(), now.frozen_digest.is_some());
    }
    let store = backend.store();
    let kept = store.frozen_alert(&now.id).await.unwrap().unwrap();
    assert_eq!((&kept, Some(kept.digest())), (&on, now.frozen_digest));
    assert_eq!(store.alert(&id("b")).await.unwrap(), None);
    assert_eq!(store.frozen_alert(&id("b")).await.unwrap(), None);
    // One of the machine, with as little as there can be.
    let subject = Subject { feature: None, entry: None, ..now.subject };
    let machine = Episode { subject, kind: AlertKind::System, action: AlertAction::Notify, ..alert("c", &kimi) };
    write(&*store, keep(&machine, None)).await.unwrap();
    assert_eq!(store.open_alerts().await.unwrap(), [written(&machine)]);
}

pub async fn a_rule_has_one_alert_at_a_time_about_the_same<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let first = alert("a", &kimi);
    write(&*store, keep(&first, None)).await.unwrap();
    let again = write(&*store, keep(&alert("b", &kimi), None)).await;
    assert!(matches!(again, Err(CommitError::Stale { .. })), "{again:?}");
    let machine = Subject { feature: None, entry: None, ..first.subject };
    for other in
        [Episode { rule: "other".to_owned(), ..alert("b", &kimi) }, Episode { subject: machine, ..alert("c", &kimi) }]
    {
        write(&*store, keep(&other, None)).await.unwrap();
    }
    let over = AlertState::Resolved { since: at(3), at: at(9), reason: "all is well".to_owned() };
    write(&*store, keep(&Episode { state: over, ..written(&first) }, None)).await.unwrap();
    write(&*store, keep(&alert("d", &kimi), None)).await.unwrap();
    let open: Vec<String> = store.open_alerts().await.unwrap().into_iter().map(|alert| alert.id.0).collect();
    assert_eq!(open, ["b", "c", "d"]);
}

pub async fn an_alert_is_written_by_whoever_read_it_last<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let first = alert("a", &kimi);
    write(&*store, keep(&first, None)).await.unwrap();
    let second = written(&first);
    write(&*store, keep(&second, None)).await.unwrap();
    let stale = write(&*store, keep(&second, None)).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "{stale:?}");
    let forget = |revision| Write::Alert(AlertWrite::Forget { alert: id("a"), revision });
    assert!(matches!(write(&*store, forget(1)).await, Err(CommitError::Stale { .. })));
    write(&*store, forget(2)).await.unwrap();
    assert_eq!(store.alert(&id("a")).await.unwrap(), None);
    // What has fired is kept for good.
    let firing = Episode { state: AlertState::Firing { since: at(3), clear_ms: 0 }, ..alert("b", &kimi) };
    write(&*store, keep(&firing, None)).await.unwrap();
    let forget = Write::Alert(AlertWrite::Forget { alert: id("b"), revision: 1 });
    assert!(matches!(write(&*store, forget).await, Err(CommitError::Stale { .. })));
}

pub async fn traffic_is_taken_back_once_for_an_alert<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let pending = alert("a", &kimi);
    write(&*store, keep(&pending, None)).await.unwrap();
    let acted = |rollback: &str| {
        Write::Alert(AlertWrite::RolledBack { alert: id("a"), rollback: RollbackId(rollback.to_owned()) })
    };
    assert!(matches!(write(&*store, acted("r")).await, Err(CommitError::Stale { .. })), "it does not fire yet");
    let firing = Episode { state: AlertState::Firing { since: at(3), clear_ms: 0 }, ..written(&pending) };
    write(&*store, keep(&firing, None)).await.unwrap();
    write(&*store, acted("r")).await.unwrap();
    let found = store.alert(&id("a")).await.unwrap().unwrap();
    assert_eq!((found.acted, found.revision), (Acted::RolledBack(RollbackId("r".to_owned())), 3));
    assert!(matches!(write(&*store, acted("s")).await, Err(CommitError::Stale { .. })));
}

pub async fn alerts_are_found_by_each_part_of_the_question<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    store.commit(&new_feature("files", "other")).await.unwrap();
    let other = store.snapshot(&key("other")).await.unwrap().unwrap();
    let over = AlertState::Resolved { since: at(3), at: at(9), reason: "all is well".to_owned() };
    for episode in [
        Episode { state: over, ..alert("a", &kimi) },
        Episode {
            state: AlertState::Firing { since: at(3), clear_ms: 0 },
            acted: Acted::RolledBack(RollbackId("r".to_owned())),
            ..alert("b", &kimi)
        },
        alert("c", &other),
    ] {
        write(&*store, keep(&episode, None)).await.unwrap();
    }
    let any = AlertQuery { limit: 10, ..AlertQuery::default() };
    for (query, expected) in [
        (any.clone(), &["c", "b", "a"][..]),
        (AlertQuery { limit: 2, ..any.clone() }, &["c", "b"]),
        (AlertQuery { before: Some(id("b")), ..any.clone() }, &["a"]),
        (AlertQuery { migration: Some(kimi.migration.id), ..any.clone() }, &["c", "b", "a"]),
        (AlertQuery { migration: Some(MigrationId(99)), ..any.clone() }, &[]),
        (AlertQuery { feature: Some(kimi.feature.id), ..any.clone() }, &["b", "a"]),
        (AlertQuery { feature: Some(FeatureId(99)), ..any.clone() }, &[]),
        (AlertQuery { state: Some(StateWord::Resolved), ..any.clone() }, &["a"]),
        (AlertQuery { state: Some(StateWord::Firing), ..any.clone() }, &["b"]),
        (AlertQuery { state: Some(StateWord::Pending), ..any.clone() }, &["c"]),
        (AlertQuery { rollback: Some(RollbackId("r".to_owned())), ..any.clone() }, &["b"]),
        (AlertQuery { rollback: Some(RollbackId("s".to_owned())), ..any.clone() }, &[]),
        (AlertQuery { not_over_by: Some(at(8)), ..any.clone() }, &["c", "b", "a"]),
        (AlertQuery { not_over_by: Some(at(9)), ..any }, &["c", "b"]),
    ] {
        let found: Vec<String> = store.alerts(&query).await.unwrap().into_iter().map(|it| it.id.0).collect();
        assert_eq!(found, expected, "{query:?}");
    }
}

pub async fn a_silence_is_kept_until_it_is_over_or_ended<B: Backend>(mut backend: B) {
    let kimi = kimi(&*backend.store()).await;
    let first = silence("a", &kimi);
    let second = Silence { feature: None, rule: None, from: at(50), until: at(200), ..silence("b", &kimi) };
    for silence in [&first, &second] {
        let begun = Write::Alert(AlertWrite::Silence(Box::new(silence.clone())));
        write(&*backend.store(), begun).await.unwrap();
    }
    backend.reopen().await;
    let store = backend.store();
    assert_eq!(store.silences(10).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(store.silences(1).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(store.silence(&first.id).await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.silence(&SilenceId("c".to_owned())).await.unwrap(), None);
    for (seconds, expected) in [(-1, &[][..]), (0, &["a"]), (50, &["a", "b"]), (100, &["b"]), (200, &[])] {
        let found: Vec<String> = store.silences_at(at(seconds)).await.unwrap().into_iter().map(|it| it.id.0).collect();
        assert_eq!(found, expected, "{seconds}");
    }
    let ended = Ended { at: at(60), by: actor("user:mary") };
    let end = || Write::Alert(AlertWrite::EndSilence { silence: second.id.clone(), ended: ended.clone() });
    write(&*store, end()).await.unwrap();
    assert!(matches!(write(&*store, end()).await, Err(CommitError::Stale { .. })));
    let found = store.silence(&second.id).await.unwrap().unwrap();
    assert_eq!(found, Silence { ended: Some(ended), ..second });
    assert_eq!(store.silences_at(at(150)).await.unwrap(), []);
}
