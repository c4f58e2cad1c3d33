//! What browsers are told not to do with what is served.

use axum::http::{HeaderName, HeaderValue, Response, header};

/// For everything that is no page: a document that is shown all the same may load and run nothing.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");

/// For drawings that others may embed: their own styles, and nothing else.
pub const DRAWING: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");

/// On every answer.
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");

/// What is kept says who was signed in, or how things were. Files and drawings say for themselves how long they last.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// On every answer that a browser may show.
const FOR_BROWSERS: [(HeaderName, HeaderValue); 3] = [
    // Forms without JavaScript are led back by it.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// For pages: their own scripts and styles, and the inline scripts that carry `nonce`.
pub fn of_page(nonce: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

/// For pages without a client: no scripts but the one file that follows changes.
pub const PLAIN_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// For documents to be printed: no scripts at all.
pub const PRINTED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// Puts the headers on an answer, and leaves those that are there.
pub fn add<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in FOR_BROWSERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    add_for_programs(response)
}

/// The same for an answer that no browser shows, as flags are: what only counts for documents is left out.
pub fn add_for_programs<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(NO_SNIFFING);
    headers.entry(header::CACHE_CONTROL).or_insert(NOT_KEPT);
    response
}
