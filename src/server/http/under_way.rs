//! Which requests are under way: from their head until the last of their answer is handed on.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// `router`, each of whose requests holds a token of `requests`.
pub(super) fn track(router: Router, requests: &TaskTracker) -> Router {
    let requests = requests.clone();
    router.layer(from_fn(move |request: Request, next: Next| {
        let token = requests.token();
        async move { next.run(request).await.map(|body| Body::new(UnderWay { body, _token: token })) }
    }))
}

/// The body of an answer, which holds a token until it is dropped.
struct UnderWay {
    body: Body,
    _token: TaskTrackerToken,
}

impl HttpBody for UnderWay {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
