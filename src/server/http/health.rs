//! `GET /healthz` and `/readyz`.

use axum::extract::State;

use super::problem::Problem;
use crate::server::state::AppState;

/// Alive: the program answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Able to serve: the store is reachable and its schema is current.
pub async fn readyz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    state.store.check().await?;
    Ok("ready\n")
}
