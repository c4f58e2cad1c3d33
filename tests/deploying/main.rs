//! The proxy that the guide of deploying shows, with the real nginx: what browsers and programs do passes through it, streams
//! come as they are sent, and what is not of the panel is refused. Debian's package `nginx-light` has it; `scripts/setup test`
//! installs it. Several instances behind it are in `several`, the unit and the container file in `files`.

#![expect(clippy::unwrap_used, reason = "a test may fail; clippy takes only the functions marked `#[test]` for tests")]

mod files;
#[path = "../support/postgres.rs"]
mod postgres;
mod several;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Server, serve, token};

/// How long nginx may take for what should take it a moment; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// nginx with the site of the guide before servers; killed when it is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(folder: &Path, servers: &[SocketAddr]) -> Self {
        // Nothing else takes the port in the moment between.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let site = include_str!("../../examples/deploying/nginx.conf");
        let upstream = servers.iter().map(|server| format!("    server {server};\n")).collect::<Vec<_>>().concat();
        let site = replaced(site, "    server 127.0.0.1:3000;\n", &upstream);
        let site = replaced(&site, "listen 443 ssl;", &format!("listen {address};"));
        // Everything but the encryption.
        let site: Vec<&str> = site.lines().filter(|line| !line.trim_start().starts_with("ssl_")).collect();
        let folder_name = folder.display();
        let kept: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {folder_name}/{what};\n"))
            .concat();
        let settings = format!(
            "daemon off; pid {folder_name}/pid; error_log stderr; worker_processes 1;\n\
             events {{}}\nhttp {{\naccess_log off;\n{kept}{}\n}}\n",
            site.join("\n")
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, settings).unwrap();
        let log = fs::File::create(folder.join("nginx.log")).unwrap();
        let child = Command::new("nginx")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap()))
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("nginx: {error}; has scripts/setup test been run?"));
        let nginx = Self { child, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = || fs::read_to_string(folder.join("nginx.log")).unwrap();
            assert!(began.elapsed() < PATIENCE, "nginx does not answer: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its worker goes with it only when it is asked.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn replaced(text: &str, what: &str, with: &str) -> String {
    assert!(text.contains(what), "{what} is not in the site any more");
    text.replace(what, with)
}

/// Sends a request whose head has these more lines, and gives back the connection to read from.
fn send(address: SocketAddr, line: &str, more: &str, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let head =
        format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    stream
}

/// The status and the rest of the answer.
fn ask(address: SocketAddr, line: &str, more: &str, body: &[u8]) -> (u16, String) {
    let mut answer = Vec::new();
    send(address, line, more, body).read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {answer:?}")), answer)
}

fn authorization(server: &Server) -> String {
    format!("authorization: Bearer {}\r\n", token(server.address))
}

fn observations() -> Vec<u8> {
    let item = json!({"feature": "kimi", "operation": "upload", "path": "candidate", "outcome": "ok", "latency_ms": 7});
    json!([item, item, item]).to_string().into_bytes()
}

#[test]
fn a_stream_of_events_comes_through_as_it_is_sent() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(serve(&data.path().join("data")));
    let nginx = Nginx::start(data.path(), &[server.address]);
    let authorization = authorization(&server);
    let mut lines = BufReader::new(send(nginx.address, "GET /api/v1/events", &authorization, b"")).lines();
    let status = lines.next().unwrap().unwrap();
    assert!(status.contains(" 200 "), "{status}");
    // A body is on its way only when its headers were sent on, and a change only once the stream is open.
    assert!(lines.any(|line| line.unwrap().is_empty()));
    let began = Instant::now();
    let (status, answer) = ask(
        nginx.address,
        "POST /api/v1/observations",
        &format!("{authorization}content-type: application/json\r\n"),
        &observations(),
    );
    assert_eq!(status, 202, "{answer}");
    assert!(lines.any(|line| line.unwrap() == "event: figures"));
    assert!(began.elapsed() < Duration::from_secs(10), "it was held back for {:?}", began.elapsed());
    drop(nginx);
    drop(lines);
    assert!(server.terminate().success());
}

#[test]
fn large_files_pass_and_other_origins_do_not() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(serve(&data.path().join("data")));
    let nginx = Nginx::start(data.path(), &[server.address]);
    let authorization = authorization(&server);
    let file = vec![b'x'; 20 << 20];
    let (status, answer) = ask(nginx.address, "POST /api/v1/files?feature=kimi&name=large", &authorization, &file);
    assert_eq!(status, 201, "{answer}");

    let form = b"login=ada&password=secret+secret";
    let origins = [(format!("http://{}", nginx.address), false), ("https://elsewhere.example".to_owned(), true)];
    for (origin, is_refused) in origins {
        let more = format!("origin: {origin}\r\ncontent-type: application/x-www-form-urlencoded\r\n");
        let (status, answer) = ask(nginx.address, "POST /login", &more, form);
        assert_eq!(status == 403, is_refused, "{origin}: {answer}");
    }
    assert!(server.terminate().success());
}

#[test]
fn what_an_instance_that_is_down_was_asked_another_answers() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(serve(&data.path().join("data")));
    // Nothing listens there.
    let down = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let nginx = Nginx::start(data.path(), &[down, server.address]);
    let authorization = authorization(&server);
    for _ in 0..4 {
        let more = format!("{authorization}content-type: application/json\r\n");
        let (status, answer) =
            ask(nginx.address, "POST /ofrep/v1/evaluate/flags/kimi", &more, br#"{"context":{"targetingKey":"u"}}"#);
        assert_eq!(status, 200, "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(body.contains("\"legacy\""), "{body}");
        let (status, answer) = ask(nginx.address, "GET /api/v1/features/kimi", &authorization, b"");
        assert_eq!(status, 200, "{answer}");
    }
    let (_, status) = ask(nginx.address, "GET /monitoring/hybrid-status", &authorization, b"");
    assert!(serde_json::from_str::<Value>(status.split_once("\r\n\r\n").unwrap().1).is_ok(), "{status}");
    assert!(server.terminate().success());
}
