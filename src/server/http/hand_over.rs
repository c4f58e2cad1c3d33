//! The hand-over report of a feature: as Markdown, and as a page to print that is made of the same Markdown.

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use pulldown_cmark::{Event, Options, Parser, html};

use super::catalog::{feature_key, unknown_feature};
use super::extract::Path;
use super::problem::Problem;
use crate::domain::feature_key::FeatureKey;
use crate::server::access::allowed::Allowed;
use crate::server::access::allowed::permission::Read;
use crate::server::access::headers;
use crate::server::queries;
use crate::server::state::AppState;
use crate::server::store::StoreError;

/// `GET /api/v1/features/{key}/hand-over.md`.
#[utoipa::path(
    get,
    path = "/api/v1/features/{key}/hand-over.md",
    tag = "features",
    params(("key" = String, Path, description = "The feature's key")),
    responses((status = 200, description = "How the feature came through its stages, by whose decision, and what went wrong", body = String, content_type = "text/markdown")),
)]
pub async fn markdown(
    _: Allowed<Read>,
    State(state): State<AppState>,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let report = queries::hand_over::load(&state, &feature_key(&key)?).await?;
    let text = report.ok_or_else(|| unknown_feature(&key))?.markdown();
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}

/// The page; `None` when there is no such feature.
pub(super) async fn page(state: &AppState, key: &str) -> Result<Option<Response>, StoreError> {
    let Ok(key) = FeatureKey::parse(key) else { return Ok(None) };
    let Some(report) = queries::hand_over::load(state, &key).await? else { return Ok(None) };
    let mut response = Html(document(&key, &report.markdown())).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, headers::PRINTED);
    Ok(Some(response))
}

fn document(key: &FeatureKey, markdown: &str) -> String {
    // A key has nothing in it that HTML would take for more than text.
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Hand-over of {key} · Crossfade</title>\n\
         <link rel=\"stylesheet\" href=\"/hand-over.css\">\n<link rel=\"icon\" href=\"/favicon.svg\">\n</head>\n<body>\n\
         <nav><a href=\"/features/{key}\">Back to {key}</a> \
         <a href=\"/api/v1/features/{key}/hand-over.md\">The same as Markdown</a></nav>\n<main>\n"
    );
    // Nothing of it is HTML: where something looks so, it is text.
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    html::push_html(&mut page, events);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_markdown_becomes_html() {
        let key = FeatureKey::parse("kimi").unwrap();
        let page = document(&key, "# a\n\n<script>alert(1)</script>\n\n| a |\n| --- |\n| <img src=x onerror=y> |\n");
        assert!(page.contains("<h1>a</h1>") && page.contains("<table>"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert!(!page.contains("style="), "{page}");
    }
}
