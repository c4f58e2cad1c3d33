//! Figures of both paths, one under the other.

use leptos::prelude::*;

use super::mark::PathMark;
use crate::domain::path::Path;
use crate::ui::erased::Erase;
use crate::views::format::NO_DATA;

/// A figure of the overview: what it is, and what stands there.
#[component]
pub fn Figure(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="figure">
            <p class="label">{label}</p>
            {children()}
        </div>
    }
    .erased()
}

/// The same figure of both paths.
#[component]
pub fn PathPair(legacy: String, candidate: String) -> impl IntoView {
    let row = |path: Path, value: String| {
        view! {
            <p class="pair-row">
                <PathMark path />
                <Value value />
            </p>
        }
    };
    view! { <div class="pair">{row(Path::Legacy, legacy)} {row(Path::Candidate, candidate)}</div> }.erased()
}

/// A figure as text, told apart when there is none.
#[component]
pub fn Value(value: String) -> impl IntoView {
    let class = if value == NO_DATA { "no-data" } else { "value" };
    view! { <span class=class>{value}</span> }.erased()
}
