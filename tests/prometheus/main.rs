//! What is told at `/metrics`, to the real Prometheus: its linter finds nothing, and its server scrapes with a token and
//! answers what was scraped. Debian's package `prometheus` has both; `scripts/setup test` installs it.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, serve, token};

/// How long a scrape may be waited for; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server with three observations.
fn started(data: &Path) -> Server {
    let server = Server::start(serve(&data.join("data")));
    let item = json!({"feature": "kimi", "operation": "upload", "path": "candidate", "outcome": "ok", "latency_ms": 7});
    let body = json!([item, item, item]).to_string();
    let (status, answer) = ask(server.address, "POST", "/api/v1/observations", &token(server.address), &body);
    assert_eq!(status, 202, "{answer}");
    server
}

#[test]
fn promtool_finds_nothing_wrong_with_what_is_told() {
    let data = tempfile::tempdir().unwrap();
    let mut server = started(data.path());
    let (status, text) = ask(server.address, "GET", "/metrics", &token(server.address), "");
    assert_eq!(status, 200, "{text}");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool: {error}; has scripts/setup test been run?"));
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap());
    assert!(output.status.success() && said == ["", ""], "{said:?}\n{text}");
    assert!(server.terminate().success());
}

#[test]
fn the_rules_for_what_crossfade_cannot_tell_of_itself_fire_and_are_about_series_that_there_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/deploying");
    for arguments in [["check", "rules", "prometheus-rules.yml"], ["test", "rules", "prometheus-rules.test.yml"]] {
        let output = Command::new("promtool").args(arguments).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let rules = fs::read_to_string(folder.join("prometheus-rules.yml")).unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut server = started(data.path());
    let (_, told) = ask(server.address, "GET", "/metrics", &token(server.address), "");
    let is_of_a_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let named = rules.split(|char| !is_of_a_name(char)).filter(|word| word.starts_with("crossfade_"));
    let unknown: Vec<&str> = named.filter(|name| !told.contains(&format!("\n{name} "))).collect();
    assert!(unknown.is_empty(), "{unknown:?} in {told}");
    assert!(server.terminate().success());
}

#[test]
fn prometheus_scrapes_with_a_token_and_answers_what_was_told() {
    let data = tempfile::tempdir().unwrap();
    let mut server = started(data.path());
    let prometheus = Prometheus::start(data.path(), server.address);
    let requests = "crossfade_requests_total{feature='kimi',path='candidate',outcome='ok'}";
    assert_eq!(prometheus.query(requests), "3");
    assert_eq!(prometheus.query("up"), "1");
    assert_eq!(prometheus.query("crossfade_store_up"), "1");
    let median = prometheus
        .query("histogram_quantile(0.5, crossfade_request_duration_seconds_bucket{feature='kimi',path='candidate'})");
    assert!((0.005..=0.01).contains(&median.parse::<f64>().unwrap()), "{median}");
    let start = prometheus.query("time() - process_start_time_seconds");
    assert!((0.0..300.0).contains(&start.parse::<f64>().unwrap()), "{start}");
    drop(prometheus);
    assert!(server.terminate().success());
}

/// A Prometheus that scrapes one server; killed when it is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    /// Starts one in `folder` and waits until it is ready.
    fn start(folder: &Path, target: SocketAddr) -> Self {
        // Nothing else takes the port in the moment between.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let (config, secret) = (folder.join("prometheus.yml"), folder.join("token"));
        fs::write(&secret, token(target)).unwrap();
        let job = json!({
            "job_name": "crossfade",
            "authorization": {"credentials_file": secret},
            "static_configs": [{"targets": [target.to_string()]}],
        });
        let settings =
            json!({"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"}, "scrape_configs": [job]});
        // JSON is YAML.
        fs::write(&config, settings.to_string()).unwrap();
        let log = fs::File::create(folder.join("prometheus.log")).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}; has scripts/setup test been run?"));
        Self { child, address }
    }

    /// The one value that `query` has, once it has one.
    fn query(&self, query: &str) -> String {
        let encoded = reqwest::Url::parse_with_params("http://prometheus", [("query", query)]).unwrap();
        let encoded = encoded.query().unwrap();
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < PATIENCE {
            if TcpStream::connect(self.address).is_ok() {
                let (_, body) = ask(self.address, "GET", &format!("/api/v1/query?{encoded}"), "", "");
                let answer: Value = serde_json::from_str(&body).unwrap_or_default();
                if let Some(value) = answer.pointer("/data/result/0/value/1").and_then(Value::as_str) {
                    return value.to_owned();
                }
                last = body;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{query} is never answered: {last}");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status and the body that a request is answered with.
fn ask(address: SocketAddr, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("{method} {path} HTTP/1.0\r\nhost: {address}\r\ncontent-type: application/json");
    let length = body.len();
    write!(stream, "{head}\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
