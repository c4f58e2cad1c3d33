//! The head of the feature page: where one is, and how fresh what one sees is.

use leptos::prelude::*;

use super::chips::DataChip;
use super::updated::Updated;
use crate::server_fns::error::PanelError;
use crate::ui::erased::Erase;
use crate::ui::live::Received;
use crate::views::feature::FeatureView;

/// Breadcrumb, key, name and data state.
#[component]
pub fn FeatureHead(feature: FeatureView, received: Received, failure: Option<PanelError>) -> impl IntoView {
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=format!("/#{}", feature.migration_slug)>{feature.migration_name}</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>{feature.key}</h1>
                <p class="small">{feature.name}</p>
            </div>
            <div class="head-state">
                <DataChip state=feature.data now=feature.at />
                <Updated at=feature.at received failure />
            </div>
        </header>
    }
    .erased()
}
