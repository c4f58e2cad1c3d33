//! What all forms share: the error they show, in whole and at their fields, and the button that sends them.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

use super::icon::{Icon, Sign};
use crate::server_fns::error::PanelError;
use crate::ui::erased::Erase;

/// What the last attempt came to, when it failed.
///
/// Without JavaScript a failed attempt leads back with its error in the address. The action then has it from the start,
/// and would still have it on another visit to the form, when the address has long been another: there it is left out.
pub fn shown_error<S>(action: ServerAction<S>) -> Signal<Option<PanelError>>
where
    S: ServerFn<Error = PanelError> + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let is_of_address = use_query_map().read_untracked().get("__err").is_some();
    Signal::derive(move || {
        let is_of_this_visit = is_of_address || action.version().get() > 0;
        action.value().get().filter(|_| is_of_this_visit).and_then(Result::err)
    })
}

/// The error in whole. What belongs to a field is told there.
#[component]
pub fn FormError(error: Signal<Option<PanelError>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                error
                    .get()
                    .map(|error| {
                        let words = match error {
                            PanelError::Invalid { .. } | PanelError::Conflict { .. } => {
                                "Nothing was created yet: what is marked below needs another look".to_owned()
                            }
                            PanelError::NotFound { .. }
                            | PanelError::NotSignedIn
                            | PanelError::Forbidden { .. }
                            | PanelError::NotForPrograms
                            | PanelError::WrongPassword { .. }
                            | PanelError::TooManyAttempts { .. }
                            | PanelError::Refused { .. }
                            | PanelError::Stale { .. }
                            | PanelError::Unavailable { .. }
                            | PanelError::Transport { .. } => {
                                format!("Nothing was created: {error}")
                            }
                        };
                        view! {
                            <p class="banner banner-bad">
                                <Sign icon=Icon::Warning />
                                <span>{words}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
    .erased()
}

/// Sends the form, once at a time.
#[component]
pub fn SubmitButton(label: &'static str, pending: Memo<bool>) -> impl IntoView {
    view! {
        <button class="button-primary" disabled=pending>
            {label}
        </button>
    }
    .erased()
}
