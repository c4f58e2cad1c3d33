//! A row that the program cannot have written is an error that names its table and column.

use std::path::Path as FilePath;

use crossfade::domain::alert::{AlertState, Ended, Episode, Hold, Silence};
use crossfade::domain::alert_notice::AlertId;
use crossfade::domain::backfill::Backfill;
use crossfade::domain::comparison::{Comparison, ComparisonVerdict};
use crossfade::domain::consistency::check::CheckMode;
use crossfade::domain::consistency::{Finding, FindingKind, Identity, Repair, Subject};
use crossfade::domain::difference::{DifferenceKind, FieldPath};
use crossfade::domain::distinct_units::UnitTrace;
use crossfade::domain::example::{Example, Sides};
use crossfade::domain::feature::Feature;
use crossfade::domain::file::TaskKind;
use crossfade::domain::noise::Differed;
use crossfade::domain::observation::{Observation, Outcome};
use crossfade::domain::path::Path;
use crossfade::domain::series::{Counts, EntryMinute};
use crossfade::domain::sign_off::SignOffId;
use crossfade::domain::unit::Unit;
use crossfade::server::store::sqlite::SqliteStore;
use crossfade::server::store::{
    AlertQuery, AlertWrite, Attempt, Batch, FileQuery, FileTaskQuery, FindingQuery, Item, NotificationQuery,
    RollbackQuery, RunbookWrite, Store, StoreError, TargetWrite, Write,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::alerts::{alert, fired_on, keep, silence};
use crate::consistency::checked;
use crate::decided::{actor, change, frozen, gradual, kimi, open, rollout_change, sign_off};
use crate::files::{file, task};
use crate::notifications::{self, target};
use crate::runbooks::{runbook, tick};
use crate::sample::{
    all_hours, all_minutes, at, comparison, difference, folded, ingest, key, keyed, observation, operation, slug,
};
use crate::series;

/// A moment that no calendar reaches.
const NEVER: &str = "9000000000000000000";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases, one a line")]
async fn a_corrupt_row_names_its_table_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, spoilt) = (folder.path().join("whole.db"), folder.path().join("spoilt.db"));
    let store = SqliteStore::open(&whole).await.unwrap();
    fill(&store).await;
    read_everything(&store).await.unwrap();
    store.close().await;
    for (table, column, value) in [
        ("migrations", "slug", "'Not A Slug'"),
        ("migrations", "name", "''"),
        ("migrations", "shadow_sample_rate", "1.5"),
        ("migrations", "created_at", NEVER),
        ("features", "key", "'Not A Key'"),
        ("features", "name", "''"),
        ("features", "basis_points", "10001"),
        ("features", "entered_at", NEVER),
        ("features", "created_at", NEVER),
        ("rollout_changes", "at", NEVER),
        ("rollout_changes", "kind", "'guessed'"),
        ("rollout_changes", "from_basis_points", "-1"),
        ("rollout_changes", "to_basis_points", "70000"),
        ("rollout_changes", "actor", "''"),
        ("rollout_changes", "overridden", "'{}'"),
        ("rollout_changes", "report", "'{}'"),
        ("rollout_changes", "evidence", "'{\"stage\":1}'"),
        ("features", "entered_by", "''"),
        ("features", "before_entry", "'[]'"),
        ("features", "clock_running_since", NEVER),
        ("features", "hold", "'{}'"),
        ("alerts", "kind", "'mood'"),
        ("alerts", "severity", "'grave'"),
        ("alerts", "action", "'\"pray\"'"),
        ("alerts", "state", "'asleep'"),
        ("alerts", "pending_at", NEVER),
        ("alerts", "fired_at", NEVER),
        ("alerts", "seen_at", NEVER),
        ("alerts", "reading", "'{}'"),
        ("alerts", "frozen", "'{}'"),
        ("alerts", "acted", "'fled'"),
        ("silences", "starts_at", NEVER),
        ("silences", "ends_at", NEVER),
        ("silences", "reason", "''"),
        ("silences", "actor", "''"),
        ("silences", "ended_at", NEVER),
        ("policies", "document", "'{\"stages\":[]}'"),
        ("policies", "at", NEVER),
        ("policies", "actor", "''"),
        ("sign_offs", "decision", "'perhaps'"),
        ("sign_offs", "capacity", "'ghost'"),
        ("sign_offs", "reviewer", "''"),
        ("sign_offs", "person", "''"),
        ("sign_offs", "tool", "'17'"),
        ("sign_offs", "report", "'null'"),
        ("sign_offs", "evidence", "'not json'"),
        ("sign_offs", "at", NEVER),
        ("rollbacks", "kind", "'sudden'"),
        ("rollbacks", "plan", "'{\"from\":101}'"),
        ("rollbacks", "covered", "'{}'"),
        ("rollbacks", "at", NEVER),
        ("rollbacks", "actor", "''"),
        ("rollbacks", "reason", "''"),
        ("rollbacks", "progress", "'stuck'"),
        ("observation_minutes", "operation", "''"),
        ("observation_minutes", "path", "'both'"),
        ("observation_minutes", "ok", "-1"),
        ("observation_minutes", "latency", "x'00'"),
        ("observation_hours", "operation", "''"),
        ("observation_hours", "path", "'both'"),
        ("observation_hours", "errors", "-1"),
        ("observation_hours", "caller_errors", "-1"),
        ("observation_hours", "fallbacks", "-1"),
        ("observation_hours", "latency", "x''"),
        ("comparison_minutes", "operation", "''"),
        ("comparison_minutes", "matches", "-1"),
        ("comparison_minutes", "mismatches", "-1"),
        ("comparison_minutes", "candidate_failed", "-1"),
        ("comparison_hours", "legacy_failed", "-1"),
        ("comparison_hours", "both_failed", "-1"),
        ("comparison_hours", "comparator_errors", "-1"),
        ("unit_hours", "path", "'both'"),
        ("unit_hours", "sketch", "x'00'"),
        ("discrepancy_hours", "kind", "'odd'"),
        ("discrepancy_hours", "count", "-1"),
        ("comparison_rules", "document", "'{\"ignore\":[\"etag\"]}'"),
        ("comparison_rules", "at", NEVER),
        ("comparison_rules", "actor", "''"),
        ("second_run_hours", "runs", "-1"),
        ("noise_hours", "candidate_only", "-1"),
        ("noise_hours", "second_only", "-1"),
        ("noise_hours", "both", "-1"),
        ("discrepancy_examples", "kind", "'odd'"),
        ("discrepancy_examples", "at", NEVER),
        ("discrepancy_examples", "operation", "''"),
        ("error_kind_hours", "kind", "''"),
        ("error_kind_hours", "path", "'both'"),
        ("error_kind_hours", "count", "-1"),
        ("last_seen", "source", "'moon'"),
        ("last_seen", "at", NEVER),
        ("ingest_keys", "answer", "'not json'"),
        ("metric_series", "counts", "'not json'"),
        ("files", "id", "'../../etc/passwd'"),
        ("files", "original_name", "'a/b'"),
        ("files", "mime_type", "'pdf'"),
        ("files", "size", "-1"),
        ("files", "sha256", "'abc'"),
        ("files", "created_at", NEVER),
        ("files", "metadata", "'[]'"),
        ("files", "deleted_at", NEVER),
        ("file_sides", "state", "'lost'"),
        ("file_tasks", "side", "'both'"),
        ("file_tasks", "kind", "'burn'"),
        ("file_tasks", "attempts", "-1"),
        ("file_tasks", "next_at", NEVER),
        ("file_backfills", "progress", "'{}'"),
        ("notification_targets", "name", "''"),
        ("notification_targets", "kind", "'pigeon'"),
        ("notification_targets", "url", "'ftp://example.com'"),
        ("notification_targets", "secret", "'short'"),
        ("notification_targets", "least_severity", "'mild'"),
        ("notification_targets", "created_at", NEVER),
        ("notification_targets", "repeated_at", NEVER),
        ("notifications", "notice", "'{}'"),
        ("notifications", "queued_at", NEVER),
        ("notifications", "trying_since", NEVER),
        ("notifications", "attempts", "-1"),
        ("notifications", "state", "'lost'"),
        ("notifications", "next_attempt_at", NEVER),
        ("notifications", "failed_at", NEVER),
        ("runbooks", "imported_at", NEVER),
        ("runbooks", "actor", "''"),
        ("runbook_ticks", "headings", "'{}'"),
        ("runbook_ticks", "at", NEVER),
        ("runbook_ticks", "actor", "''"),
        ("checks", "mode", "'glance'"),
        ("checks", "asked_by", "''"),
        ("checks", "asked_at", NEVER),
        ("checks", "started_at", NEVER),
        ("checks", "state", "'lost'"),
        ("checks", "ended_at", NEVER),
        ("checks", "records", "-1"),
        ("checks", "objects", "-1"),
        ("checks", "bytes", "-1"),
        ("checks", "found", "-1"),
        ("findings", "kind", "'odd'"),
        ("findings", "side", "'both'"),
        ("findings", "subject", "'../../etc/passwd'"),
        ("findings", "repairs", "'burn'"),
        ("findings", "found_at", NEVER),
        ("findings", "closed_at", NEVER),
        ("findings", "closed_by", "'', closed_at = 0, repair = 'adopt'"),
        ("findings", "repair", "'burn', closed_at = 0, closed_by = 'ada'"),
    ] {
        std::fs::copy(&whole, &spoilt).unwrap();
        spoil(&spoilt, &format!("UPDATE OR REPLACE {table} SET {column} = {value}")).await;
        let store = SqliteStore::open(&spoilt).await.unwrap();
        match read_everything(&store).await {
            Err(StoreError::Corrupt { table: found, column: at, .. }) => assert_eq!((found, at), (table, column)),
            other => panic!("{table}.{column} = {value}: {other:?}"),
        }
        store.close().await;
    }
}

