//! Somebody who is told of alerts: a small server on this machine that keeps what comes and answers as it is told.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::watch;

use super::Shared;

/// How a letter is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    Text(u16, &'static str),
    RetryAfter(u16, u32),
    Redirect(String),
    Never,
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    pub path: String,
    headers: HeaderMap,
    pub body: Bytes,
}

impl Letter {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The server, which ends with the test.
#[derive(Clone)]
pub struct Receiver {
    address: std::net::SocketAddr,
    letters: Shared<Vec<Letter>>,
    replies: Shared<VecDeque<Reply>>,
    arrived: Arc<watch::Sender<usize>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            letters: Shared::default(),
            replies: Shared::default(),
            arrived: Arc::new(watch::channel(0).0),
        };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What comes next is answered like this, and all after it with 200.
    pub fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.replies.lock().unwrap() = replies.into_iter().collect();
    }

    /// What came.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    /// Waits until so many letters came.
    pub async fn arrived(&self, letters: usize) {
        self.arrived.subscribe().wait_for(|arrived| *arrived >= letters).await.unwrap();
    }
}

/// The value of `Crossfade-Signature`, as a receiver computes it.
pub fn signature(key: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    let digits: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1={}", digits.concat())
}

async fn take(State(receiver): State<Receiver>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    receiver.letters.lock().unwrap().push(Letter { path, headers: parts.headers, body });
    receiver.arrived.send_modify(|arrived| *arrived += 1);
    let reply = receiver.replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(200));
    let answer = Response::builder();
    match reply {
        Reply::Status(status) => answer.status(status).body(Body::empty()),
        Reply::Text(status, text) => answer.status(status).body(Body::from(text)),
        Reply::RetryAfter(status, seconds) => answer.status(status).header("retry-after", seconds).body(Body::empty()),
        Reply::Redirect(to) => answer.status(307).header("location", to).body(Body::empty()),
        Reply::Never => std::future::pending().await,
    }
    .unwrap()
}
