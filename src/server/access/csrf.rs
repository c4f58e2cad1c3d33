//! No site but this one may have a browser change something here. Programs with a token and no cookie are none of
//! browsers' business: no other site can have one send a token.

use std::convert::Infallible;

use axum::extract::Request;
use axum::http::{HeaderMap, Request as HttpRequest, Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::server::http::problem::Problem;

const REFUSED: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\" /><title>Not allowed · Crossfade</title>\
     </head><body><h1>Not allowed</h1><p>This form was sent from another site. Nothing was changed.</p>\
     <p><a href=\"/\">Go to Crossfade</a></p></body></html>";

/// Refuses what a browser was made to send by another site.
pub async fn protect(request: Request, next: Next) -> Response {
    if is_of_a_program(request.headers()) || !is_from_elsewhere(head_of(&request)).await {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "a request from another site was refused");
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        return (StatusCode::FORBIDDEN, Html(REFUSED)).into_response();
    }
    Problem::forbidden("this was sent by a browser from another site; nothing was changed").into_response()
}

fn is_of_a_program(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE)
}

fn head_of(request: &Request) -> HttpRequest<()> {
    let mut head = HttpRequest::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

/// What tower-http's layer says to a request with the same head.
async fn is_from_elsewhere(head: HttpRequest<()>) -> bool {
    let passed = service_fn(|_| async { Ok::<_, Infallible>(HttpResponse::new(String::new())) });
    match CsrfLayer::new().layer(passed).oneshot(head).await {
        Ok(answer) => answer.extensions().get::<ProtectionError>().is_some(),
        Err(never) => match never {},
    }
}
