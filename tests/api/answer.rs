//! What came back, and what every answer of its kind must look like.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        // A stream goes on for ever.
        let is_stream = parts.headers.get("content-type").is_some_and(|it| it == "text/event-stream");
        let body = if is_stream { Body::empty() } else { body };
        let body = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// A header, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as text, which came with `status`.
    pub fn page(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.text()
    }

    /// The body of an answer that must be JSON with this status.
    pub fn json(&self, status: u16) -> Value {
        assert_eq!((self.status.as_u16(), self.header("content-type")), (status, "application/json"), "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body of an answer that must be problem details with this status (RFC 9457), without a word of SQL.
    pub fn problem(&self, status: u16) -> Value {
        let content_type = self.header("content-type");
        assert_eq!((self.status.as_u16(), content_type), (status, "application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["type"].as_str().unwrap().starts_with("/problems/"), "{problem}");
        assert!(["title", "detail"].iter().all(|name| !problem[name].as_str().unwrap().is_empty()), "{problem}");
        let text = self.text().to_ascii_lowercase();
        for word in ["select ", "insert ", "sqlite", "sqlx", "panicked", ".rs:"] {
            assert!(!text.contains(word), "{text}");
        }
        problem
    }

    /// The pointers of a 422.
    pub fn pointers(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
