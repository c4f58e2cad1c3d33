//! Features, migrations and policies as they change, the gates that were frozen with it, and what is refused as stale.

use crossfade::domain::feature::{Feature, FeatureId, Switch};
use crossfade::domain::migration::{Migration, SampleRate, ShadowSetting};
use crossfade::domain::percentage::Percentage;
use crossfade::domain::policy::Policy;
use crossfade::domain::rollback::{Progress, RollbackId};
use crossfade::domain::rollout::RolloutChange;
use crossfade::domain::series::{Counts, EntryMinute};
use crossfade::domain::snapshot::{PolicyVersion, Snapshot};
use crossfade::domain::stage_clock::{Pace, StageClock};
use crossfade::server::store::{CommitError, Store, Write};

use crate::backend::Backend;
use crate::decided::{Everything, actor, change, draft, frozen, gradual, kimi, open, rollout_change, sign_off};
use crate::sample::{at, key, new_feature, new_migration};

pub async fn a_snapshot_is_a_feature_with_its_migration_and_the_policy_in_force<B: Backend>(backend: B) {
    let store = backend.store();
    assert_eq!(store.snapshot(&key("kimi")).await.unwrap(), None);
    assert_eq!(store.snapshots().await.unwrap(), []);
    let kimi = kimi(&*store).await;
    store.commit(&new_migration("other")).await.unwrap();
    store.commit(&new_feature("other", "a")).await.unwrap();
    let second = second_policy();
    store.commit(&change(60, vec![policy(&kimi, second.clone())], vec![])).await.unwrap();

    let found = store.snapshot(&key("kimi")).await.unwrap().unwrap();
    let (migration, feature) = store.feature(&key("kimi")).await.unwrap().unwrap();
    assert_eq!(found, Snapshot { migration, feature, policy: second });
    let other = store.snapshot(&key("a")).await.unwrap().unwrap();
    assert_eq!((other.policy.version, other.migration.slug.as_str()), (1, "other"));
    assert_eq!(other.policy.policy, Policy::default_policy());
    assert_eq!(store.snapshots().await.unwrap(), [found, other]);
}

pub async fn a_feature_is_kept_with_all_that_it_has<B: Backend>(mut backend: B) {
    let before = kimi(&*backend.store()).await.feature;
    let counts = |ok| Counts { ok, errors: 2, caller_errors: 3, fallbacks: 4 };
    let mut minute = EntryMinute { legacy: counts(1), candidate: counts(5), ..EntryMinute::default() };
    minute.shadow.mismatches = 6;
    let stopped = StageClock::started(Pace::Runs, at(10)).set(Pace::StandsStill, at(17));
    for (version, (configured, stage, entered_by, before_entry, clock)) in (1..).zip([
        (29, "1%", Some("user:grace"), minute, stopped.set(Pace::Runs, at(20))),
        (10_000, "complete", None, EntryMinute::default(), stopped),
    ]) {
        let after = Feature {
            enabled: if version == 1 { Switch::Off } else { Switch::On },
            configured: Percentage::from_basis_points(configured).unwrap(),
            stage: stage.to_owned(),
            entered_at: at(20 + version),
            entry: 1 + version,
            entered_by: entered_by.map(actor),
            before_entry,
            clock,
            version: version + 1,
            ..before.clone()
        };
        let write = Write::Feature { feature: after.clone(), expected: version };
        backend.store().commit(&change(30, vec![write], vec![])).await.unwrap();
        backend.reopen().await;
        assert_eq!(backend.store().features().await.unwrap(), [after]);
    }
}

pub async fn a_migration_is_kept_with_all_its_switches<B: Backend>(backend: B) {
    let store = backend.store();
    let mut migration = kimi(&*store).await.migration;
    for (candidate, fallback, shadow, rate) in
        [(false, true, true, 0.0), (true, false, true, 1.0), (true, true, false, 0.123)]
    {
        let after = Migration {
            candidate_enabled: Switch::from_bool(candidate),
            fallback_to_legacy: Switch::from_bool(fallback),
            shadow: ShadowSetting { enabled: Switch::from_bool(shadow), sample_rate: SampleRate::new(rate).unwrap() },
            version: migration.version + 1,
            ..migration.clone()
        };
        let write = Write::Migration { migration: after.clone(), expected: migration.version };
        store.commit(&change(30, vec![write], vec![])).await.unwrap();
        assert_eq!(store.migrations().await.unwrap(), std::slice::from_ref(&after));
        migration = after;
    }
}

