//! Every address that programs may ask, one a line. The router is made of this list, and so is the test of who may.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::{catalog, charts, health, ingest, metrics, status};
use crate::server::state::AppState;

/// One method of one address.
pub struct Route {
    pub method: Method,
    /// The whole address, with `{names}` where something is to be filled in.
    pub path: &'static str,
    handler: MethodRouter<AppState>,
}

/// All of them.
pub fn all() -> Vec<Route> {
    vec![
        get("/healthz", health::healthz),
        get("/readyz", health::readyz),
        get("/monitoring/hybrid-status", status::hybrid_status),
        get("/charts/{feature}/{file}", charts::chart),
        get("/api/v1/migrations", catalog::migrations),
        post("/api/v1/migrations", catalog::create_migration),
        get("/api/v1/migrations/{slug}", catalog::migration),
        get("/api/v1/features", catalog::features),
        post("/api/v1/features", catalog::create_feature),
        get("/api/v1/features/{key}", catalog::feature),
        get("/api/v1/features/{key}/metrics", metrics::metrics),
        // Their bodies are measured by `body::read`.
        post("/api/v1/observations", ingest::observations),
        post("/api/v1/comparisons", ingest::comparisons),
    ]
}

/// Those below `prefix`, which is taken off their addresses.
pub(super) fn below(prefix: &str) -> Router<AppState> {
    let below = all().into_iter().filter_map(|route| Some((rest(route.path, prefix)?, route.handler)));
    below.fold(Router::new(), |router, (path, handler)| router.route(path, handler))
}

/// Those below none of `prefixes`.
pub(super) fn outside(prefixes: &[&str]) -> Router<AppState> {
    let outside = all().into_iter().filter(|route| prefixes.iter().all(|prefix| rest(route.path, prefix).is_none()));
    outside.fold(Router::new(), |router, route| router.route(route.path, route.handler))
}

fn rest(path: &'static str, prefix: &str) -> Option<&'static str> {
    path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))
}

fn get<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Route {
    Route { method: Method::GET, path, handler: on(MethodFilter::GET, handler) }
}

fn post<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Route {
    Route { method: Method::POST, path, handler: on(MethodFilter::POST, handler) }
}
