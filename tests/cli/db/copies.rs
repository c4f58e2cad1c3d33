//! Copies on both databases: what is moved, backed up, restored and branched is what it was, and what went wrong is
//! noticed before anything takes its place.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use super::{Place, execute, wait};
use crate::postgres;
use crate::run::{Said, run};
use crate::support::{Server, crossfade};

/// Rows of every type, in minutes of two days, and with a number that was given and is gone.
fn fill(place: &Place) {
    let bytes = if place.url.starts_with("sqlite:") { ["x'00ff'", "x'01'"] } else { [r"'\x00ff'", r"'\x01'"] };
    place.execute(&format!(
        "INSERT INTO migrations (id, slug, name, candidate_enabled, fallback_to_legacy, shadow_enabled, shadow_sample_rate,
             created_at, version) VALUES (7, 'files', 'It''s ü', TRUE, FALSE, TRUE, 0.25, 1, 1);
         INSERT INTO features (id, migration_id, key, name, enabled, basis_points, stage, entered_at, created_at, version)
             VALUES (3, 7, 'kimi', '', TRUE, 100, '1%', 1, 1, 1);
         INSERT INTO secrets (name, value) VALUES ('seal', {});
         INSERT INTO audit_events (seq, at, actor, action, body, hash) VALUES (1, 1, 'a', 'b', '{{}}', 'c');
         INSERT INTO checks (id, mode, asked_by, asked_at, state, ended_at) VALUES (41, 'full', 'a', 1, 'complete', 2);",
        bytes[0]
    ));
    for minute in [29_459_520_i64, 29_460_960] {
        if !place.url.starts_with("sqlite:") {
            let day = if minute == 29_459_520 { "20260105" } else { "20260106" };
            place.execute(&format!(
                "CREATE TABLE observation_minutes_{day} PARTITION OF observation_minutes FOR VALUES FROM ({minute}) TO ({})",
                minute + 1_440
            ));
        }
        place.execute(&format!(
            "INSERT INTO observation_minutes (feature_id, start, operation, path, ok, errors, caller_errors, fallbacks, latency)
             VALUES (3, {minute}, 'upload', 'legacy', 5, 0, 0, 0, {})",
            bytes[1]
        ));
    }
    // More than are copied at once.
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)";
    place.execute(&format!(
        "INSERT INTO files (id, feature_id, original_name, mime_type, size, created_at, metadata)
         {numbers} SELECT 'f' || i, 3, 'name', 'text/plain', i, i, '{{}}' FROM n"
    ));
}

fn moved(from: &Place, to: &Place, more: &[&str]) -> Said {
    let mut command = crossfade();
    command.args(["--log", "warn", "db", "move", "--from", &from.url, "--to", &to.url]).args(more);
    run(&mut command, b"")
}

/// A database of the server of this process with nothing in it.
fn empty_postgres() -> Place {
    let place = Place::postgres();
    place.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    place
}

/// The one number that a query gives.
fn number(url: &str, sql: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    wait(async {
        if let Some(file) = url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = options.connect().await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    })
}

/// Lines with a table, its rows and their digest.
fn sums(said: &Said) -> Vec<String> {
    said.out.lines().filter(|line| line.contains('\t')).map(ToOwned::to_owned).collect()
}

#[test]
fn everything_is_moved_there_and_back_and_is_the_same() {
    let (from, there, back) = (Place::sqlite(), empty_postgres(), Place::sqlite());
    assert_eq!(from.db(&["migrate"]).code, 0);
    fill(&from);
    let first = moved(&from, &there, &[]);
    assert!(first.code == 0 && first.out.contains("moved and verified: 1208 rows"), "{first:?}");
    assert_eq!(there.db(&["audit"]).code, 0);
    let second = moved(&there, &back, &[]);
    assert_eq!((second.code, sums(&second)), (0, sums(&first)), "{second:?}");
    assert_eq!(back.db(&["audit"]).code, 0);
    // The next number is one that was never given.
    let next = "INSERT INTO checks (mode, asked_by, asked_at, state, ended_at) VALUES ('full', 'a', 1, 'complete', 2)";
    let removed = format!("DELETE FROM checks WHERE id = 41; {next}");
    there.execute(next);
    assert_eq!(number(&there.url, "SELECT max(id) FROM checks"), 42);
    back.execute(&removed);
    assert_eq!(number(&back.url, "SELECT max(id) FROM checks"), 42);
    let said = moved(&from, &there, &[]);
    assert!(said.code != 0 && said.err.contains("there is a database already"), "{said:?}");
    let mut command = crossfade();
    command.args(["--log", "warn", "audit", "export", "--database", &there.url]);
    assert!(run(&mut command, b"").code == 0, "the program opens what was moved");
}