pub async fn policies_come_newest_first_and_follow_each_other<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let [first] = &store.policies(kimi.migration.id).await.unwrap()[..] else { panic!("one version") };
    assert_eq!((first.version, &first.policy), (1, &Policy::default_policy()));
    assert_eq!((first.at, first.actor.as_str(), first.reason.as_str()), (at(0), "panel", "the default policy"));
    let second = second_policy();
    store.commit(&change(60, vec![policy(&kimi, second.clone())], vec![])).await.unwrap();
    assert_eq!(store.policies(kimi.migration.id).await.unwrap(), [second.clone(), first.clone()]);
    for version in [1, 2, 4] {
        expect_stale(&*store, vec![policy(&kimi, PolicyVersion { version, ..second.clone() })], "the policy").await;
    }
    store.commit(&new_migration("other")).await.unwrap();
    let other = store.migrations().await.unwrap()[1].id;
    assert_eq!(store.policies(other).await.unwrap().len(), 1);
}

pub async fn gates_are_frozen_with_their_change_and_come_newest_first<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let (early, late) = (frozen(&kimi, 100), frozen(&kimi, 200));
    for (seconds, frozen) in [(100, Some(early.clone())), (150, None), (200, Some(late.clone()))] {
        let write = Write::RolloutChange { change: rollout_change(&kimi, seconds), frozen: frozen.map(Box::new) };
        store.commit(&change(seconds, vec![write], vec![])).await.unwrap();
    }
    let history = store.rollout_history(kimi.feature.id, None, 10).await.unwrap();
    let told: Vec<(bool, &str)> = history.iter().map(|it| (it.has_evidence, it.reason.as_str())).collect();
    let expected = [(true, "change 200"), (false, "change 150"), (true, "change 100"), (false, "kimi is to be moved")];
    assert_eq!(told, expected);
    let all = store.frozen_gates(kimi.feature.id, 10).await.unwrap();
    assert_eq!(all, [(history[0].clone(), late), (history[2].clone(), early)]);
    assert_eq!(all[0].1.evidence.digest(), all[0].1.report.evidence_digest);
    assert_eq!(store.frozen_gates(kimi.feature.id, 1).await.unwrap(), all[..1]);
    assert_eq!(store.frozen_gates(FeatureId(987), 10).await.unwrap(), []);
    let whole = RolloutChange { id: history[1].id, ..rollout_change(&kimi, 150) };
    assert_eq!(history[1], whole);
}

pub async fn history_is_paged_without_gaps_or_repetitions<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    store.commit(&new_feature("files", "other")).await.unwrap();
    let other = store.snapshot(&key("other")).await.unwrap().unwrap();
    for second in 0..7 {
        let lines = [&kimi, &kimi, &other];
        let lines = lines.map(|it| Write::RolloutChange { change: rollout_change(it, second), frozen: None });
        store.commit(&change(second, lines.to_vec(), vec![])).await.unwrap();
    }
    let all = store.rollout_history(kimi.feature.id, None, 100).await.unwrap();
    assert_eq!(all.len(), 15);
    for page in [1, 3, 15, 16] {
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let rows = store.rollout_history(kimi.feature.id, before, page).await.unwrap();
            let Some(last) = rows.last() else { break };
            before = Some(last.id);
            paged.extend(rows);
            assert!(paged.len() <= all.len(), "pages of {page}: it does not end");
        }
        assert_eq!(paged, all, "pages of {page}");
    }
}

pub async fn a_stale_change_changes_nothing_at_all<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    let stepping = gradual("stepping", &kimi, 10);
    let over = crossfade::domain::rollback::Rollback {
        progress: Progress::InEffect { since: at(5) },
        ..gradual("over", &kimi, 5)
    };
    store.commit(&change(10, vec![open(&stepping), open(&over)], vec![draft("rollback.gradual")])).await.unwrap();
    let progress = |id: &str, expected| Write::Progress {
        rollback: RollbackId(id.to_owned()),
        expected,
        now: Progress::PreEmpted { at: at(60) },
    };
    let feature = |expected| Write::Feature { feature: Feature { version: 9, ..kimi.feature.clone() }, expected };
    let migration =
        |expected| Write::Migration { migration: Migration { version: 9, ..kimi.migration.clone() }, expected };
    let reviewed = |expected| Write::Reviewed { feature: kimi.feature.id, entry: kimi.feature.entry, expected };
    for (stale, what) in [
        (feature(0), "feature kimi"),
        (feature(2), "feature kimi"),
        (migration(2), "migration files"),
        (Write::Unchanged { feature: kimi.feature.id, expected: 2 }, "feature kimi"),
        (reviewed(1), "the stage's reviews"),
        (policy(&kimi, PolicyVersion { version: 3, ..second_policy() }), "the policy"),
        (progress("over", Progress::Stepping), "rollback over"),
        (progress("none", Progress::Stepping), "rollback none"),
        (open(&gradual("second", &kimi, 20)), "the feature's gradual rollback"),
    ] {
        expect_stale(&*store, vec![stale], what).await;
    }
    // What was right is taken.
    let unchanged = Write::Unchanged { feature: kimi.feature.id, expected: 1 };
    let right = vec![unchanged, reviewed(0), feature(1), migration(1), progress("stepping", Progress::Stepping)];
    store.commit(&change(60, right, vec![draft("feature.advanced")])).await.unwrap();
}

