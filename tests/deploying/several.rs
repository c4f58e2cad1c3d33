//! Three instances on one PostgreSQL behind the proxy of the guide: whoever asks or listens does not care which of them it is,
//! nor that one is killed.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, serve, token};
use crate::{Nginx, PATIENCE, ask, postgres, send};

/// How long a browser waits until it opens a stream again that broke.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// A stream of events as a browser follows it.
struct Followed {
    lines: Lines<BufReader<TcpStream>>,
    last_id: Option<String>,
}

impl Followed {
    /// Opens it, or opens it again after the event `last_id`.
    fn open(nginx: &Nginx, authorization: &str, last_id: Option<String>) -> Self {
        let began = Instant::now();
        loop {
            let more = last_id.as_ref().map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
            let stream = send(nginx.address, "GET /api/v1/events", &format!("{authorization}{more}"), b"");
            let mut lines = BufReader::new(stream).lines();
            let status = lines.next().and_then(Result::ok).unwrap_or_default();
            if status.contains(" 200 ") {
                // A change counts only once the stream is open.
                assert!(lines.any(|line| line.unwrap().is_empty()));
                return Self { lines, last_id };
            }
            assert!(began.elapsed() < PATIENCE, "no stream: {status}");
            sleep(AGAIN_AFTER);
        }
    }

    /// Reads until a change of `kimi` came, and gives the kinds of all that came; `None` when the stream broke.
    fn change_of_kimi(&mut self) -> Option<Vec<String>> {
        let mut kinds = Vec::new();
        loop {
            let line = self.lines.next()?.ok()?;
            if let Some(id) = line.strip_prefix("id: ") {
                self.last_id = Some(id.to_owned());
            } else if let Some(kind) = line.strip_prefix("event: ") {
                kinds.push(kind.to_owned());
            } else if line.starts_with("data: ") && line.contains("\"kimi\"") {
                return Some(kinds);
            }
        }
    }
}

/// Makes a change through the proxy, as a program that tries again does.
fn change(nginx: &Nginx, authorization: &str, enabled: bool) {
    let began = Instant::now();
    let body = json!({"enabled": enabled, "reason": "a test"}).to_string();
    let more = format!("{authorization}content-type: application/json\r\n");
    loop {
        let (status, answer) = ask(nginx.address, "PATCH /api/v1/features/kimi", &more, body.as_bytes());
        if status == 200 {
            return;
        }
        // The one that was killed was asked; nginx asks another the next time.
        assert!(status == 502 && began.elapsed() < PATIENCE, "{status}: {answer}");
    }
}

/// Whether a stream of changes is open at `server`.
fn has_a_stream(server: &Server, authorization: &str) -> bool {
    let (status, metrics) = ask(server.address, "GET /metrics", authorization, b"");
    assert_eq!(status, 200);
    let line = metrics.lines().find_map(|line| line.strip_prefix("crossfade_event_streams_open{kind=\"changes\"} "));
    line.unwrap().parse::<f64>().unwrap() > 0.0
}

#[test]
fn a_stream_that_breaks_with_its_instance_goes_on_at_another_and_misses_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = runtime.block_on(postgres::database());
    let folder = tempfile::tempdir().unwrap();
    let mut servers: Vec<Server> = Vec::new();
    for name in ["a", "b", "c"] {
        let mut command = serve(&folder.path().join(name));
        command.args(["--database", &url]);
        servers.push(Server::start(command));
    }
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let nginx = Nginx::start(folder.path(), &addresses);
    let authorization = format!("authorization: Bearer {}\r\n", token(addresses[0]));

    let mut followed = Followed::open(&nginx, &authorization, None);
    let mut enabled = false;
    // Of three, two are killed, each while the stream comes from it.
    while servers.len() > 1 {
        change(&nginx, &authorization, enabled);
        let kinds = followed.change_of_kimi().expect("the stream is open");
        assert!(!kinds.contains(&"reset".to_owned()), "{kinds:?}");
        let at = servers.iter().position(|server| has_a_stream(server, &authorization)).unwrap();
        // Killed as it goes.
        drop(servers.remove(at));
        assert_eq!(followed.change_of_kimi(), None, "the stream breaks");
        // What happens meanwhile is told by another, once the stream is open again.
        enabled = !enabled;
        change(&nginx, &authorization, enabled);
        followed = Followed::open(&nginx, &authorization, followed.last_id);
        let kinds = followed.change_of_kimi().expect("the stream is open again");
        assert!(!kinds.contains(&"reset".to_owned()), "{kinds:?}");
        enabled = !enabled;
    }

    // Whatever else is asked the one that is left answers.
    let began = Instant::now();
    for _ in 0..20 {
        let more = format!("{authorization}content-type: application/json\r\n");
        let question = br#"{"context":{"targetingKey":"u"}}"#;
        let (status, answer) = ask(nginx.address, "POST /ofrep/v1/evaluate/flags/kimi", &more, question);
        assert_eq!(status, 200, "{answer}");
    }
    assert!(began.elapsed() < PATIENCE);
    let (_, status) = ask(nginx.address, "GET /monitoring/hybrid-status", &authorization, b"");
    let status: Value = serde_json::from_str(status.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(status["migration"], "file-management");
    drop(followed);
    drop(nginx);
    assert!(servers.remove(0).terminate().success());
}
