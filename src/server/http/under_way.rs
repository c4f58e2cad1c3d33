//! Which requests are under way: from their head until the last of their answer is handed on. A stream of events would go
//! on for ever, so it ends when the program stops.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// `router`, each of whose requests holds a token of `requests`, and whose streams of events end with `stop`.
pub(super) fn track(router: Router, requests: &TaskTracker, stop: &CancellationToken) -> Router {
    let (requests, stop) = (requests.clone(), stop.clone());
    router.layer(from_fn(move |request: Request, next: Next| {
        let (token, stop) = (requests.token(), stop.clone());
        async move {
            let response = next.run(request).await;
            let stop = is_stream(response.headers()).then(|| Box::pin(stop.cancelled_owned()));
            response.map(|body| Body::new(UnderWay { body, stop, _token: token }))
        }
    }))
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

/// The body of an answer, which holds a token until it is dropped.
struct UnderWay {
    body: Body,
    /// What ends it before its time.
    stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    _token: TaskTrackerToken,
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(stop) = &mut self.stop
            && stop.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
