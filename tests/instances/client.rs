//! Whoever asks instances.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use reqwest::{Client as Http, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

/// How long may pass for what should take a moment; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an answer may take: an instance that stands still gives none.
const ANSWER: Duration = Duration::from_secs(4);

/// A program with a token.
#[derive(Clone)]
pub struct Client {
    http: Http,
    token: String,
}

/// What an instance answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// What it answered with `status`.
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request, and waits for all of its answer.
pub async fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let began = Instant::now();
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.text().await?;
    Ok(Answer { status, headers, body, took: began.elapsed() })
}

impl Client {
    pub fn new(token: String) -> Self {
        crossfade::facade::remote::provide_tls();
        let http = Http::builder().timeout(ANSWER).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, token }
    }

    /// A request with no token.
    pub fn anonymous(&self, method: &str, at: SocketAddr, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("http://{at}{path}"))
    }

    pub fn request(&self, method: &str, at: SocketAddr, path: &str) -> RequestBuilder {
        self.anonymous(method, at, path).bearer_auth(&self.token)
    }

    pub async fn get(&self, at: SocketAddr, path: &str) -> reqwest::Result<Answer> {
        send(self.request("GET", at, path)).await
    }

    pub async fn post(&self, at: SocketAddr, path: &str, body: &Value) -> reqwest::Result<Answer> {
        send(self.request("POST", at, path).json(body)).await
    }

    /// Asks which path `kimi` takes.
    pub async fn evaluate(&self, at: SocketAddr) -> reqwest::Result<Answer> {
        let question = json!({"context": {"targetingKey": "somebody"}});
        self.post(at, "/ofrep/v1/evaluate/flags/kimi", &question).await
    }

    /// The percentage that decisions for `kimi` are made by.
    pub async fn percentage(&self, at: SocketAddr) -> f64 {
        let answer = self.evaluate(at).await.unwrap();
        answer.json(200)["metadata"]["percentage"].as_f64().unwrap()
    }

    /// The configured percentage of `kimi`.
    pub async fn configured(&self, at: SocketAddr) -> Option<f64> {
        let answer = self.get(at, "/api/v1/features/kimi").await.ok().filter(|answer| answer.status == 200)?;
        answer.json(200)["configured"].as_f64()
    }

    /// The value of a series without labels; `None` while it cannot be told.
    pub async fn gauge(&self, at: SocketAddr, name: &str) -> Option<f64> {
        let text = self.get(at, "/metrics").await.ok()?.body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    /// Whether the instance does the timed work, as it says itself.
    pub async fn leads(&self, at: SocketAddr) -> bool {
        self.gauge(at, "crossfade_instance_leading").await.is_some_and(|leads| leads > 0.0)
    }

    /// Changes whether `kimi` is served by the candidate at all.
    pub async fn enable(&self, at: SocketAddr, enabled: bool) -> Answer {
        let change = json!({"enabled": enabled, "reason": "a test of several instances"});
        send(self.request("PATCH", at, "/api/v1/features/kimi").json(&change)).await.unwrap()
    }
}

/// An observation of `kimi`, so many times.
pub fn observations(many: usize) -> Value {
    let item = json!({"feature": "kimi", "operation": "upload", "path": "legacy", "outcome": "ok", "latency_ms": 1});
    Value::from(vec![item; many])
}

/// Waits until `is_so`, and says how long it took.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}
