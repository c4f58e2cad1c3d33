//! Every address that programs may ask, one a line. The router is made of this list, and so is the test of who may.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::{
    alerts, audit, catalog, charts, comparison_rules, discrepancies, events, evidence, files, gate, hand_over, health,
    ingest, metrics, notifications, ofrep, openapi, otlp, policies, prometheus, rollbacks, rollout, runbook, status,
};
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
        get("/metrics", prometheus::metrics),
        get("/monitoring/hybrid-status", status::hybrid_status),
        get("/charts/{feature}/{file}", charts::chart),
        get("/api/v1/migrations", catalog::migrations),
        post("/api/v1/migrations", catalog::create_migration),
        get("/api/v1/migrations/{slug}", catalog::migration),
        patch("/api/v1/migrations/{slug}", catalog::set_migration),
        get("/api/v1/migrations/{slug}/policy", policies::policy),
        put("/api/v1/migrations/{slug}/policy", policies::save_policy),
        get("/api/v1/migrations/{slug}/policies", policies::policies),
        get("/api/v1/migrations/{slug}/comparison-rules", comparison_rules::rules),
        put("/api/v1/migrations/{slug}/comparison-rules", comparison_rules::save_rules),
        get("/api/v1/migrations/{slug}/runbook", runbook::runbook),
        put("/api/v1/migrations/{slug}/runbook", runbook::import),
        post("/api/v1/migrations/{slug}/runbook/items/{id}", runbook::tick),
        get("/api/v1/features", catalog::features),
        post("/api/v1/features", catalog::create_feature),
        get("/api/v1/features/{key}", catalog::feature),
        patch("/api/v1/features/{key}", rollout::set_enabled),
        put("/api/v1/features/{key}/percentage", rollout::set_percentage),
        post("/api/v1/features/{key}/advance", rollout::advance),
        post("/api/v1/features/{key}/restart-stage", rollout::restart_stage),
        get("/api/v1/features/{key}/history", rollout::history),
        get("/api/v1/features/{key}/gate", gate::gate),
        get("/api/v1/features/{key}/evidence.zip", evidence::pack),
        get("/api/v1/features/{key}/hand-over.md", hand_over::markdown),
        get("/api/v1/features/{key}/sign-offs", gate::sign_offs),
        post("/api/v1/features/{key}/sign-offs", gate::give_sign_off),
        get("/api/v1/sign-offs/{id}", gate::sign_off_seen),
        get("/api/v1/features/{key}/metrics", metrics::metrics),
        get("/api/v1/features/{key}/discrepancies", discrepancies::discrepancies),
        get("/api/v1/rollbacks", rollbacks::rollbacks),
        post("/api/v1/rollbacks", rollbacks::roll_back),
        get("/api/v1/rollbacks/{id}", rollbacks::rollback),
        delete("/api/v1/rollbacks/{id}", rollbacks::cancel),
        get("/api/v1/notification-targets", notifications::targets),
        post("/api/v1/notification-targets", notifications::create),
        patch("/api/v1/notification-targets/{id}", notifications::change),
        delete("/api/v1/notification-targets/{id}", notifications::remove),
        post("/api/v1/notification-targets/{id}/test", notifications::test),
        get("/api/v1/notifications", notifications::notifications),
        post("/api/v1/notifications/{id}/retry", notifications::retry),
        post("/api/v1/notifications/{id}/drop", notifications::drop_it),
        get("/api/v1/alerts", alerts::alerts),
        get("/api/v1/alerts/{id}", alerts::alert),
        get("/api/v1/silences", alerts::silences),
        post("/api/v1/silences", alerts::begin_silence),
        delete("/api/v1/silences/{id}", alerts::end_silence),
        get("/api/v1/audit", audit::audit),
        get("/api/v1/events", events::live),
        // The body is a file, which `files::upload` measures.
        post("/api/v1/files", files::upload::upload),
        get("/api/v1/files", files::files),
        get("/api/v1/files/tasks", files::tasks),
        get("/api/v1/files/backfill", files::backfill::backfills),
        post("/api/v1/files/backfill", files::backfill::begin),
        get("/api/v1/files/consistency", files::consistency::consistency),
        post("/api/v1/files/consistency/checks", files::consistency::check),
        post("/api/v1/files/consistency/findings/{id}/repair", files::consistency::repair),
        get("/api/v1/files/{id}", files::file),
        delete("/api/v1/files/{id}", files::delete),
        get("/api/v1/files/{id}/content", files::download::content),
        get(openapi::DOCUMENT, openapi::openapi),
        // Their bodies are measured by `body::read`.
        post("/api/v1/observations", ingest::observations),
        post("/api/v1/comparisons", ingest::comparisons),
        post("/v1/metrics", otlp::metrics),
        post("/ofrep/v1/evaluate/flags/{key}", ofrep::evaluate),
        post("/ofrep/v1/evaluate/flags", ofrep::evaluate_all),
        get("/ofrep/v1/events", ofrep::stream::events),
    ]
}

/// Those below `prefix`, which is taken off their addresses.
pub(super) fn below(prefix: &str) -> Router<AppState> {
    let below = all().into_iter().filter_map(|route| Some((rest(route.path, prefix)?, route.handler)));
    below.fold(Router::new(), |router, (path, handler)| router.route(path, handler))
}

/// Those below `prefix`, with their whole addresses.
pub(super) fn whole(prefix: &str) -> Router<AppState> {
    all().into_iter().filter(|route| rest(route.path, prefix).is_some()).fold(Router::new(), add)
}

/// Those below none of `prefixes`, and none of `paths`.
pub(super) fn outside(prefixes: &[&str], paths: &[&str]) -> Router<AppState> {
    let is_outside = |route: &Route| {
        !paths.contains(&route.path) && prefixes.iter().all(|prefix| rest(route.path, prefix).is_none())
    };
    all().into_iter().filter(is_outside).fold(Router::new(), add)
}

/// Those of `path`.
pub(super) fn only(path: &str) -> Router<AppState> {
    all().into_iter().filter(|route| route.path == path).fold(Router::new(), add)
}

fn add(router: Router<AppState>, route: Route) -> Router<AppState> {
    router.route(route.path, route.handler)
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

fn put<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Route {
    Route { method: Method::PUT, path, handler: on(MethodFilter::PUT, handler) }
}

fn patch<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Route {
    Route { method: Method::PATCH, path, handler: on(MethodFilter::PATCH, handler) }
}

fn delete<T: 'static>(path: &'static str, handler: impl Handler<T, AppState>) -> Route {
    Route { method: Method::DELETE, path, handler: on(MethodFilter::DELETE, handler) }
}
