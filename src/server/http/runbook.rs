//! A migration's checklist over REST.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{self, MAX_DOCUMENT_BYTES};
use super::extract::{self, Expected, Path, Versioned};
use super::problem::Problem;
use crate::domain::runbook::ItemId;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::{Operate, Read};
use crate::server::commands::runbook::{self as commands, TickOrder};
use crate::server::state::AppState;
use crate::server::{orders, queries};
use crate::views::runbook::RunbookView;

/// The body of `POST /api/v1/migrations/{slug}/runbook/items/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TickBody {
    done: bool,
    #[serde(default)]
    note: String,
    /// The item's version that was seen; 412 when it is not the present one.
    #[serde(default)]
    version: Option<i64>,
}

/// `GET /api/v1/migrations/{slug}/runbook`.
#[utoipa::path(
    get,
    path = "/api/v1/migrations/{slug}/runbook",
    tag = "migrations",
    params(("slug" = String, Path, description = "The migration's slug")),
    responses((status = 200, description = "The checklist with who ticked what; its version is the ETag", body = RunbookView)),
)]
pub async fn runbook(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    present(&state, &slug).await
}

/// `PUT /api/v1/migrations/{slug}/runbook`: the body is the file, in Markdown.
#[utoipa::path(
    put,
    path = "/api/v1/migrations/{slug}/runbook",
    tag = "migrations",
    params(("slug" = String, Path, description = "The migration's slug"), ("If-Match" = Option<String>, Header, description = "The ETag that the change is made against; 412 when it is not the present one")),
    request_body(content = String, content_type = "text/markdown", description = "A checklist: headings and lines like `- [ ] Do it`"),
    responses((status = 200, description = "The checklist as it is from now on; ticks stay with their items", body = RunbookView)),
)]
pub async fn import(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Expected(seen): Expected,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, sent) = request.into_parts();
    let mut share = state.ingest.budget.share();
    let file = body::read(&parts.headers, sent, MAX_DOCUMENT_BYTES, &mut share).await?;
    commands::import(&state, &orders::slug(&slug)?, seen, &file, &allowed.principal).await?;
    present(&state, &slug).await
}

/// `POST /api/v1/migrations/{slug}/runbook/items/{id}`: says that an item is done, or that it is not.
#[utoipa::path(
    post,
    path = "/api/v1/migrations/{slug}/runbook/items/{id}",
    tag = "migrations",
    params(("slug" = String, Path, description = "The migration's slug"), ("id" = String, Path, description = "The item's name")),
    request_body = TickBody,
    responses((status = 200, description = "The checklist as it is from now on", body = RunbookView)),
)]
pub async fn tick(
    allowed: Allowed<Operate>,
    State(state): State<AppState>,
    Path((slug, id)): Path<(String, String)>,
    extract::Json(body): extract::Json<TickBody>,
) -> Result<Response, Problem> {
    let order = TickOrder {
        migration: orders::slug(&slug)?,
        item: ItemId(id),
        seen: body.version,
        is_done: body.done,
        note: orders::note(&body.note)?,
    };
    commands::tick(&state, order, &allowed.principal).await?;
    present(&state, &slug).await
}

async fn present(state: &AppState, slug: &str) -> Result<Response, Problem> {
    let found = queries::runbook::view(state, &orders::slug(slug)?).await?;
    found
        .map(|view| Versioned(view.version, view).into_response())
        .ok_or_else(|| Problem::not_found(format!("there is no migration {slug:?}")))
}