#[tokio::test]
async fn what_is_corrupt_is_not_written_over() {
    for (table, column) in
        [("observation_minutes", "latency"), ("observation_hours", "latency"), ("unit_hours", "sketch")]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crossfade.db");
        let store = SqliteStore::open(&file).await.unwrap();
        fill(&store).await;
        spoil(&file, &format!("UPDATE {table} SET {column} = x'00'")).await;
        let error = store.ingest(&[everything(&store).await], at(0)).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Corrupt { table: found, column: at, .. } if (found, at) == (table, column)),
            "{table}.{column}: {error:?}"
        );
    }
}

/// A row or more in every table that is read.
async fn fill(store: &dyn Store) {
    let kimi = kimi(store).await;
    let counts = Counts { ok: 1, ..Counts::default() };
    let before_entry = EntryMinute { legacy: counts, ..EntryMinute::default() };
    let hold = Some(Hold { alert: AlertId("a".to_owned()), rule: "error_rate".to_owned() });
    let feature = Feature { before_entry, hold, version: 2, ..kimi.feature.clone() };
    let on = fired_on("a", &kimi);
    let state = AlertState::Firing { since: at(3), clear_ms: 0 };
    let firing = Episode { state, frozen_digest: Some(on.digest()), ..alert("a", &kimi) };
    let ended = Some(Ended { at: at(9), by: actor("user:ada") });
    let silenced = Silence { ended, ..silence("a", &kimi) };
    let gate = Some(Box::new(frozen(&kimi, 10)));
    let decided = vec![
        Write::Feature { feature, expected: 1 },
        Write::RolloutChange { change: rollout_change(&kimi, 10), frozen: gate },
        Write::SignOff(Box::new(sign_off("a", &kimi, 10))),
        open(&gradual("b", &kimi, 10)),
        keep(&firing, Some(on)),
        Write::Alert(AlertWrite::Silence(Box::new(silenced))),
    ];
    store.commit(&change(10, decided, vec![])).await.unwrap();
    let kept = file(kimi.feature.id, 1);
    store.add_file(&kept, &[task(&kept, Path::Candidate, TaskKind::Put, 0)], None).await.unwrap();
    store.set_file_backfill(kimi.feature.id, &Backfill::begun(at(0))).await.unwrap();
    let told = vec![
        Write::Target(Box::new(TargetWrite::Create(target("on call")))),
        Write::Notice(Box::new(notifications::firing("a"))),
        Write::Runbook(RunbookWrite::Import { migration: kimi.migration.id, runbook: runbook(1), expected: 0 }),
        Write::Runbook(RunbookWrite::Tick { migration: kimi.migration.id, tick: tick("a", 1), expected: 0 }),
    ];
    store.commit(&change(11, told, vec![])).await.unwrap();
    let waits = store.first_queued(None).await.unwrap().remove(0);
    let failed = Attempt::Failed { next_attempt_at: at(20), error: "no".to_owned() };
    store.note_attempt(&waits.id, &failed, at(12)).await.unwrap();
    let spoilt = Finding {
        is: Identity {
            kind: FindingKind::ChecksumMismatch,
            side: Some(Path::Legacy),
            subject: Subject::File(kept.id.clone()),
        },
        feature: Some(kimi.feature.id),
        detail: "it is so".to_owned(),
        repairs: vec![Repair::Adopt],
    };
    checked(store, CheckMode::Full, &[spoilt], 10).await;
    let batch = everything(store).await;
    ingest(store, &[keyed("key", "body", batch), series::batch(vec![series::cumulative(kimi.feature.id, "a", 60, 5)])])
        .await;
}

