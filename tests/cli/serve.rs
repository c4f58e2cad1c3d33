//! `crossfade serve`: its options, how it begins and how it ends.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::run::{Desk, Said, counted, get, line, run};
use crate::support::{Server, crossfade};

/// `crossfade serve` with `options`, to its end.
fn refused(command: &mut Command, code: i32, parts: &[&str]) -> Said {
    let said = run(command, b"");
    assert_eq!((said.code, said.out.as_str()), (code, ""), "{said:?}");
    for part in parts {
        assert!(said.err.contains(part), "{:?} where {part:?} was expected", said.err);
    }
    for word in ["panicked", "backtrace", "SELECT", "CREATE"] {
        assert!(!said.err.contains(word), "{said:?}");
    }
    said
}

fn serve_with(desk: &Desk, options: &[&str]) -> Command {
    let mut command = crossfade();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(desk.data_dir()).args(options);
    command
}

#[test]
fn help_names_every_option_with_its_variable_and_what_it_is_without() {
    let said = run(crossfade().args(["serve", "--help"]).env_remove("COLUMNS"), b"");
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<&str> = said.out.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    Serve the panel and the API

    Usage: crossfade serve [OPTIONS]

    Options:
          --database <URL>
              Database to use: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Default: the
              variable `DATABASE_URL`, or else crossfade.db in the data directory

              [env: CROSSFADE_DATABASE]

          --data-dir <DIR>
              Directory that holds everything kept; made if it is not there

              [env: CROSSFADE_DATA_DIR=]
              [default: data]

          --keep-minutes-days <DAYS>
              How many days minutes are kept; nothing older is taken in

              [env: CROSSFADE_KEEP_MINUTES_DAYS=]
              [default: 30]

          --keep-hours-days <DAYS>
              How many days hours are kept, and all that is kept by the hour; not fewer than minutes

              [env: CROSSFADE_KEEP_HOURS_DAYS=]
              [default: 365]

          --listen <ADDR>
              Address to listen on; port 0 picks a free one, and the line `listening on http://…` on
              standard output names it

              [env: CROSSFADE_LISTEN=]
              [default: 127.0.0.1:3000]

          --site-root <DIR>
              Directory with what the browser loads. Default: `site` beside the program's own directory,
              where the build leaves it

              [env: CROSSFADE_SITE_ROOT=]

          --ofrep-origin <ORIGIN>
              Origin whose pages may ask which path to take over OFREP, as `https://shop.example.com`;
              may be given more than once

              [env: CROSSFADE_OFREP_ORIGINS=]

          --example
              Create the example migration `file-management` if it is not there, and make some traffic
              with files of its own

              [env: CROSSFADE_EXAMPLE=]

          --example-rate <NUMBER>
              Operations a second of the example's traffic; 0 makes none

              [env: CROSSFADE_EXAMPLE_RATE=]
              [default: 5]

          --files-legacy <PLACE>
              Where legacy keeps files: `folder:DIR` or `supabase:URL#BUCKET`. Default: files/legacy in
              the data directory

              [env: CROSSFADE_FILES_LEGACY=]

          --files-unified <PLACE>
              Where the candidate keeps files: `folder:DIR` or `s3://BUCKET/PREFIX`, whose endpoint and
              keys are taken from `AWS_…` in the environment. Default: files/unified in the data
              directory

              [env: CROSSFADE_FILES_UNIFIED=]

          --files-max-bytes <BYTES>
              The most bytes of one file

              [env: CROSSFADE_FILES_MAX_BYTES=]
              [default: 2147483648]

          --files-check-hours <HOURS>
              How often all files are checked against their records, in hours

              [env: CROSSFADE_FILES_CHECK_HOURS=]
              [default: 24]

          --files-check-rate <MIB>
              How much a check reads in a second, in MiB, so that requests have their share

              [env: CROSSFADE_FILES_CHECK_RATE=]
              [default: 32]

          --public-url <URL>
              Where the panel is for those who are told of alerts, as `https://crossfade.example.com`:
              links in what they get lead there

              [env: CROSSFADE_PUBLIC_URL=]

          --notify-allow <CIDR>
              Network whose addresses may be told of alerts although they are not public, as
              `10.1.0.0/16`; may be given more than once

              [env: CROSSFADE_NOTIFY_ALLOW=]

          --log <FILTER>
              What to log: a level, or levels by module as in `info,crossfade=debug`

              [env: CROSSFADE_LOG=]

          --log-format <LOG_FORMAT>
              How log lines look

              Possible values:
              - text: For people
              - json: One JSON object a line

              [env: CROSSFADE_LOG_FORMAT=]
              [default: text]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn the_program_says_what_it_can_do() {
    let bare = run(&mut crossfade(), b"");
    assert_eq!(bare.code, 2);
    for command in ["serve", "import", "user", "token"] {
        assert!(bare.err.contains(&format!("\n  {command} ")), "{bare:?}");
    }
    let version = run(crossfade().arg("--version"), b"");
    assert_eq!((version.code, version.out), (0, format!("crossfade {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn an_option_that_cannot_be_is_refused_in_words() {
    let desk = Desk::new();
    for (options, part) in [
        (&["--listen", "nonsense"][..], "--listen <ADDR>"),
        (&["--listen", "127.0.0.1:99999"], "--listen <ADDR>"),
        (&["--database", "mysql://x"], "must start with sqlite:"),
        (&["--database", "sqlite:"], "names no file"),
        (&["--log-format", "xml"], "--log-format <LOG_FORMAT>"),
        (&["--ofrep-origin", "*"], "must be a scheme and a host"),
        (&["--ofrep-origin", "https://shop.example.com/"], "must be a scheme and a host"),
        (&["--ofrep-origin", "https://Shop.example.com"], "must be a scheme and a host"),
        (&["--ofrep-origin", "https://ada:x@shop.example.com"], "must be a scheme and a host"),
        (&["--ofrep-origin", "http://localhost:8080,ftp://shop.example.com"], "must be a scheme and a host"),
        (&["--nonsense"], "--nonsense"),
        (&["now"], "'now'"),
    ] {
        refused(crossfade().arg("serve").args(options), 2, &[part]);
    }
    for (variable, value) in [
        ("CROSSFADE_LISTEN", "3000"),
        ("CROSSFADE_DATABASE", "x"),
        ("DATABASE_URL", "mysql://x"),
        ("CROSSFADE_LOG_FORMAT", "x"),
    ] {
        refused(crossfade().arg("serve").env(variable, value), 2, &[value]);
    }
    refused(&mut serve_with(&desk, &["--log", "a=b=c"]), 1, &["Error: "]);
    assert!(!desk.data_dir().exists());
}

#[test]
fn a_signal_to_stop_ends_it_well_and_what_was_acknowledged_stays() {
    let desk = Desk::new();
    desk.take_in(line(&json!({})).repeat(10), &[]);
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = desk.server();
        assert_eq!(counted(server.address, "kimi"), [10, 0, 0]);
        kill_process(Pid::from_child(&server.child), signal).unwrap();
        assert_eq!(server.child.wait().unwrap().code(), Some(0), "{signal:?}");
    }
    assert!(!desk.data_dir().join("crossfade.db-wal").exists(), "the log is folded into the database at the end");
}

#[test]
fn the_database_that_the_surroundings_provide_gives_way_to_one_that_was_named() {
    let desk = Desk::new();
    let [provided, named] = ["provided", "named"].map(|name| desk.data_dir().join(format!("{name}.db")));
    for (more, there) in [(None, &provided), (Some(&named), &named)] {
        let mut command = crossfade();
        command.args(["user", "list"]).env("DATABASE_URL", format!("sqlite:{}", provided.display()));
        if let Some(more) = more {
            command.env("CROSSFADE_DATABASE", format!("sqlite:{}", more.display()));
        }
        assert!(command.output().unwrap().status.success());
        assert!(there.exists());
        assert_eq!(named.exists(), more.is_some());
    }
}

#[test]
fn everything_can_be_set_by_variables() {
    let desk = Desk::new();
    let mut command = crossfade();
    let log = std::fs::File::create(desk.file("log", "")).unwrap();
    command.arg("serve").stdout(Stdio::piped()).stderr(log);
    let database = format!("sqlite:{}", desk.data_dir().join("deep/inside/other.db").display());
    let files = desk.data_dir().join("files").display().to_string();
    for (name, value) in [
        ("CROSSFADE_LISTEN", "127.0.0.1:0"),
        ("CROSSFADE_DATABASE", &database),
        ("CROSSFADE_DATA_DIR", &files),
        ("CROSSFADE_SITE_ROOT", "/nowhere"),
        ("CROSSFADE_EXAMPLE", "true"),
        ("CROSSFADE_LOG", "info"),
        ("CROSSFADE_LOG_FORMAT", "json"),
    ] {
        command.env(name, value);
    }
    let mut server = Server::start(command);
    let migrations = get(server.address, "/api/v1/migrations");
    assert_eq!(migrations[0]["slug"], "file-management");
    assert_eq!(migrations[0]["features"], json!(["kimi", "smart_handler", "supabase"]));
    assert!(server.terminate().success());
    assert!(desk.data_dir().join("deep/inside/other.db").exists());
    let log = std::fs::read_to_string(desk.data_dir().with_file_name("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["fields"]["message"] == "migration created"), "{log}");
}

#[test]
fn the_example_is_created_once_and_without_it_there_is_nothing() {
    let desk = Desk::new();
    for _ in 0..2 {
        let mut server = desk.server();
        assert_eq!(get(server.address, "/api/v1/migrations").as_array().unwrap().len(), 1);
        assert!(server.terminate().success());
    }
    let other = Desk::new();
    let mut command = serve_with(&other, &[]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let server = Server::start(command);
    assert_eq!(get(server.address, "/api/v1/migrations"), json!([]));
}

#[test]
fn the_example_moves_files_of_the_server_and_goes_on_with_them_after_a_restart() {
    let desk = Desk::new();
    let made = |server: &Server| {
        let files = get(server.address, "/api/v1/files?limit=500");
        let files = files["files"].as_array().unwrap().clone();
        assert!(files.iter().all(|file| file["metadata"]["made_by"] == "crossfade's driver"), "{files:?}");
        files.len()
    };
    let serve = || {
        let mut command = serve_with(&desk, &["--example", "--example-rate", "100"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        Server::start(command)
    };
    let mut server = serve();
    while made(&server) < 9 {}
    assert!(server.terminate().success());
    let server = serve();
    assert!(made(&server) >= 6, "deletes begin with the fourth file of a feature");
    assert!(desk.data_dir().join("files/unified").is_dir());
}

#[test]
fn data_that_cannot_be_used_is_told_in_words() {
    let desk = Desk::new();
    let file = desk.file("data", "a file where a directory should be");
    let at = file.display().to_string();
    refused(&mut serve_with(&desk, &[]), 1, &["could not make the directory", &at]);
    refused(&mut serve_with(&desk, &["--database", &format!("sqlite:{at}")]), 1, &["could not open the database", &at]);
    let text = desk.file("text.db", "no database, however long this text may be. ".repeat(100)).display().to_string();
    let words = ["could not open the database", "not a database"];
    refused(&mut serve_with(&desk, &["--database", &format!("sqlite:{text}")]), 1, &words);
    assert!(std::fs::read_to_string(text).unwrap().starts_with("no database"), "it is left as it was");
    refused(
        &mut serve_with(&desk, &["--database", "sqlite:/proc/none/x.db"]),
        1,
        &["could not make the directory /proc"],
    );
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let desk = Desk::new();
    desk.take_in(line(&json!({})), &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::{ConnectOptions as _, Connection as _};
        let file = desk.data_dir().join("crossfade.db");
        let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   VALUES (9999, 'of a newer program', TRUE, x'00', 1)";
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    refused(&mut serve_with(&desk, &[]), 1, &["could not open the database", "schema"]);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let desk = Desk::new();
    let words = [&format!("could not listen on {address}")[..], "Address already in use"];
    refused(crossfade().args(["serve", "--listen", &address, "--data-dir"]).arg(desk.data_dir()), 1, &words);
    let foreign = ["could not listen on 192.0.2.1:0"];
    refused(crossfade().args(["serve", "--listen", "192.0.2.1:0", "--data-dir"]).arg(desk.data_dir()), 1, &foreign);
}

#[test]
fn an_address_can_be_taken_over_at_once_after_a_stop() {
    let desk = Desk::new();
    let mut server = desk.server();
    let address = server.address;
    // A connection that the server closes stays with the system for a while.
    counted(address, "kimi");
    assert!(server.terminate().success());
    let mut command = crossfade();
    command.args(["serve", "--listen", &address.to_string(), "--data-dir"]).arg(desk.data_dir());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let server = Server::start(command);
    assert_eq!(server.address, address);
}
