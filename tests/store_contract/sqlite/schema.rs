//! The migrations of the schema: each is tried on rows of the time before it.

use std::path::{Path, PathBuf};

use crossfade::domain::difference::DifferenceKind;
use crossfade::domain::file::TaskKind;
use crossfade::domain::gate::{GateReport, judge};
use crossfade::domain::path::Path::{Candidate, Legacy};
use crossfade::domain::percentage::Percentage;
use crossfade::domain::policy::Policy;
use crossfade::domain::rollback::Progress;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{
    Batch, FileQuery, FileStore as _, FileTaskQuery, RollbackQuery, RollupQuery, Store as _,
};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::file::check_integrity;
use crate::decided::{actor, chain};
use crate::sample::{all_minutes, at, counted, hours, ingest, key, keyed, operation, repeated};

#[tokio::test]
async fn every_migration_applies_to_the_rows_of_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crossfade.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true);
    let mut connection = options.connect().await.unwrap();
    let migrations = Migrator::new(in_crate("migrations/sqlite")).await.unwrap();
    for (migration, name) in migrations.iter().zip(names_in("migrations/sqlite")) {
        migrations.run_to(migration.version, &mut connection).await.unwrap();
        check_integrity(&mut connection).await;
        let sample = in_crate("tests/store_contract/sqlite/samples").join(&name);
        let sample = std::fs::read_to_string(&sample).unwrap_or_else(|error| {
            panic!(
                "{}: {error}: give every table of {name} rows for the next migration to be tried on",
                sample.display()
            )
        });
        sqlx::raw_sql(AssertSqlSafe(sample)).execute(&mut connection).await.unwrap();
        check_integrity(&mut connection).await;
        assert_eq!(empty_tables(&mut connection).await, [""; 0], "after {name} these tables have no sample rows");
    }
    // What was there before policies asked for the default policy, in these words.
    let (document, version): (String, i64) = sqlx::query_as("SELECT document, version FROM policies ORDER BY version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((document, version), (serde_json::to_string(&Policy::default_policy()).unwrap(), 1));
    connection.close().await.unwrap();
    the_first_sample_is_read_as_it_was_written(&file).await;
    the_second_sample_is_read_as_it_was_written(&file).await;
    the_fourth_sample_is_read_as_it_was_written(&file).await;
    the_fifth_sample_is_read_as_it_was_written(&file).await;
}

#[test]
fn every_sample_belongs_to_a_migration() {
    assert_eq!(names_in("tests/store_contract/sqlite/samples"), names_in("migrations/sqlite"));
}

/// What `0001_foundation.sql` holds, through the store of today.
async fn the_first_sample_is_read_as_it_was_written(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    store.check().await.unwrap();
    let (migration, kimi) = store.feature(&key("kimi")).await.unwrap().unwrap();
    assert_eq!((migration.name.as_str(), kimi.stage.as_str()), ("The files migration", "shadow"));
    assert_eq!(kimi.entered_at, at(0));
    assert_eq!(store.rollout_history(kimi.id, None, 10).await.unwrap()[0].reason, "kimi is to be moved");
    assert_eq!(counted(&store).await, 8);
    let query = RollupQuery::of(kimi.id, hours(0, 1));
    let legacy = store.observations(&query).await.unwrap().into_iter().find(|(key, _)| key.path == Legacy).unwrap().1;
    assert_eq!((legacy.ok, legacy.errors, legacy.caller_errors, legacy.fallbacks), (2, 0, 1, 0));
    assert_eq!(legacy.latency.max_ms(), Some(120.0));
    for (rank, exact) in [(1, 0.0), (2, 80.0), (3, 120.0)] {
        let found = legacy.latency.value_at_rank(rank).unwrap();
        assert!((found - exact).abs() <= 0.01 * exact, "rank {rank}: {found} for {exact}");
    }
    let units = store.distinct_units(&query).await.unwrap();
    let of = |path| units.iter().find(|(key, _)| key.path == path).unwrap().1.estimate();
    assert_eq!((of(Legacy), of(Candidate)), (2, 1));
    assert_eq!(store.comparisons(&all_minutes()).await.unwrap()[0].1.mismatches, 1);
    let discrepancies = store.discrepancies(&RollupQuery::of(kimi.id, hours(0, 1)), 10).await.unwrap();
    assert_eq!(discrepancies[0].0.field.as_str(), "$.size");
    assert_eq!(store.error_kinds(&query, 10).await.unwrap().len(), 2);
    assert_eq!(store.operations(kimi.id).await.unwrap(), [operation("upload")]);
    assert_eq!(store.last_seen().await.unwrap().len(), 3);
    assert_eq!(ingest(&store, &[keyed("key", "body", Batch::default())]).await, [repeated(8, 0)]);
    store.close().await;
}

