//! Migrations, features, their changes and the schema that holds them.

use chrono::TimeDelta;
use crossfade::domain::feature::{Feature, FeatureId, Switch};
use crossfade::domain::migration::{Migration, SampleRate};
use crossfade::domain::percentage::Percentage;
use crossfade::domain::rollout::{ChangeKind, RolloutChange};
use crossfade::domain::text::Actor;
use crossfade::server::store::{Change, CommitError, Store, StoreError};

use crate::backend::Backend;
use crate::sample::{all_hours, all_minutes, at, feature, key, new_feature, new_migration, slug};

pub async fn a_fresh_store_has_the_current_schema_and_nothing_in_it<B: Backend>(backend: B) {
    let store = backend.store();
    store.check().await.unwrap();
    assert_eq!(store.migrations().await.unwrap(), []);
    assert_eq!(store.features().await.unwrap(), []);
    assert_eq!(store.last_seen().await.unwrap(), []);
    for query in [all_minutes(), all_hours()] {
        assert_eq!(store.observations(&query).await.unwrap(), []);
        assert_eq!(store.comparisons(&query).await.unwrap(), []);
        assert!(store.distinct_units(&query).await.unwrap().is_empty());
        assert_eq!(store.discrepancies(&query, 10).await.unwrap(), []);
        assert_eq!(store.error_kinds(&query, 10).await.unwrap(), []);
    }
}

pub async fn a_missing_a_foreign_and_a_changed_migration_are_told_as_schema_errors<B: Backend>(backend: B) {
    let store = backend.store();
    for (change, undo) in [
        (
            "CREATE TABLE aside AS SELECT * FROM _sqlx_migrations; DELETE FROM _sqlx_migrations WHERE version = 1",
            "INSERT INTO _sqlx_migrations SELECT * FROM aside WHERE version = 1; DROP TABLE aside",
        ),
        (
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', true, '', 0)",
            "DELETE FROM _sqlx_migrations WHERE version = 9999",
        ),
        (
            "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1",
            "UPDATE _sqlx_migrations SET version = 1 WHERE version = 9999",
        ),
        (
            "CREATE TABLE aside AS SELECT * FROM _sqlx_migrations; UPDATE _sqlx_migrations SET checksum = 'other'",
            "DELETE FROM _sqlx_migrations; INSERT INTO _sqlx_migrations SELECT * FROM aside; DROP TABLE aside",
        ),
    ] {
        backend.execute(change).await;
        let error = store.check().await.unwrap_err();
        assert!(matches!(error, StoreError::Schema(_)), "{change}: {error:?}");
        backend.execute(undo).await;
        store.check().await.unwrap();
    }
}

pub async fn a_new_migration_starts_with_its_switches_on<B: Backend>(backend: B) {
    let store = backend.store();
    store.commit(&new_migration("files")).await.unwrap();
    let migration = store.migration(&slug("files")).await.unwrap().unwrap();
    assert_eq!(migration.slug, slug("files"));
    assert_eq!(migration.name.as_str(), "The files migration");
    assert_eq!(migration.candidate_enabled, Switch::On);
    assert_eq!(migration.fallback_to_legacy, Switch::On);
    assert_eq!(migration.shadow.enabled, Switch::On);
    assert_eq!(migration.shadow.sample_rate, SampleRate::DEFAULT);
    assert_eq!(migration.created_at, at(0));
    assert_eq!(migration.version, 1);
    assert_eq!(store.migrations().await.unwrap(), [migration]);
    assert_eq!(store.features().await.unwrap(), []);
}

pub async fn migrations_and_features_come_in_the_order_of_their_creation<B: Backend>(backend: B) {
    let store = backend.store();
    for slug in ["zeta", "alpha", "mid"] {
        store.commit(&new_migration(slug)).await.unwrap();
    }
    for (migration, key) in [("alpha", "z"), ("zeta", "m"), ("alpha", "a"), ("mid", "b")] {
        store.commit(&new_feature(migration, key)).await.unwrap();
    }
    let migrations = store.migrations().await.unwrap();
    let features = store.features().await.unwrap();
    assert_eq!(migrations.iter().map(|it| it.slug.as_str()).collect::<Vec<_>>(), ["zeta", "alpha", "mid"]);
    assert_eq!(features.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["z", "m", "a", "b"]);
    for expected in features {
        let (migration, feature) = store.feature(&expected.key).await.unwrap().unwrap();
        assert_eq!(feature, expected);
        assert_eq!(migration.id, feature.migration);
        assert_eq!(store.migration(&migration.slug).await.unwrap(), Some(migration));
    }
}

pub async fn what_is_not_there_is_none_and_not_an_error<B: Backend>(backend: B) {
    let store = backend.store();
    feature(&*store, "kimi").await;
    assert_eq!(store.migration(&slug("kimi")).await.unwrap(), None);
    assert_eq!(store.feature(&key("files")).await.unwrap(), None);
    assert_eq!(store.feature(&key("kim")).await.unwrap(), None);
    let unknown = FeatureId(987_654);
    assert_eq!(store.rollout_history(unknown, None, 10).await.unwrap(), []);
    assert_eq!(store.operations(unknown).await.unwrap(), []);
}

