//! One migration on the overview: its switches and its features.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::chips::Switches;
use super::feature_row::{FeatureHeadings, FeatureRowView};
use super::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::overview::MigrationCard;

/// A migration with its features. Its slug is its place on the page.
#[component]
pub fn MigrationSection(migration: MigrationCard, now: DateTime<Utc>) -> impl IntoView {
    let add = format!("/features/new?migration={}", migration.slug);
    let operates = may("operate");
    let features = if migration.features.is_empty() {
        let first = operates.then(|| {
            view! { <p><a class="button button-primary" href=add.clone() rel="external">"Add the first feature"</a></p> }
        });
        view! {
            <div class="none">
                <p>"No features yet. A feature is one thing that is moved, with its own percentage."</p>
                {first}
            </div>
        }
        .erased()
    } else {
        let rows = migration.features.iter().map(|row| view! { <FeatureRowView row=row.clone() now /> });
        view! {
            <FeatureHeadings />
            {rows.collect_view()}
        }
        .erased()
    };
    let add = operates.then(|| {
        view! {
            <a class="button" href=add rel="external">
                <Sign icon=Icon::Plus />
                "Feature"
                <span class="unseen">" to " {migration.name.clone()}</span>
            </a>
        }
    });
    view! {
        <section class="migration" id=migration.slug.clone() aria-labelledby=format!("Migration-{}", migration.slug)>
            <header class="head">
                <div class="head-title">
                    <h2 id=format!("Migration-{}", migration.slug)>{migration.name.clone()}</h2>
                    <p class="small mono">{migration.slug.clone()}</p>
                </div>
                <Switches migration=migration.clone() />
                <div class="actions">
                    <a class="button" href=format!("/migrations/{}", migration.slug) rel="external">
                        "Settings"
                        <span class="unseen">" of " {migration.name.clone()}</span>
                    </a>
                    {add}
                </div>
            </header>
            <div class="card features">{features}</div>
        </section>
    }
    .erased()
}
