//! That something is wrong with what is seen below.

use leptos::prelude::*;

use super::banner::{Banner, Weight};
use crate::ui::erased::Erase;
use crate::views::alert::FiringView;

/// A line for each alert that fires; nothing as long as none does.
#[component]
pub fn AlertBanner(alerts: Vec<FiringView>) -> impl IntoView {
    let lines = alerts.into_iter().map(|FiringView { id, words }| {
        let href = format!("/alerts/{id}");
        view! {
            <Banner weight=Weight::Warning>
                <p>"Alert " {words} " " <a href=href rel="external">"What it fired on"</a></p>
            </Banner>
        }
    });
    lines.collect_view().erased()
}
