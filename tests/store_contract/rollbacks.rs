//! Rollbacks: every kind with how far it has come, and at most one a feature with steps to make.

use crossfade::domain::feature::ActiveGradual;
use crossfade::domain::percentage::Percentage;
use crossfade::domain::rollback::{Covered, Progress, Rollback, RollbackId, RollbackKind, Scope};
use crossfade::server::store::{CommitError, RollbackQuery, Store, Write};

use crate::backend::Backend;
use crate::decided::{actor, change, gradual, kimi, open, plan};
use crate::sample::{at, key, new_feature};

pub async fn every_rollback_is_kept_with_how_far_it_has_come<B: Backend>(mut backend: B) {
    let kimi = kimi(&*backend.store()).await;
    let migration = Scope::Migration(kimi.migration.id, kimi.migration.slug.clone());
    let of_feature = gradual("a", &kimi, 0).scope;
    let covered = [Percentage::ZERO, Percentage::from_basis_points(29).unwrap(), Percentage::FULL];
    let covered = covered.map(|from| Covered { feature: key("kimi"), from });
    let mut kept: Vec<Rollback> = [
        (RollbackKind::Feature, of_feature.clone(), Progress::InEffect { since: at(3) }),
        (RollbackKind::Emergency, migration, Progress::Verified { since: at(3), at: at(120) }),
        (RollbackKind::Emergency, Scope::Everything, Progress::InEffect { since: at(4) }),
        (RollbackKind::Gradual(plan(5)), of_feature.clone(), Progress::Stepping),
        (RollbackKind::Gradual(plan(6)), of_feature.clone(), Progress::PreEmpted { at: at(9) }),
        (RollbackKind::Gradual(plan(7)), of_feature, Progress::Cancelled { at: at(9), by: actor("user:grace") }),
    ]
    .into_iter()
    .zip(0..)
    .map(|((kind, scope, progress), index)| Rollback {
        kind,
        scope,
        progress,
        covered: covered[..usize::try_from(index % 4).unwrap()].to_vec(),
        ..gradual(&format!("r{index}"), &kimi, index)
    })
    .collect();
    for rollback in &kept {
        backend.store().commit(&change(10, vec![open(rollback)], vec![])).await.unwrap();
    }
    backend.reopen().await;
    let store = backend.store();
    for rollback in &kept {
        let found = store.rollbacks(&RollbackQuery::One(rollback.id.clone())).await.unwrap();
        assert_eq!(found, std::slice::from_ref(rollback));
    }
    kept.reverse();
    assert_eq!(store.rollbacks(&RollbackQuery::Newest { limit: 100 }).await.unwrap(), kept);
    assert_eq!(store.rollbacks(&RollbackQuery::Newest { limit: 2 }).await.unwrap(), kept[..2]);
    assert_eq!(names(&*store, &RollbackQuery::Open).await, ["r3", "r2", "r0"]);
    assert_eq!(names(&*store, &RollbackQuery::One(RollbackId("r".to_owned()))).await, [""; 0]);
}

pub async fn a_feature_has_the_gradual_rollback_that_is_stepping<B: Backend>(backend: B) {
    let store = backend.store();
    let before = kimi(&*store).await;
    assert_eq!(before.feature.gradual, None);
    store.commit(&new_feature("files", "other")).await.unwrap();
    store.commit(&change(10, vec![open(&gradual("a", &before, 10))], vec![])).await.unwrap();
    let active = Some(ActiveGradual { rollback: RollbackId("a".to_owned()), plan: plan(10) });
    assert_eq!(kimi(&*store).await.feature.gradual, active);
    assert_eq!(store.feature(&key("kimi")).await.unwrap().unwrap().1.gradual, active);
    let features = store.features().await.unwrap();
    assert_eq!(features.iter().map(|it| it.gradual.clone()).collect::<Vec<_>>(), [active, None]);

    // A second one does not begin until the first is over; one of another feature does.
    let second = change(20, vec![open(&gradual("b", &before, 20))], vec![]);
    assert!(matches!(store.commit(&second).await, Err(CommitError::Stale { .. })));
    let other = store.snapshot(&key("other")).await.unwrap().unwrap();
    store.commit(&change(20, vec![open(&gradual("c", &other, 20))], vec![])).await.unwrap();
    for (now, seconds) in [
        (Progress::InEffect { since: at(30) }, 30),
        (Progress::Cancelled { at: at(30), by: actor("user:ada") }, 40),
        (Progress::PreEmpted { at: at(30) }, 50),
    ] {
        let Some(active) = kimi(&*store).await.feature.gradual else { panic!("it steps") };
        let id = format!("d{seconds}");
        let progress = Write::Progress { rollback: active.rollback, expected: Progress::Stepping, now };
        let next = open(&gradual(&id, &before, seconds));
        store.commit(&change(30, vec![progress, next], vec![])).await.unwrap();
        assert_eq!(kimi(&*store).await.feature.gradual.unwrap().rollback.0, id);
    }
}

pub async fn progress_goes_on_from_what_was_expected<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = kimi(&*store).await;
    store.commit(&change(10, vec![open(&gradual("a", &kimi, 10))], vec![])).await.unwrap();
    let id = RollbackId("a".to_owned());
    let step = |expected: &Progress, now: &Progress| {
        change(20, vec![Write::Progress { rollback: id.clone(), expected: expected.clone(), now: now.clone() }], vec![])
    };
    let in_effect = Progress::InEffect { since: at(60) };
    let verified = Progress::Verified { since: at(60), at: at(180) };
    assert!(store.commit(&step(&in_effect, &verified)).await.is_err(), "it steps still");
    for (expected, now) in [(Progress::Stepping, in_effect.clone()), (in_effect.clone(), verified.clone())] {
        store.commit(&step(&expected, &now)).await.unwrap();
        assert_eq!(store.rollbacks(&RollbackQuery::One(id.clone())).await.unwrap()[0].progress, now);
        assert!(matches!(store.commit(&step(&expected, &now)).await, Err(CommitError::Stale { .. })));
    }
    assert_eq!(names(&*store, &RollbackQuery::Open).await, [""; 0]);
}

async fn names(store: &dyn Store, query: &RollbackQuery) -> Vec<String> {
    store.rollbacks(query).await.unwrap().into_iter().map(|rollback| rollback.id.0).collect()
}
