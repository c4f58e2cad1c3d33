//! The states in which there is nothing to show: loading, failed, empty.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::server_fns::error::PanelError;
use crate::ui::erased::Erase;
use crate::ui::live;

/// While the first answer is on its way. Only seen after a click: the server sends whole pages.
#[component]
pub fn Loading() -> impl IntoView {
    view! {
        <div class="card loading" role="status">
            <span class="unseen">"Loading"</span>
            <span class="bone bone-short"></span>
            <span class="bone"></span>
            <span class="bone"></span>
        </div>
    }
    .erased()
}

/// The page cannot be shown.
#[component]
pub fn Failed(error: PanelError, #[prop(into)] retry: String) -> impl IntoView {
    let advice = match &error {
        PanelError::NotFound { .. } => "It may have been named differently, or never have been created.",
        PanelError::Unavailable { .. } => {
            "Nothing that it has taken in is lost, and decisions go on as they were last known. /readyz says as of when, and \
             when it can serve again; its log says why."
        }
        PanelError::NotSignedIn => "Your session has ended. Load the page again to sign in.",
        PanelError::Forbidden { .. } | PanelError::NotForPrograms => "An admin can give your account another role.",
        PanelError::Invalid { .. }
        | PanelError::Conflict { .. }
        | PanelError::WrongPassword { .. }
        | PanelError::TooManyAttempts { .. }
        | PanelError::Refused { .. }
        | PanelError::Stale { .. }
        | PanelError::Transport { .. } => "The network may have failed, or the server may be restarting.",
    };
    let decided_at = matches!(error, PanelError::Unavailable { .. }).then(live::decided_at).flatten();
    let decided_at = decided_at.map(|at| {
        view! { <p>"Decisions about traffic go on without it, as they stood at " <b>{at}</b> "; changes are refused."</p> }
    });
    let offers = match &error {
        PanelError::NotFound { .. } => view! { <a class="button" href="/">"To the overview"</a> }.erased(),
        // Asks the server for the whole page again, in case it is the client that went wrong.
        _ => view! { <a class="button" href=retry rel="external">"Try again"</a> }.erased(),
    };
    view! {
        <section class="card blank" role="alert">
            <p class="blank-sign blank-bad"><Sign icon=Icon::Warning /></p>
            <h1>{capitalised(&error.to_string())}</h1>
            <p>{advice}</p>
            {decided_at}
            <p class="actions">{offers}</p>
        </section>
    }
    .erased()
}

/// There is nothing yet, and this is how to begin.
#[component]
pub fn Empty(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="card blank">
            <p class="blank-sign"><Sign icon=Icon::Dash /></p>
            <h2>{title}</h2>
            {children()}
        </section>
    }
    .erased()
}

/// A message as a sentence's beginning.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
