//! Starting while the database is not there: the program says what stands in the way and ends, for whoever started it to try
//! again. It does not wait, since it knows nothing that it could decide by.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::postgres::Cluster;
use crate::support::serve;

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server on `url` says before it ends.
fn said(folder: &Path, url: &str) -> String {
    let mut command = serve(&folder.join("data"));
    command.args(["--database", url]).stderr(Stdio::piped());
    let began = Instant::now();
    let said = command.output().unwrap();
    assert!(!said.status.success(), "{url}: {said:?}");
    assert!(began.elapsed() < PATIENCE, "{url}: {:?}", began.elapsed());
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(!said.contains("the-password"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_told_in_words_and_soon() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing listens there, and there nobody answers.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cluster = Cluster::start(&["max_connections=20"]);
    cluster.execute("CREATE DATABASE crossfade".to_owned()).await;
    let unknown = cluster.url("nothing");
    for (url, words) in [
        (format!("postgres://ada:the-password@{gone}/crossfade"), "Connection refused"),
        (format!("postgres://ada:the-password@{}/crossfade", silent.local_addr().unwrap()), "no answer in time"),
        (unknown, "database \"nothing\" does not exist"),
        ("postgres://ada:the-password@localhost/crossfade?host=/nowhere".to_owned(), "No such file"),
    ] {
        let said = said(folder.path(), &url);
        assert!(said.contains(words), "{url}: {said}");
    }

    // All places are taken by others.
    let url = cluster.url("crossfade");
    let mut others = Vec::new();
    loop {
        use sqlx::Connection as _;
        match sqlx::PgConnection::connect(&url).await {
            Ok(other) => others.push(other),
            Err(error) => {
                assert!(error.to_string().contains("too many clients"), "{error}");
                break;
            }
        }
    }
    let said = said(folder.path(), &url);
    assert!(said.contains("too many clients"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_passwords_with_any_characters_lead_in_and_wrong_ones_do_not() {
    let cluster = Cluster::start(&[]);
    for sql in [
        "CREATE ROLE \"ada lovelace\" LOGIN PASSWORD 'p@ss w/rd?#%é'",
        "CREATE DATABASE \"Moves & Ärger's\" OWNER \"ada lovelace\"",
    ] {
        cluster.execute(sql.to_owned()).await;
    }
    let access = "local all postgres trust\nlocal all all scram-sha-256\n";
    std::fs::write(Path::new(&cluster.folder).join("data/pg_hba.conf"), access).unwrap();
    cluster.ask(&["reload"]);
    let url = |password: &str| {
        let folder = &cluster.folder;
        format!("postgres://ada%20lovelace:{password}@localhost/Moves%20%26%20%C3%84rger%27s?host={folder}")
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = serve(&folder.path().join("served"));
    command.args(["--database", &url("p%40ss%20w%2Frd%3F%23%25%C3%A9")]);
    let mut server = crate::support::Server::start(command);
    assert!(server.terminate().success());
    let said = said(folder.path(), &url("the-password"));
    assert!(said.contains("Moves & Ärger's at ") && said.contains("password authentication failed"), "{said}");
}
