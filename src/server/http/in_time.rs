//! How long a page may be in the making: whoever waits for one that never comes is told so. Not for changes, which are not
//! given up half-way, and not for programs, whose clients have limits of their own.

use std::future::Future;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::server::access::headers;

/// Far longer than any page takes, and not so long that somebody waits for nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// In seconds: when to ask again.
const RETRY_AFTER: &str = "5";

const TOO_LATE: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\" />\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\
    <meta name=\"color-scheme\" content=\"light dark\" /><title>Not in time · Crossfade</title>\
    <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\" /><link rel=\"stylesheet\" href=\"/pkg/crossfade.css\" />\
    </head><body><main id=\"Content\"><section class=\"card blank\" role=\"alert\"><h1>This page was not ready in time</h1>\
    <p>Crossfade is busy, or its database does not answer. Decisions about traffic go on.</p>\
    <p class=\"actions\"><a class=\"button\" href=\"\">Try again</a><a class=\"button\" href=\"/rollback\">Emergency rollback</a></p>\
    </section></main></body></html>";

/// Limits what only reads.
pub(super) async fn read(request: Request, next: Next) -> Response {
    if request.method().is_safe() { made(next.run(request)).await } else { next.run(request).await }
}

/// The page, or that it did not come in time.
pub(super) async fn made(page: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(PATIENCE, page).await.unwrap_or_else(|_| {
        tracing::error!(seconds = PATIENCE.as_secs(), "a page was not ready in time");
        let headers = [(header::RETRY_AFTER, RETRY_AFTER)];
        let mut response = (StatusCode::SERVICE_UNAVAILABLE, headers, Html(TOO_LATE)).into_response();
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, headers::PRINTED);
        response
    })
}
