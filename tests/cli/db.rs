//! `crossfade db` on both databases: what it tells of the schema, and what it makes of it.

mod copies;

use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::postgres;
use crate::run::{Said, run};
use crate::support::crossfade;

/// A database of its own.
pub struct Place {
    pub folder: TempDir,
    pub url: String,
}

impl Place {
    /// A file that is not there yet.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("crossfade.db").display());
        Self { folder, url }
    }

    /// A database of the server of this process, with the schema of this program.
    pub fn postgres() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: wait(postgres::database()) }
    }

    /// Both kinds, with the schema of this program.
    pub fn both() -> [Self; 2] {
        let sqlite = Self::sqlite();
        assert_eq!(sqlite.db(&["migrate"]).code, 0);
        [sqlite, Self::postgres()]
    }

    /// `crossfade db ARGUMENTS --database …`.
    pub fn db(&self, arguments: &[&str]) -> Said {
        let mut command = crossfade();
        command.args(["--log", "warn", "db"]).args(arguments).args(["--database", &self.url]);
        run(&mut command, b"")
    }

    /// Runs SQL behind the program's back.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

/// Waits on a runtime of its own.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Runs SQL on the database with this URL.
pub fn execute(url: &str, sql: &str) {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    wait(async {
        if let Some(file) = url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = options.connect().await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    });
}

/// How many migrations there are.
fn files() -> usize {
    std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap().count()
}

/// What `audit` finds: kinds with what they are about.
fn found(said: &Said) -> Vec<String> {
    let lines = said.out.lines().filter(|line| line.matches(": ").count() >= 2);
    lines.map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(": ")).collect()
}

#[test]
fn a_new_database_is_migrated_once_and_is_as_the_migrations_make_it() {
    let place = Place::sqlite();
    let said = place.db(&["status"]);
    assert!(said.code != 0 && said.err.contains("there is no database"), "{said:?}");
    let said = place.db(&["migrate"]);
    assert!(said.code == 0 && said.out.starts_with("applied 0001 foundation\napplied 0002 rollout\n"), "{said:?}");
    let said = place.db(&["migrate"]);
    assert!(said.code == 0 && said.out.starts_with("0 migrations applied"), "{said:?}");
    for place in [place, Place::postgres()] {
        let said = place.db(&["status", "--json"]);
        let status: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(status["migrations"].as_array().unwrap().len(), files());
        assert_eq!(json!([status["pending"], status["migrations"][0]["state"]]), json!([0, "applied"]));
        assert!(status["migrations"][0]["applied_at"].as_str().unwrap().ends_with('Z'), "{status}");
        let said = place.db(&["status"]);
        assert!(said.out.contains("\tapplied\t") && said.out.contains("0 pending"), "{said:?}");
        let said = place.db(&["audit"]);
        assert!(said.code == 0 && said.out.contains("as the migrations make it"), "{said:?}");
    }
}

#[test]
fn of_those_that_migrate_at_once_one_does_and_the_others_say_so() {
    let postgres = Place::postgres();
    postgres.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    for place in [Place::sqlite(), postgres] {
        let migrate = || {
            let said = place.db(&["migrate"]);
            assert_eq!(said.code, 0, "{said:?}");
            said.out.lines().filter(|line| line.starts_with("applied ")).count()
        };
        let applied: usize = std::thread::scope(|scope| {
            let running: Vec<_> = (0..3).map(|_| scope.spawn(migrate)).collect();
            running.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert_eq!(applied, files());
        assert_eq!(place.db(&["audit"]).code, 0);
    }
}

#[test]
fn every_kind_of_drift_is_listed() {
    for place in Place::both() {
        place.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 99, 'of another', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1;
             UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 1)
                 WHERE version = 2;
             DELETE FROM _sqlx_migrations WHERE version = 11;
             CREATE TABLE aside (id INTEGER PRIMARY KEY);
             ALTER TABLE features ADD COLUMN more TEXT;
             DROP INDEX rollbacks_by_age;
             DROP INDEX silences_by_end;
             CREATE INDEX silences_by_end ON silences (starts_at);
             DROP TABLE runbook_ticks;",
        );
        let said = place.db(&["audit"]);
        assert_eq!(said.code, 1, "{said:?}");
        let expected = [
            "recorded without file: 0099 of another",
            "checksum changed: 0002 rollout",
            "file not applied: 0011 runbooks",
            "object in no file: table aside",
            "object in no file: column features.more",
            "object missing: index rollbacks_by_age of rollbacks",
            "shape differs: index silences_by_end of silences",
            "object missing: table runbook_ticks",
        ];
        let found = found(&said);
        for one in expected {
            assert!(found.iter().any(|it| it == one), "{one} in {found:#?}");
        }
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        let said = place.db(&["audit", "--json"]);
        let audit: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!((said.code, audit["drift"].as_array().unwrap().len()), (1, expected.len()), "{audit}");
        assert!(audit["drift"].as_array().unwrap().iter().any(|one| one["kind"] == "shape_differs"), "{audit}");
    }
}

