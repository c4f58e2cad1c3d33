//! `GET /healthz` and `/readyz`.

use axum::extract::State;

use super::problem::Problem;
use crate::server::state::AppState;

/// Alive: the program answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "monitoring",
    responses((status = 200, description = "The program answers", body = String, content_type = "text/plain")),
)]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Able to serve: the store is reachable and its schema is current.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "monitoring",
    responses((status = 200, description = "The store is reachable and its schema is current", body = String, content_type = "text/plain")),
)]
pub async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    if state.reach.is_away() {
        let known = state.decisions.known_at().map(|at| at.format("%Y-%m-%dT%H:%M:%SZ"));
        let known = known.map_or_else(|| "cannot be made".to_owned(), |at| format!("go on as of {at}"));
        return Err(Problem::unavailable(format!("the store does not answer; decisions {known}")));
    }
    match state.store.check().await.map_err(Problem::from) {
        Ok(()) => Ok("ready\n"),
        // Whatever the fault is, it may pass: who asks is to ask again, and to send requests elsewhere until then.
        Err(problem) if problem.status() == 500 => Err(Problem::unavailable("the store does not work")),
        Err(problem) => Err(problem),
    }
}
