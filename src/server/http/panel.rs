//! The panel: pages rendered by leptos, the server functions behind them, and the files that the browser loads.

use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list, handle_server_fns_with_context};

use super::{assets, body};
use crate::app::{App, shell};
use crate::server::state::AppState;

/// What the panel needs beside the application's state.
#[derive(Clone)]
struct PanelState {
    app: AppState,
    options: LeptosOptions,
}

impl axum::extract::FromRef<PanelState> for LeptosOptions {
    fn from_ref(state: &PanelState) -> Self {
        state.options.clone()
    }
}

/// Pages, server functions and files.
pub(super) fn router(app: AppState, site_root: PathBuf) -> Router {
    let options =
        LeptosOptions::builder().output_name("crossfade").site_root(site_root.to_string_lossy().into_owned()).build();
    let state = PanelState { app: app.clone(), options: options.clone() };
    Router::new()
        .route("/panel/{*function}", any(server_function))
        .leptos_routes_with_context(
            &state,
            generate_route_list(App),
            {
                let app = app.clone();
                move || provide_context(app.clone())
            },
            move || shell(options.clone()),
        )
        .fallback_service(assets::service(&site_root, axum::routing::any(not_found).with_state(state.clone())))
        .with_state(state)
}

async fn server_function(State(state): State<PanelState>, request: Request) -> Response {
    // leptos would read a body of any size.
    let (parts, body) = request.into_parts();
    let mut share = state.app.ingest.budget.share();
    let body = match body::read(&parts.headers, body, body::MAX_DOCUMENT_BYTES, &mut share).await {
        Ok(body) => body,
        Err(problem) => return problem.into_response(),
    };
    let request = Request::from_parts(parts, Body::from(body));
    handle_server_fns_with_context(move || provide_context(state.app.clone()), request).await.into_response()
}

/// The panel's own page for an address that is nothing else.
async fn not_found(State(state): State<PanelState>, request: Request<Body>) -> Response {
    let options = state.options.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(state.app.clone()),
        move || shell(options.clone()),
    );
    let mut response = render(request).await.into_response();
    *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    response
}