pub async fn a_feature_that_is_not_there_is_not_unchanged<B: Backend>(backend: B) {
    let store = backend.store();
    kimi(&*store).await;
    let write = Write::Unchanged { feature: FeatureId(987), expected: 1 };
    let error = store.commit(&change(0, vec![write], vec![draft("x.y")])).await.unwrap_err();
    assert!(matches!(error, CommitError::NotFound { .. }), "{error:?}");
    assert_eq!(store.audit_head().await.unwrap().seq, 0);
}

pub async fn of_two_changes_of_one_version_one_is_stale<B: Backend>(backend: B) {
    let (one, other) = (backend.store(), backend.another().await);
    let mut present = kimi(&*one).await.feature;
    for round in 1..=10 {
        let next = |points| Feature {
            configured: Percentage::from_basis_points(points).unwrap(),
            version: present.version + 1,
            ..present.clone()
        };
        let write =
            |feature| change(round, vec![Write::Feature { feature, expected: round }], vec![draft("feature.set")]);
        let (here, there) = (write(next(1)), write(next(2)));
        let (here, there) = tokio::join!(one.commit(&here), other.commit(&there));
        let (points, refused) = if here.is_ok() { (1, there) } else { (2, here) };
        assert!(matches!(refused, Err(CommitError::Stale { .. })), "{refused:?}");
        assert_eq!(one.features().await.unwrap(), [next(points)]);
        assert_eq!(one.audit_head().await.unwrap().seq, round);
        present = next(points);
    }
}

pub async fn a_secret_is_the_first_that_was_kept<B: Backend>(mut backend: B) {
    let store = backend.store();
    assert_eq!(store.secret("one", b"first").await.unwrap(), b"first");
    assert_eq!(store.secret("one", b"second").await.unwrap(), b"first");
    assert_eq!(store.secret("other", b"").await.unwrap(), b"");
    drop(store);
    backend.reopen().await;
    assert_eq!(backend.store().secret("one", b"third").await.unwrap(), b"first");
}

fn second_policy() -> PolicyVersion {
    let mut policy = Policy::default_policy();
    policy.stages.remove(2);
    PolicyVersion { version: 2, policy, at: at(60), actor: actor("user:ada"), reason: "fewer stages".to_owned() }
}

fn policy(of: &Snapshot, policy: PolicyVersion) -> Write {
    Write::Policy { migration: of.migration.id, policy }
}

/// Makes `stale` after writes that would do, and finds nothing of them.
async fn expect_stale(store: &dyn Store, stale: Vec<Write>, expected: &str) {
    let kimi = kimi(store).await;
    let before = Everything::of(store).await;
    let mut writes = vec![
        Write::RolloutChange { change: rollout_change(&kimi, 50), frozen: Some(Box::new(frozen(&kimi, 50))) },
        Write::SignOff(Box::new(sign_off("not-kept", &kimi, 50))),
    ];
    // What is guarded comes first, as the sign-off above would count.
    writes.splice(0..0, stale);
    let error = store.commit(&change(50, writes.clone(), vec![draft("feature.advanced")])).await.unwrap_err();
    assert!(matches!(&error, CommitError::Stale { what } if what == expected), "{expected}: {error:?}");
    if !matches!(writes[0], Write::Reviewed { .. }) {
        writes.rotate_left(1);
        store.commit(&change(50, writes, vec![draft("feature.advanced")])).await.unwrap_err();
    }
    assert_eq!(Everything::of(store).await, before, "{expected}");
}
