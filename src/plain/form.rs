//! A form of a page without a client. It is sent to its own page, which calls the server function and, when that fails,
//! is itself the answer: with the error, and with everything that was typed.

use leptos::context::Provider;
use leptos::prelude::*;

use super::outcome::{CALL, FORM, Outcome};
use crate::domain::field_error::FieldError;
use crate::server_fns::error::PanelError;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::meanwhile::Meanwhile;

/// The form around a field.
#[derive(Clone)]
pub struct FormContext {
    /// Its id, unique on the page.
    pub id: String,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// A form that calls the server function at `call`.
#[component]
pub fn PostForm(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// `PATH` of the server function.
    call: &'static str,
    #[prop(default = "card form")] class: &'static str,
    /// What a failure means for what was asked.
    #[prop(default = "Nothing was changed")]
    so: &'static str,
    /// Whether a file is sent with it.
    #[prop(optional)]
    has_file: bool,
    children: Children,
) -> impl IntoView {
    let outcome = Outcome::of(&id);
    let error = outcome.as_ref().and_then(Outcome::error).cloned();
    let context = FormContext { id: id.clone(), outcome };
    // Back to the form, where its error is, and not to the top of the page.
    let action = format!("#{id}");
    view! {
        <form id=id.clone() class=class method="post" action=action enctype=has_file.then_some("multipart/form-data")>
            <input type="hidden" name=CALL value=call />
            <input type="hidden" name=FORM value=id.clone() />
            {error.map(|error| view! { <FormFault error so /> })}
            <Provider value=context>{children()}</Provider>
        </form>
    }
    .erased()
}

/// The error in whole. What belongs to a field is told there, too.
#[component]
pub fn FormFault(
    error: PanelError,
    /// What it means for what was asked.
    #[prop(default = "Nothing was changed")]
    so: &'static str,
) -> impl IntoView {
    let nothing = |why: &dyn std::fmt::Display| format!("{so}: {why}");
    let (words, details) = match &error {
        PanelError::Invalid { errors, .. } => {
            (nothing(&error), errors.iter().map(|it| view! { <Faulty error=it.clone() /> }.erased()).collect())
        }
        PanelError::Refused { refusals, .. } => {
            let words = if refusals.len() == 1 { "this is in the way" } else { "all of this is in the way" };
            (nothing(&words), refusals.iter().map(|it| capitalised(it).into_any()).collect())
        }
        PanelError::Stale { what, changes, .. } => {
            let words = format!(
                "somebody changed {what} meanwhile. What you typed is still here; send it again if it still holds."
            );
            (nothing(&words), changes.iter().map(|it| view! { <Changed change=it.clone() /> }.erased()).collect())
        }
        PanelError::NotSignedIn
        | PanelError::Forbidden { .. }
        | PanelError::NotForPrograms
        | PanelError::WrongPassword { .. }
        | PanelError::TooManyAttempts { .. } => (capitalised(&error.to_string()), Vec::new()),
        PanelError::Conflict { .. }
        | PanelError::NotFound { .. }
        | PanelError::Unavailable { .. }
        | PanelError::Transport { .. } => (nothing(&error), Vec::new()),
    };
    let details = details.into_iter().map(|detail: AnyView| view! { <li>{detail}</li> });
    let details = details.collect_view();
    view! {
        <div role="alert">
            <div class="banner banner-bad">
                <Sign icon=Icon::Warning />
                <div class="banner-text">
                    <p>{words}</p>
                    <ul class="faults">{details}</ul>
                </div>
            </div>
        </div>
    }
    .erased()
}

/// A field that cannot be taken.
#[component]
fn Faulty(error: FieldError) -> impl IntoView {
    let FieldError { pointer, detail } = error;
    // Of a field of the form its name, of a place in a document the whole way there.
    let place = pointer.strip_prefix('/').filter(|name| !name.contains('/')).unwrap_or(&pointer).to_owned();
    view! {
        <span class="mono">{place}</span>
        " "
        {detail}
    }
    .erased()
}

/// What somebody else did meanwhile.
#[component]
fn Changed(change: Meanwhile) -> impl IntoView {
    view! {
        <b>{change.what}</b>
        {format!(" by {}, {}: {}", change.actor, format::second(change.at), change.reason)}
    }
    .erased()
}