#[test]
fn a_version_that_is_recorded_twice_is_listed() {
    for place in Place::both() {
        place.execute(
            "ALTER TABLE _sqlx_migrations RENAME TO ledger;
             CREATE TABLE _sqlx_migrations AS SELECT * FROM ledger UNION ALL SELECT * FROM ledger WHERE version = 3;
             DROP TABLE ledger;",
        );
        let said = place.db(&["audit"]);
        assert_eq!((said.code, found(&said)), (1, vec!["duplicate version: 0003".to_owned()]), "{said:?}");
    }
}

#[test]
fn what_a_trigger_a_check_or_a_column_has_become_is_told() {
    for place in Place::both() {
        let (sql, expected) = if place.is_sqlite() {
            (
                "DROP TRIGGER audit_events_are_never_removed;
                 CREATE VIEW everyone AS SELECT login FROM users;",
                [
                    "object in no file: view everyone",
                    "object missing: trigger audit_events_are_never_removed of audit_events",
                ],
            )
        } else {
            (
                "ALTER TABLE audit_events DISABLE TRIGGER audit_events_are_never_altered;
                 ALTER TABLE users ALTER COLUMN name DROP NOT NULL;",
                [
                    "shape differs: column users.name",
                    "shape differs: trigger audit_events_are_never_altered of audit_events",
                ],
            )
        };
        place.execute(sql);
        let said = place.db(&["audit"]);
        assert_eq!((said.code, found(&said)), (1, expected.map(str::to_owned).to_vec()), "{said:?}");
    }
}

#[test]
fn partitions_and_what_extensions_bring_are_no_drift() {
    let place = Place::postgres();
    place.execute(
        "CREATE TABLE observation_minutes_20260105 (LIKE observation_minutes INCLUDING ALL);
         ALTER TABLE observation_minutes ATTACH PARTITION observation_minutes_20260105
             FOR VALUES FROM (29459520) TO (29460960);
         CREATE TABLE unit_hours_202601 (LIKE unit_hours INCLUDING ALL);",
    );
    let said = place.db(&["audit"]);
    assert_eq!(said.code, 0, "{said:?}");
    let left = "SELECT 1 / CAST(count(*) = 0 AS INTEGER) FROM pg_namespace WHERE nspname LIKE 'crossfade_%'";
    place.execute(left);
}

#[test]
fn a_schema_without_its_ledger_counts_as_applied_once_it_is_baselined() {
    for place in Place::both() {
        place.execute("DROP TABLE _sqlx_migrations");
        let said = place.db(&["audit"]);
        assert!(said.code == 1 && found(&said).iter().all(|it| it.starts_with("file not applied: ")), "{said:?}");
        place.execute("DROP INDEX rollbacks_by_age");
        let said = place.db(&["baseline"]);
        assert!(said.code == 1 && said.out.contains("object missing: index rollbacks_by_age"), "{said:?}");
        assert!(place.db(&["status"]).out.contains(&format!("{} pending", files())), "nothing is recorded");
        place.execute("CREATE INDEX rollbacks_by_age ON rollbacks (at)");
        let said = place.db(&["baseline", "--to", "99"]);
        assert!(said.code != 0 && said.err.contains("there is no migration 99"), "{said:?}");
        let said = place.db(&["baseline"]);
        assert!(
            said.code == 0 && said.out.ends_with(&format!("{} migrations recorded as applied\n", files())),
            "{said:?}"
        );
        assert_eq!(place.db(&["audit"]).code, 0);
        assert!(place.db(&["migrate"]).out.starts_with("0 migrations applied"));
        place.execute("ALTER TABLE features ADD COLUMN more TEXT; DELETE FROM _sqlx_migrations WHERE version > 9");
        assert_eq!(place.db(&["baseline"]).code, 1);
        let said = place.db(&["baseline", "--force"]);
        assert!(
            said.code == 0 && said.out.starts_with("recorded 0010 observing\nrecorded 0011 runbooks\n"),
            "{said:?}"
        );
    }
    let empty = Place::sqlite();
    std::fs::write(empty.folder.path().join("crossfade.db"), b"").unwrap();
    let said = empty.db(&["baseline"]);
    assert!(said.code != 0 && said.err.contains("the database is empty"), "{said:?}");
}
