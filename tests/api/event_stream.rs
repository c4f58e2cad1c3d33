//! A stream of Server-Sent Events as a client reads it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::answer::Answer;

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

/// A stream that is open.
pub struct EventStream {
    pub headers: HeaderMap,
    body: Body,
    text: String,
}

impl EventStream {
    /// The stream that `request` opens.
    pub async fn open(router: Router, request: Request<Body>) -> Self {
        Self::try_open(router, request).await.unwrap_or_else(|answer| panic!("no stream: {answer:?}"))
    }

    /// The stream that `request` opens, or why it opens none.
    pub async fn try_open(router: Router, request: Request<Body>) -> Result<Self, Answer> {
        let response = router.oneshot(request).await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(Answer::of(response).await);
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let (parts, body) = response.into_parts();
        Ok(Self { headers: parts.headers, body, text: String::new() })
    }

    /// The next event; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = parse(&event) {
                    return Some(event);
                }
            }
            let frame = self.body.frame().await?.unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// The events that are there already.
    pub fn at_hand(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        // Ready at once or not at all: what is not there yet is not waited for.
        while let Some(event) = futures::FutureExt::now_or_never(self.next()) {
            events.push(event.unwrap_or_else(|| panic!("the stream has ended")));
        }
        events
    }
}

/// An event with data; comments and settings are none.
fn parse(text: &str) -> Option<Event> {
    let mut event = Event::default();
    for line in text.lines() {
        match line.split_once(": ")? {
            ("event", name) => name.clone_into(&mut event.name),
            ("id", id) => id.clone_into(&mut event.id),
            ("data", data) => event.data = serde_json::from_str(data).unwrap(),
            _ => {}
        }
    }
    (!event.data.is_null()).then_some(event)
}
