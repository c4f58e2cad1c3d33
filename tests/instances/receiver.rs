//! Somebody who is told of alerts: keeps every letter that comes, by the name of its delivery.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde_json::Value;

/// What came: how often each delivery did, and what it says.
pub type Letters = BTreeMap<String, (usize, Value)>;

/// A server that ends with the test. It takes its time for each letter, so that now and then whoever sends it is killed
/// meanwhile.
#[derive(Clone)]
pub struct Receiver {
    pub address: SocketAddr,
    came: Arc<Mutex<Letters>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), came: Arc::default() };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// What was taken.
    pub fn letters(&self) -> Letters {
        self.came.lock().unwrap().clone()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let delivery = headers["crossfade-delivery"].to_str().unwrap().to_owned();
    let letter = serde_json::from_slice(&body).unwrap();
    let mut came = receiver.came.lock().unwrap();
    let (times, kept) = came.entry(delivery).or_insert((0, Value::Null));
    assert!(*times == 0 || *kept == letter, "one name, two letters: {kept} and {letter}");
    *kept = letter;
    *times += 1;
    StatusCode::OK
}