/// An observation with a unit and an error kind, and a comparison with a difference.
async fn everything(store: &dyn Store) -> Batch {
    let (_, feature) = store.feature(&key("kimi")).await.unwrap().unwrap();
    let observation = Observation {
        outcome: Outcome::Error,
        error_kind: Some(operation("timeout")),
        unit: Some(UnitTrace::of(&Unit::parse("ann").unwrap())),
        ..observation(feature.id, at(0))
    };
    let comparison = Comparison {
        verdict: ComparisonVerdict::Mismatch,
        differences: vec![difference("$.size", DifferenceKind::Value)],
        second_run: Some(vec![(FieldPath::new("$.size"), Differed::Both)]),
        examples: vec![Example {
            difference: difference("$.size", DifferenceKind::Value),
            at: at(0),
            operation: operation("upload"),
            rules_version: 1,
            values: Sides::NOTHING,
            results: Sides::NOTHING,
        }],
        ..comparison(feature.id, at(0))
    };
    folded([Item::Observation(observation), Item::Comparison(comparison)])
}

async fn spoil(file: &FilePath, sql: &str) {
    let options =
        SqliteConnectOptions::new().filename(file).foreign_keys(false).pragma("ignore_check_constraints", "on");
    let mut connection = options.connect().await.unwrap();
    let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
    connection.close().await.unwrap();
}