pub async fn a_new_feature_starts_at_0_per_cent_with_its_first_rollout_change<B: Backend>(backend: B) {
    let store = backend.store();
    let id = feature(&*store, "kimi").await;
    let (migration, feature) = store.feature(&key("kimi")).await.unwrap().unwrap();
    assert_eq!(migration.slug, slug("files"));
    assert_eq!(feature.migration, migration.id);
    assert_eq!(feature.name.as_str(), "The kimi feature");
    assert_eq!(feature.enabled, Switch::On);
    assert_eq!(feature.configured, Percentage::ZERO);
    assert_eq!(feature.stage, "shadow");
    assert_eq!((feature.entered_at, feature.created_at, feature.version), (at(0), at(0), 1));
    assert_eq!(store.features().await.unwrap(), [feature]);
    let history = store.rollout_history(id, None, 10).await.unwrap();
    let first = RolloutChange {
        id: history[0].id,
        feature: id,
        at: at(0),
        kind: ChangeKind::Created,
        from: None,
        to: Percentage::ZERO,
        from_stage: None,
        stage: "shadow".to_owned(),
        actor: Actor::panel(),
        reason: "kimi is to be moved".to_owned(),
        policy_version: None,
        detail: None,
        overridden: Vec::new(),
        rollback: None,
        has_evidence: false,
    };
    assert_eq!(history, [first]);
}

pub async fn a_slug_that_is_taken_changes_nothing<B: Backend>(backend: B) {
    let store = backend.store();
    store.commit(&new_migration("files")).await.unwrap();
    let before = store.migrations().await.unwrap();
    let mut again = new_migration("files");
    again.actor = Actor::rest();
    again.at = at(60);
    expect_exists(&*store, &again, "migration files").await;
    assert_eq!(store.migrations().await.unwrap(), before);
}

pub async fn a_key_that_is_taken_changes_nothing_in_whatever_migration<B: Backend>(backend: B) {
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    store.commit(&new_migration("other")).await.unwrap();
    let before = (store.features().await.unwrap(), store.rollout_history(kimi, None, 10).await.unwrap());
    for migration in ["files", "other"] {
        let mut again = new_feature(migration, "kimi");
        again.at = at(60);
        expect_exists(&*store, &again, "feature kimi").await;
    }
    assert_eq!((store.features().await.unwrap(), store.rollout_history(kimi, None, 10).await.unwrap()), before);
}

pub async fn a_feature_of_an_unknown_migration_is_not_created<B: Backend>(backend: B) {
    let store = backend.store();
    let error = store.commit(&new_feature("files", "kimi")).await.unwrap_err();
    assert!(matches!(&error, CommitError::NotFound { what } if what == "migration files"), "{error:?}");
    assert_eq!(store.features().await.unwrap(), []);
    // The failed change is out of the way.
    feature(&*store, "kimi").await;
}

pub async fn rollout_history_is_limited_and_of_one_feature<B: Backend>(backend: B) {
    let store = backend.store();
    let (kimi, supabase) = (feature(&*store, "kimi").await, feature(&*store, "supabase").await);
    for (limit, expected) in [(0, 0), (1, 1), (100, 1), (u32::MAX, 1)] {
        assert_eq!(store.rollout_history(kimi, None, limit).await.unwrap().len(), expected, "limit {limit}");
    }
    assert_eq!(store.rollout_history(supabase, None, 10).await.unwrap()[0].reason, "supabase is to be moved");
}

pub async fn moments_are_kept_to_the_millisecond<B: Backend>(backend: B) {
    let store = backend.store();
    let (written, read) = (TimeDelta::microseconds(1_234_567), TimeDelta::milliseconds(1_234));
    let mut migration = new_migration("files");
    migration.at = at(0) + written;
    store.commit(&migration).await.unwrap();
    let mut feature = new_feature("files", "kimi");
    feature.at = at(-60) + written;
    store.commit(&feature).await.unwrap();
    let (migration, feature) = store.feature(&key("kimi")).await.unwrap().unwrap();
    assert_eq!(migration.created_at, at(0) + read);
    assert_eq!((feature.created_at, feature.entered_at), (at(-60) + read, at(-60) + read));
    assert_eq!(store.rollout_history(feature.id, None, 1).await.unwrap()[0].at, at(-60) + read);
}

pub async fn what_was_committed_is_there_after_a_restart<B: Backend>(mut backend: B) {
    let id = feature(&*backend.store(), "kimi").await;
    let before = everything(&*backend.store(), id).await;
    backend.reopen().await;
    backend.store().check().await.unwrap();
    assert_eq!(everything(&*backend.store(), id).await, before);
    // Numbers go on from where they were.
    assert_ne!(feature(&*backend.store(), "supabase").await, id);
}

async fn everything(store: &dyn Store, feature: FeatureId) -> (Vec<Migration>, Vec<Feature>, Vec<RolloutChange>) {
    (
        store.migrations().await.unwrap(),
        store.features().await.unwrap(),
        store.rollout_history(feature, None, 100).await.unwrap(),
    )
}

async fn expect_exists(store: &dyn Store, change: &Change, expected: &str) {
    let error = store.commit(change).await.unwrap_err();
    assert!(matches!(&error, CommitError::Exists { what } if what == expected), "{error:?}");
}
