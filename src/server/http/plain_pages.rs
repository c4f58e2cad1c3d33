//! The pages without a client: rendered here, with nothing in them for a client to take over, and the forms that are sent
//! to them.
//!
//! A form goes to the page that holds it. The server function that it names is called as any program would call it; the
//! answer to a success is a redirect, and to all else the page itself with what came of the form. So an error never has
//! to fit into an address, and a long text that was refused is still in its field.

use std::sync::PoisonError;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response as HttpResponse, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt;
use http_body_util::BodyExt;
use leptos::prelude::{Owner, RenderHtml, ScopedFuture, provide_context};
use leptos_axum::ResponseOptions;
use leptos_meta::ServerMetaContext;
use leptos_router::components::provide_server_redirect;
use leptos_router::location::RequestUrl;

use super::form::Sent;
use super::in_time;
use super::page_routes::PAGE_ROUTES;
use super::panel::{PanelState, call};
use crate::plain::outcome::{CALL, Outcome};
use crate::plain::shell;
use crate::server::access::headers;
use crate::server::state::AppState;

/// Every page without a client, to be opened and to be sent forms.
pub(super) fn router() -> axum::Router<PanelState> {
    PAGE_ROUTES.plain.iter().fold(axum::Router::new(), |router, path| router.route(path, get(open).post(submit)))
}

async fn open(State(state): State<PanelState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    render(state.app, parts, None).await
}

/// Calls what the form names and answers with what came of it.
async fn submit(State(state): State<PanelState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let sent = match Sent::read(&state.app, &mut parts, body).await {
        Ok(sent) => sent,
        Err(problem) => return problem.into_response(),
    };
    let function = sent.field(CALL).and_then(|path| path.parse::<Uri>().ok());
    let Some(function) = function.filter(|uri| uri.path().starts_with("/panel/")) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let mut asked = parts.clone();
    asked.uri = function;
    // As a program asks: the error itself comes back, and no redirect to where the form was.
    asked.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let (mut answer, body) =
        call(state.app.clone(), Request::from_parts(asked, Body::from(sent.body))).await.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();

    let is_success = answer.status.is_success();
    let location = answer.headers.remove(header::LOCATION);
    let cookies: Vec<HeaderValue> = answer.headers.get_all(header::SET_COOKIE).into_iter().cloned().collect();
    let mut response = match location {
        Some(to) if is_success => see_other(to),
        None if is_success && body == b"null" => HeaderValue::from_str(&parts.uri.to_string())
            .map_or_else(|_| StatusCode::NO_CONTENT.into_response(), see_other),
        _ => {
            // The page is asked for, whatever the form was sent with.
            parts.method = Method::GET;
            let outcome = Outcome::new(sent.fields, is_success, body);
            let mut page = in_time::made(render(state.app, parts, Some(outcome))).await;
            if page.status().is_success() {
                *page.status_mut() = answer.status;
            }
            page
        }
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn see_other(to: HeaderValue) -> Response {
    let mut response = HttpResponse::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// The page at the address that `parts` ask for. Leptos' own way would send the data along in a script.
async fn render(app: AppState, parts: Parts, outcome: Option<Outcome>) -> Response {
    let options = ResponseOptions::default();
    let (meta, head) = ServerMetaContext::new();
    let owner = Owner::new_root(None);
    let path = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str).to_owned();
    let rendering = owner.with(|| {
        provide_context(RequestUrl::new(&path));
        provide_context(meta);
        provide_context(parts);
        provide_context(options.clone());
        provide_context(app);
        if let Some(outcome) = outcome {
            provide_context(outcome);
        }
        provide_server_redirect(leptos_axum::redirect);
        ScopedFuture::new(async move { shell().to_html_stream_in_order().collect::<String>().await })
    });
    let html = rendering.await;
    let html = Box::pin(futures::stream::once(async move { html }));
    let html = head.inject_meta_context(html).await.collect::<String>().await;
    owner.unset_with_forced_cleanup();
    let mut response = axum::response::Html(html).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, headers::PLAIN_PAGE);
    let mut settings = options.0.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(status) = settings.status {
        *response.status_mut() = status;
    }
    response.headers_mut().extend(std::mem::take(&mut settings.headers));
    drop(settings);
    response
}