#[test]
fn an_interrupted_move_goes_on_and_a_spoilt_row_is_caught() {
    for to_postgres in [true, false] {
        let (from, to) =
            if to_postgres { (Place::sqlite(), empty_postgres()) } else { (Place::postgres(), Place::sqlite()) };
        assert_eq!(from.db(&["migrate"]).code, 0);
        fill(&from);
        let said = moved(&from, &to, &["--stop-after", "600"]);
        assert!(said.code == 1 && said.out.starts_with("interrupted after "), "{said:?}");
        assert_ne!(to.db(&["audit"]).out, from.db(&["audit"]).out, "nothing is in place yet");
        if to_postgres {
            to.execute("UPDATE crossfade_incoming.files SET original_name = 'nane' WHERE id = 'f1'");
        } else {
            let url = format!("{}.incoming", to.url);
            execute(&url, "UPDATE files SET original_name = 'nane' WHERE id = 'f1'");
        }
        let said = moved(&from, &to, &[]);
        assert!(said.code != 0 && said.err.contains("files (1200 rows there, 1200 here)"), "{said:?}");
        let said = moved(&from, &to, &["--restart", "--stop-after", "600"]);
        assert_eq!(said.code, 1, "{said:?}");
        let said = moved(&from, &to, &[]);
        assert!(said.code == 0 && said.out.contains("gone on with where it was interrupted"), "{said:?}");
        assert_eq!(to.db(&["audit"]).code, 0);
    }
}

#[test]
fn a_backup_is_put_back_on_either_database_after_it_was_verified() {
    for from in Place::both() {
        fill(&from);
        let file = from.folder.path().join("backup.db");
        let path = file.to_str().unwrap();
        let said = from.db(&["backup", "--out", path]);
        assert!(said.code == 0 && said.out.contains("1208 rows"), "{said:?}");
        let said = from.db(&["backup", "--out", path]);
        assert!(said.code != 0 && said.err.contains("is there already"), "{said:?}");
        for to in [Place::sqlite(), empty_postgres()] {
            let said = to.db(&["restore", path]);
            assert!(said.code == 0 && said.out.contains("1208 rows"), "{said:?}");
            assert_eq!(to.db(&["audit"]).code, 0, "{:?}", to.db(&["audit"]));
            let said = to.db(&["restore", path]);
            assert!(said.code != 0 && said.err.contains("there is a database already"), "{said:?}");
            to.execute("UPDATE migrations SET name = 'changed'");
            let said = to.db(&["restore", path, "--replace"]);
            assert_eq!(said.code, 0, "{said:?}");
            assert_eq!(number(&to.url, "SELECT count(*) FROM migrations WHERE name = 'changed'"), 0);
            assert_eq!(to.db(&["audit"]).code, 0);
        }
    }
}

#[test]
fn a_backup_that_is_cut_off_or_spoilt_is_refused_and_leaves_the_target_as_it_was() {
    let from = Place::sqlite();
    assert_eq!(from.db(&["migrate"]).code, 0);
    fill(&from);
    let file = from.folder.path().join("backup.db");
    assert_eq!(from.db(&["backup", "--out", file.to_str().unwrap()]).code, 0);
    let whole = std::fs::read(&file).unwrap();
    let spoilt = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = from.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cut = spoilt("cut.db", &whole[..whole.len() / 2]);
    let other = spoilt("other.db", b"");
    let changed = spoilt("changed.db", &whole);
    execute(&format!("sqlite:{}", changed.display()), "UPDATE files SET size = 9 WHERE id = 'f1'");
    for target in Place::both() {
        target.execute(
            "INSERT INTO setup_links (id, digest, expires_at)
             SELECT 1, value, 77 FROM (SELECT checksum AS value FROM _sqlx_migrations WHERE version = 1) AS it",
        );
        for (file, reason) in [(&cut, "not whole"), (&other, "no backup"), (&changed, "files is not as it was written")]
        {
            let said = target.db(&["restore", file.to_str().unwrap(), "--replace"]);
            assert!(said.code != 0 && said.err.contains(reason), "{reason}: {said:?}");
            assert_eq!(number(&target.url, "SELECT expires_at FROM setup_links"), 77);
            assert_eq!(target.db(&["audit"]).code, 0, "nothing is left over");
        }
    }
}