/// Everything that can be read, until the first error.
async fn read_everything(store: &dyn Store) -> Result<(), StoreError> {
    store.migrations().await?;
    store.migration(&slug("files")).await?;
    let features = store.features().await?;
    store.feature(&key("kimi")).await?;
    store.rollout_history(features[0].id, None, 10).await?;
    store.frozen_gates(features[0].id, 10).await?;
    store.snapshot(&key("kimi")).await?;
    store.snapshots().await?;
    store.policies(features[0].migration).await?;
    store.sign_offs(features[0].id, None).await?;
    store.sign_off(&SignOffId("a".to_owned())).await?;
    store.rollbacks(&RollbackQuery::Newest { limit: 10 }).await?;
    store.rollbacks(&RollbackQuery::Open).await?;
    store.open_alerts().await?;
    store.alerts(&AlertQuery { limit: 10, ..AlertQuery::default() }).await?;
    store.frozen_alert(&AlertId("a".to_owned())).await?;
    store.silences(10).await?;
    store.silences_at(at(5)).await?;
    store.operations(features[0].id).await?;
    for query in [all_minutes(), all_hours()] {
        store.observations(&query).await?;
        store.comparisons(&query).await?;
        store.distinct_units(&query).await?;
        store.discrepancies(&query, 10).await?;
        store.error_kinds(&query, 10).await?;
    }
    store.comparison_rules(features[0].migration).await?;
    store.rules_in_force().await?;
    store.field_hours(features[0].id, all_hours().span, 10).await?;
    store.noise(features[0].id, all_hours().span).await?;
    store.examples(features[0].id).await?;
    store.last_seen().await?;
    store.file_tasks(&FileTaskQuery { limit: 10, ..FileTaskQuery::default() }).await?;
    store.files(&FileQuery { with_deleted: true, limit: 10, ..FileQuery::default() }).await?;
    store.file_backfills().await?;
    store.notification_targets().await?;
    store.runbook(features[0].migration).await?;
    store.runbook_ticks(features[0].migration).await?;
    let all = NotificationQuery { state: None, target: None, alert: None, oldest_first: true, limit: 10 };
    store.notifications(&all).await?;
    store.checks(10).await?;
    store.last_full_check().await?;
    store.findings(&FindingQuery { limit: 10, ..FindingQuery::default() }).await?;
    store.ingest(&[keyed("key", "body", Batch::default())], at(0)).await?;
    store.ingest(&[series::batch(vec![series::cumulative(features[0].id, "a", 70, 6)])], at(0)).await?;
    Ok(())
}
