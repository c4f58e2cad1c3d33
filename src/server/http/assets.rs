//! The files that the browser loads, as the bundler left them: compressed once at build time.

use std::path::Path;

use axum::http::{HeaderValue, header};
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::{SetResponseHeader, SetResponseHeaderLayer};

/// Files below `site_root`; `fallback` answers for every other address.
pub(super) fn service<F>(site_root: &Path, fallback: F) -> SetResponseHeader<ServeDir<F>, HeaderValue> {
    ServiceBuilder::new()
        // A new build has the same names: the browser keeps its copies and asks whether they are still true.
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .service(ServeDir::new(site_root).precompressed_br().precompressed_gzip().fallback(fallback))
}
