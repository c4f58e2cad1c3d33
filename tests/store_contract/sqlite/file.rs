//! The database file: how it is set up, how it opens, and what is in it behind the trait.

use crossfade::domain::distinct_units::UnitTrace;
use crossfade::domain::observation::Observation;
use crossfade::domain::rollup::Minute;
use crossfade::domain::unit::Unit;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{CommitError, Item, Store as _, StoreError};
use sqlx::{Connection as _, SqliteConnection};

use crate::backend::{Backend as _, Sqlite};
use crate::sample::{at, counted, feature, folded, identified, ingest, key, new_feature, observation, with_id};

#[tokio::test]
async fn the_file_is_in_wal_mode_and_every_table_is_strict() {
    let backend = Sqlite::fresh().await;
    let mut connection = backend.connection().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap();
    assert_eq!(mode, "wal");
    // What sqlx and SQLite made for themselves is not ours.
    let lax: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
         AND name NOT IN ('_sqlx_migrations', 'sqlite_schema', 'sqlite_sequence')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(lax, [""; 0], "these tables are not strict");
}

#[tokio::test]
async fn a_store_that_was_closed_leaves_one_file_that_only_its_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let backend = Sqlite::fresh().await;
    let kimi = feature(&*backend.store(), "kimi").await;
    ingest(&*backend.store(), &[folded([Item::Observation(observation(kimi, at(0)))])]).await;
    backend.store().audit_head().await.unwrap();
    backend.store().close().await;
    let file = backend.file();
    let names = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(names.collect::<Vec<_>>(), std::slice::from_ref(&file), "its log is in the file");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn programs_that_start_at_once_on_a_new_file_all_get_a_store() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crossfade.db");
        let (a, b, c, d) = tokio::join!(
            SqliteStore::open(&file),
            SqliteStore::open(&file),
            SqliteStore::open(&file),
            SqliteStore::open(&file),
        );
        for store in [a, b, c, d] {
            store.unwrap().check().await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_plainly_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("letter.txt"), "Dear database,\n".repeat(100)).unwrap();
    for (file, expected, reason) in [
        (at("letter.txt"), "the store's schema is not the one that this program expects", "the file is not a database"),
        (at("missing/crossfade.db"), "the store is unavailable", "No such file or directory"),
        (at("letter.txt/crossfade.db"), "the store is unavailable", "Not a directory"),
        (folder.path().to_owned(), "the store is unavailable", "unable to open database file"),
    ] {
        let told = told(&SqliteStore::open(&file).await.unwrap_err());
        assert!(told.starts_with(expected) && told.contains(reason), "{}: {told}", file.display());
    }
    assert_eq!(std::fs::read_to_string(at("letter.txt")).unwrap(), "Dear database,\n".repeat(100));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let backend = Sqlite::fresh().await;
    backend
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'from the future', true, '', 0)",
        )
        .await;
    let error = SqliteStore::open(&backend.file()).await.unwrap_err();
    assert!(matches!(error, StoreError::Schema(_)), "{error:?}");
}

#[tokio::test]
async fn a_feature_without_its_first_rollout_change_is_not_created() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    feature(&*store, "kimi").await;
    backend
        .execute(
            "CREATE TRIGGER no_history BEFORE INSERT ON rollout_changes
             BEGIN SELECT RAISE(ABORT, 'no history today'); END",
        )
        .await;
    let error = store.commit(&new_feature("files", "supabase")).await.unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Failed(_))), "{error:?}");
    assert_eq!(store.feature(&key("supabase")).await.unwrap(), None);
    backend.execute("DROP TRIGGER no_history").await;
    feature(&*store, "supabase").await;
}

#[tokio::test]
async fn rollout_changes_come_newest_first() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    // The order is that of recording, whatever the clock said.
    backend
        .execute(
            "INSERT INTO rollout_changes (feature_id, at, kind, from_basis_points, to_basis_points, actor, reason)
             VALUES (1, 2000, 'created', 0, 25, 'cli:root', 'second'), (1, 1000, 'created', 25, 10000, 'rest', 'third')",
        )
        .await;
    let reasons = async |limit| -> Vec<String> {
        store.rollout_history(kimi, None, limit).await.unwrap().into_iter().map(|change| change.reason).collect()
    };
    assert_eq!(reasons(10).await, ["third", "second", "kimi is to be moved"]);
    assert_eq!(reasons(2).await, ["third", "second"]);
    let newest = &store.rollout_history(kimi, None, 1).await.unwrap()[0];
    assert_eq!((newest.from.unwrap().basis_points(), newest.to.basis_points()), (25, 10_000));
}

#[tokio::test]
async fn an_id_is_kept_with_the_minute_of_the_item_that_counted() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    // Otherwise it would be forgotten while the minute that it counted in is still kept.
    let batch =
        identified([7_200, 0, 3_600].map(|second| with_id("a", Item::Observation(observation(kimi, at(second))))));
    ingest(&*store, &[batch]).await;
    let minutes: Vec<i64> =
        sqlx::query_scalar("SELECT minute FROM ingested_ids").fetch_all(&mut backend.connection().await).await.unwrap();
    assert_eq!(minutes, [Minute::of(at(7_200)).0]);
}

#[tokio::test]
async fn no_unit_is_in_the_file() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    let unit = Some(UnitTrace::of(&Unit::parse("somebody@example.org").unwrap()));
    let item = Item::Observation(Observation { unit, ..observation(kimi, at(0)) });
    ingest(&*store, &[identified([with_id("a", item)])]).await;
    store.close().await;
    let bytes = std::fs::read(backend.file()).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("upload"), "the file is looked at");
    assert!(!holds("somebody") && !holds("example.org"), "a unit is in the file");
}

#[tokio::test]
async fn what_was_answered_survives_a_store_that_is_never_closed() {
    let backend = Sqlite::fresh().await;
    let store = backend.store();
    let kimi = feature(&*store, "kimi").await;
    ingest(&*store, &[folded((0..10).map(|second| Item::Observation(observation(kimi, at(second)))))]).await;
    // As after a crash: the file and its write-ahead log as they are on the disk, without a checkpoint.
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", backend.file().display());
        std::fs::copy(from, folder.path().join(format!("copy.db{suffix}"))).unwrap();
    }
    let copy = SqliteStore::open(&folder.path().join("copy.db")).await.unwrap();
    assert_eq!(counted(&copy).await, 10);
}

/// Everything that an error says, with its sources.
fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}

/// Checks that the database is whole.
pub async fn check_integrity(connection: &mut SqliteConnection) {
    let integrity: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut *connection).await.unwrap();
    assert_eq!(integrity, "ok");
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await.unwrap();
    assert!(dangling.is_empty(), "{} rows refer to nothing", dangling.len());
}

/// Opens `file` past the store, checks that it is whole, and closes it.
pub async fn check_file(file: &std::path::Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    check_integrity(&mut connection).await;
    connection.close().await.unwrap();
}