/// What `0002_rollout.sql` holds, through the store of today.
async fn the_second_sample_is_read_as_it_was_written(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let kimi = store.snapshot(&key("kimi")).await.unwrap().unwrap();
    assert!(kimi.feature.clock.runs() && kimi.feature.before_entry.is_nothing());
    assert_eq!((kimi.feature.entry, kimi.feature.entered_by, kimi.policy.version), (1, None, 2));
    let [second, first] = &store.policies(kimi.migration.id).await.unwrap()[..] else { panic!("two versions") };
    assert_eq!((second.policy.stages.len(), second.reason.as_str()), (4, "fewer stages"));
    let told = (first.at, first.actor.as_str(), first.reason.as_str());
    assert_eq!(told, (kimi.migration.created_at, "system", "the default policy"));

    let smart = store.snapshot(&key("smart_handler")).await.unwrap().unwrap().feature;
    assert_eq!((smart.stage.as_str(), smart.entry, smart.configured), ("1%", 2, Percentage::from_whole(1)));
    assert_eq!((smart.entered_by, smart.before_entry.candidate.errors), (Some(actor("user:ada")), 2));
    assert_eq!(smart.clock.to_parts(), (7_000, None));
    assert_eq!(smart.gradual.unwrap().plan.target, Percentage::from_whole(5));
    let [gate] = &store.frozen_gates(smart.id, 10).await.unwrap()[..] else { panic!("one gate") };
    assert_eq!(gate.1.evidence.digest(), gate.1.report.evidence_digest);
    assert_eq!(gate.0.overridden, ["one", "another"]);
    // Judged again it is the same, whatever words the reasons are told in by now.
    let judged = |report: &GateReport| -> Vec<_> {
        report.criteria.iter().map(|it| (it.kind, it.verdict, it.measured, it.n, it.lower, it.upper)).collect()
    };
    assert_eq!(judged(&judge(&gate.1.evidence)), judged(&gate.1.report));
    let [sign_off] = &store.sign_offs(smart.id, Some(1)).await.unwrap()[..] else { panic!("one sign-off") };
    assert_eq!(
        (sign_off.report.digest(), sign_off.tool.as_ref().unwrap().remaining),
        (sign_off.report_digest.clone(), Some(17))
    );
    let rollbacks = store.rollbacks(&RollbackQuery::Newest { limit: 10 }).await.unwrap();
    let progress = rollbacks.iter().map(|it| it.progress.clone()).collect::<Vec<_>>();
    let verified = Progress::Verified { since: at(70), at: at(180) };
    assert_eq!(progress, [verified, Progress::Stepping, Progress::Cancelled { at: at(75), by: actor("user:grace") }]);
    assert_eq!(chain(&store).await.len(), 2);
    assert_eq!(store.secret("evidence", b"fresh").await.unwrap(), b"a secret of 32 bytes, and no more");
    store.close().await;
}

/// What `0004_comparison_rules.sql` holds, through the store of today.
async fn the_fourth_sample_is_read_as_it_was_written(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let (migration, kimi) = store.feature(&key("kimi")).await.unwrap().unwrap();
    let [second, first] = &store.comparison_rules(migration.id).await.unwrap()[..] else { panic!("two versions") };
    let told = (first.at, first.actor.as_str(), first.reason.as_str(), first.rules.len());
    assert_eq!(told, (migration.created_at, "system", "no rules", 0));
    assert_eq!((second.rules.len(), second.reason.as_str()), (4, "the etag is random"));
    let found = store.field_hours(kimi.id, hours(0, 2), 10).await.unwrap();
    let counts: Vec<_> = found.counts.iter().map(|(it, _, count)| (it.field.as_str(), it.kind, *count)).collect();
    assert_eq!(counts, [("$.files", DifferenceKind::Order, 2), ("$.size", DifferenceKind::Value, 1)]);
    let noise = store.noise(kimi.id, hours(0, 2)).await.unwrap();
    assert_eq!((noise.second_runs, noise.fields[0].1.candidate_only), (40, 3));
    let [example] = &store.examples(kimi.id).await.unwrap()[..] else { panic!("one example") };
    assert_eq!((example.rules_version, example.values.legacy.as_deref()), (2, Some("10")));
    store.close().await;
}

/// What `0005_files.sql` holds, through the store of today.
async fn the_fifth_sample_is_read_as_it_was_written(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let query = FileQuery { with_deleted: true, limit: 10, ..FileQuery::default() };
    let [kept, deleted] = &store.files(&query).await.unwrap()[..] else { panic!("two files") };
    assert_eq!((kept.original_name.as_str(), kept.size, kept.deleted_at), ("report.pdf", 10, None));
    assert_eq!((kept.sha256.as_ref(), deleted.deleted_at), (deleted.sha256.as_ref(), Some(at(60))));
    let tasks = store.file_tasks(&FileTaskQuery { limit: 10, ..FileTaskQuery::default() }).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.kind).collect::<Vec<_>>(), [TaskKind::Put, TaskKind::Delete]);
    let (_, progress) = &store.file_backfills().await.unwrap()[0];
    assert_eq!((progress.copied, progress.last_id.as_ref()), (2, Some(&kept.id)));
    store.close().await;
}

async fn empty_tables(connection: &mut SqliteConnection) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema'",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut empty = Vec::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await.unwrap();
        if rows == 0 {
            empty.push(table);
        }
    }
    empty
}

/// The names of the files in a folder of the crate, sorted.
fn names_in(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(in_crate(folder)).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
