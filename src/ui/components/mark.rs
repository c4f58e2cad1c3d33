//! The signs of the two paths: legacy is an orange hollow square, the candidate a blue filled circle, everywhere.

use leptos::prelude::*;

use crate::domain::path::Path;
use crate::ui::erased::Erase;

/// The sign of a path, with its word for those who do not see it.
#[component]
pub fn PathMark(path: Path) -> impl IntoView {
    view! {
        <MarkShape path />
        <span class="unseen">{path.as_str()}" "</span>
    }
    .erased()
}

/// The sign alone, where the word stands beside it.
#[component]
pub fn MarkShape(path: Path) -> impl IntoView {
    match path {
        Path::Legacy => view! {
            <svg class="mark mark-legacy" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
                <rect x="1.5" y="1.5" width="7" height="7" />
            </svg>
        }
        .erased(),
        Path::Candidate => view! {
            <svg class="mark mark-candidate" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
                <circle cx="5" cy="5" r="4.2" />
            </svg>
        }
        .erased(),
    }
}

/// Crossfade's own sign: one side fades out as the other fades in.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
            <path class="logo-legacy" d="M1 4h20L1 12z" />
            <path class="logo-candidate" d="M21 10v8H1z" />
        </svg>
    }
    .erased()
}
