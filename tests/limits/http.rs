//! The plainest of HTTP clients: it sends everything before it reads anything, as the most stubborn of senders do.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::token;

pub const OBSERVATIONS: &str = "/api/v1/observations";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The body of an answer with this status, as JSON.
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The detail of problem details with this status (RFC 9457).
    pub fn problem(&self, status: u16) -> String {
        let problem = self.json(status);
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        assert_eq!(problem["status"], status, "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }

    /// How many items were accepted.
    pub fn accepted(&self) -> u64 {
        self.json(202)["accepted"].as_u64().unwrap()
    }
}

/// A connection on which nothing takes longer than a minute.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.set_write_timeout(Some(Duration::from_mins(1)))?;
    Ok(stream)
}

/// Reads the answer on a connection that the server closes after it.
pub fn answer(mut stream: TcpStream) -> io::Result<Answer> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| io::Error::other(format!("no answer: {text:?}")))?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| io::Error::other("no status"))?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// Starts a `POST`; its body comes after it.
pub fn start_post(address: SocketAddr, path: &str, headers: &str) -> io::Result<TcpStream> {
    let token = token(address);
    let mut stream = connect(address)?;
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}");
    let head = format!("{head}\r\nconnection: close\r\ncontent-type: application/json");
    write!(stream, "{head}\r\n{headers}\r\n")?;
    Ok(stream)
}

/// Posts `body`.
pub fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
    let mut stream = start_post(address, path, &format!("content-length: {}\r\n{headers}", body.len()))?;
    stream.write_all(body)?;
    answer(stream)
}

/// Posts `count` observations of `operation`.
pub fn observe(address: SocketAddr, operation: &str, count: usize) -> Answer {
    let item = json!({
        "feature": "kimi", "operation": operation, "path": "legacy", "outcome": "ok", "latency_ms": 1,
    });
    post(address, OBSERVATIONS, "", json!(vec![item; count]).to_string().as_bytes()).unwrap()
}

/// `GET`.
pub fn get(address: SocketAddr, path: &str) -> Answer {
    let token = token(address);
    let mut stream = connect(address).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close");
    write!(stream, "{head}\r\n\r\n").unwrap();
    answer(stream).unwrap()
}

/// How many observations of `operation` are counted.
pub fn counted(address: SocketAddr, operation: &str) -> u64 {
    let document = get(address, &format!("/api/v1/features/kimi/metrics?operation={operation}")).json(200);
    document["points"].as_array().unwrap().iter().map(|point| point["legacy"]["requests"].as_u64().unwrap()).sum()
}
