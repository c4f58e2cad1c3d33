//! The panel: pages rendered by leptos, the server functions behind them, and the files that the browser loads.

use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use leptos::nonce::use_nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, handle_server_fns_with_context};

use super::page_routes::PAGE_ROUTES;
use super::problem::Problem;
use super::{assets, body, in_time, plain_pages};
use crate::app::shell;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::access::{authenticate, headers, pages};
use crate::server::state::AppState;

/// What the panel needs beside the application's state.
#[derive(Clone)]
pub(super) struct PanelState {
    pub(super) app: AppState,
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
    let note = from_fn_with_state(app.clone(), authenticate::note);
    let pages = Router::new().leptos_routes_with_context(
        &state,
        PAGE_ROUTES.hydrated.clone(),
        {
            let app = app.clone();
            move || provide_page(app.clone())
        },
        move || shell(options.clone()),
    );
    let not_found = any(not_found).layer(note.clone()).layer(from_fn(in_time::read)).with_state(state.clone());
    Router::new()
        .route("/panel/{*function}", any(server_function))
        .merge(
            pages
                .merge(plain_pages::router())
                .route("/features/{key}/hand-over", get(hand_over))
                .layer(from_fn(pages::guard)),
        )
        .layer(note)
        .layer(from_fn(in_time::read))
        .fallback_service(assets::service(&site_root, not_found))
        .with_state(state)
}

/// What a page finds in its context, and the policy for the scripts that it may run.
fn provide_page(app: AppState) {
    provide_context(app);
    if let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>())
        && let Some(policy) = headers::of_page(&nonce)
    {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

async fn server_function(State(state): State<PanelState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match read(&state.app, &parts.headers, body).await {
        Ok(body) => call(state.app, Request::from_parts(parts, Body::from(body))).await,
        Err(problem) => problem.into_response(),
    }
}

/// The body of a form. leptos would read one of any size.
pub(super) async fn read(app: &AppState, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let mut share = app.ingest.budget.share();
    body::read(headers, body, body::MAX_DOCUMENT_BYTES, &mut share).await
}

/// The server function that `request` asks for.
pub(super) async fn call(app: AppState, request: Request) -> Response {
    handle_server_fns_with_context(move || provide_context(app.clone()), request).await.into_response()
}

/// A feature's hand-over report, to be printed.
async fn hand_over(
    _: Allowed<Read>,
    State(state): State<PanelState>,
    Path(key): Path<String>,
    request: Request,
) -> Response {
    match super::hand_over::page(&state.app, &key).await {
        Ok(Some(page)) => page,
        Ok(None) => not_found(State(state), request).await,
        Err(error) => Problem::from(error).into_response(),
    }
}

/// The panel's own page for an address that is nothing else.
async fn not_found(State(state): State<PanelState>, request: Request<Body>) -> Response {
    let options = state.options.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_page(state.app.clone()),
        move || shell(options.clone()),
    );
    let mut response = render(request).await.into_response();
    *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    // It is no file, though it is answered where files are.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
