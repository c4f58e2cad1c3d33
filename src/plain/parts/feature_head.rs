//! The head of the pages about one feature: where one is, and what is to be done here.

use leptos::prelude::*;

use crate::ui::erased::Erase;

/// Breadcrumb, title and a line of words.
#[component]
pub fn PlainFeatureHead(
    key: String,
    /// The slug of its migration.
    slug: String,
    /// The name of its migration.
    migration: String,
    title: String,
    #[prop(into)] words: String,
) -> impl IntoView {
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=format!("/#{slug}")>{migration}</a>
                    <span aria-hidden="true">"/"</span>
                    <a href=format!("/features/{key}")>{key.clone()}</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>{title}</h1>
                <p class="small">{words}</p>
            </div>
        </header>
    }
    .erased()
}