#[test]
fn nothing_is_put_in_the_place_of_a_database_that_is_in_use() {
    let from = Place::sqlite();
    assert_eq!(from.db(&["migrate"]).code, 0);
    let file = from.folder.path().join("backup.db");
    assert_eq!(from.db(&["backup", "--out", file.to_str().unwrap()]).code, 0);
    for target in [Place::sqlite(), Place::postgres()] {
        let data = target.folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let mut serve = crate::support::serve(&data);
        serve.args(["--database", &target.url]);
        let mut server = Server::start(serve);
        let said = target.db(&["restore", file.to_str().unwrap(), "--replace"]);
        assert!(said.code != 0 && said.err.contains("stop it first"), "{said:?}");
        // What it takes in after a move would stay behind.
        let elsewhere = Place::sqlite();
        let said = moved(&target, &elsewhere, &[]);
        assert!(said.code != 0 && said.err.contains("stop what runs on the source first"), "{said:?}");
        // What it is asked meanwhile is backed up all the same.
        let busy = target.folder.path().join("busy.db");
        let said = target.db(&["backup", "--out", busy.to_str().unwrap()]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(server.terminate().success());
        let said = moved(&target, &elsewhere, &[]);
        assert_eq!(said.code, 0, "{said:?}");
        let said = target.db(&["restore", busy.to_str().unwrap(), "--replace"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert_eq!(number(&target.url, "SELECT count(*) FROM migrations"), 1);
    }
}

#[test]
fn a_move_that_is_killed_again_and_again_goes_on_and_is_whole_in_the_end() {
    for to_postgres in [true, false] {
        let (from, to) =
            if to_postgres { (Place::sqlite(), empty_postgres()) } else { (Place::postgres(), Place::sqlite()) };
        assert_eq!(from.db(&["migrate"]).code, 0);
        fill(&from);
        from.execute(
            "INSERT INTO files (id, feature_id, original_name, mime_type, size, created_at, metadata)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             SELECT 'g' || i, 3, 'name', 'text/plain', i, i, '{}' FROM n",
        );
        let mut kills = 0;
        for patience in ["0.06", "0.12", "0.18", "0.24", "0.3"] {
            let mut command = Command::new("timeout");
            command.args(["--signal=KILL", patience]).arg(crossfade().get_program());
            command.args(["--log", "warn", "db", "move", "--from", &from.url, "--to", &to.url]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            kills += usize::from(!command.status().unwrap().success());
        }
        assert!(kills >= 3, "{kills}");
        let said = moved(&from, &to, &[]);
        let is_over = said.err.contains("there is a database already");
        assert!(said.code == 0 || is_over, "{said:?}");
        assert_eq!(to.db(&["audit"]).code, 0, "{:?}", to.db(&["audit"]));
        let back = if to_postgres { Place::sqlite() } else { empty_postgres() };
        let (there, again) =
            (moved(&to, &back, &[]), moved(&from, &if to_postgres { empty_postgres() } else { Place::sqlite() }, &[]));
        assert!(there.code == 0 && there.out.contains("files\t21200\t"), "{there:?}");
        assert_eq!(sums(&there), sums(&again));
    }
}

#[test]
fn one_at_a_time_puts_a_database_in_place() {
    let from = Place::sqlite();
    assert_eq!(from.db(&["migrate"]).code, 0);
    let file = from.folder.path().join("backup.db");
    assert_eq!(from.db(&["backup", "--out", file.to_str().unwrap()]).code, 0);
    let target = Place::sqlite();
    let lock = target.folder.path().join("crossfade.db.incoming.lock");
    let held = std::fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let said = target.db(&["restore", file.to_str().unwrap()]);
    assert!(said.code != 0 && said.err.contains("another backup, restore or move is at work"), "{said:?}");
    drop(held);
    assert_eq!(target.db(&["restore", file.to_str().unwrap()]).code, 0);
    assert!(!lock.exists(), "nothing is left over");

    let target = empty_postgres();
    let said = wait(async {
        let mut other = PgConnection::connect(&target.url).await.unwrap();
        sqlx::raw_sql("SELECT pg_advisory_lock(x'63726f7373666169'::bigint)").execute(&mut other).await.unwrap();
        let said = target.db(&["restore", file.to_str().unwrap()]);
        other.close().await.unwrap();
        said
    });
    assert!(said.code != 0 && said.err.contains("another backup, restore or move is at work"), "{said:?}");
    assert_eq!(target.db(&["restore", file.to_str().unwrap()]).code, 0);
}

#[test]
fn a_backup_is_for_its_owner_and_a_restored_file_for_whom_the_one_before_was() {
    let place = Place::sqlite();
    assert_eq!(place.db(&["migrate"]).code, 0);
    let [database, file] = ["crossfade.db", "backup.db"].map(|name| place.folder.path().join(name));
    let rights = |file: &PathBuf| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(place.db(&["backup", "--out", file.to_str().unwrap()]).code, 0);
    assert_eq!((rights(&database), rights(&file)), (0o600, 0o600));
    // A backup that was made read-only must not make the database so.
    std::fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
    std::fs::set_permissions(&database, Permissions::from_mode(0o660)).unwrap();
    let said = place.db(&["restore", file.to_str().unwrap(), "--replace"]);
    assert_eq!((said.code, rights(&database), rights(&file)), (0, 0o660, 0o400), "{said:?}");
}

#[test]
fn a_database_of_a_newer_program_is_told_as_such() {
    for place in Place::both() {
        place.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 99, 'of another', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        );
        let file = place.folder.path().join("backup.db");
        let said = place.db(&["backup", "--out", file.to_str().unwrap()]);
        assert!(said.code != 0 && said.err.contains("it is of a newer program: its schema is 0099"), "{said:?}");
        assert!(!file.exists());
        let said = place.db(&["migrate"]);
        assert!(said.code != 0 && said.err.contains("99"), "{said:?}");
    }
}

#[test]
fn migrations_that_wait_are_tried_on_a_branch_and_nowhere_else() {
    for place in Place::both() {
        fill(&place);
        place.execute("DROP TABLE runbook_ticks; DROP TABLE runbooks; DELETE FROM _sqlx_migrations WHERE version = 11");
        let said = place.db(&["branch"]);
        let is_told = said.out.contains("an exact copy\napplied 0011 runbooks\n") && said.out.contains("removed again");
        assert!(said.code == 0 && is_told, "{said:?}");
        assert!(!place.db(&["status"]).out.contains(" 0 pending"));
        place.execute("CREATE TABLE runbooks (id BIGINT PRIMARY KEY)");
        let said = place.db(&["branch"]);
        assert!(said.code != 0 && said.err.contains("the branch failed"), "{said:?}");
        place.execute("DROP TABLE runbooks");
    }
    let place = Place::sqlite();
    assert_eq!(place.db(&["migrate"]).code, 0);
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 1, "only the database");
    let kept = place.folder.path().join("kept.db");
    assert_eq!(place.db(&["branch", "--keep", kept.to_str().unwrap()]).code, 0);
    assert!(kept.exists());
}

#[test]
fn a_branch_of_a_database_that_is_in_use_has_its_rows() {
    let place = Place::postgres();
    fill(&place);
    let said = wait(async {
        let connection = PgConnection::connect(&place.url).await.unwrap();
        let said = place.db(&["branch"]);
        connection.close().await.unwrap();
        said
    });
    assert!(said.code == 0 && said.out.contains("the rows, in the schema that the migrations make"), "{said:?}");
    assert!(wait(postgres::database()).starts_with("postgres://"), "the server goes on");
}
