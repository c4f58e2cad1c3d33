//! One field of a form: label, input, what it is for, and what is wrong with what was given.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::state::capitalised;
use crate::server_fns::error::PanelError;
use crate::ui::erased::Erase;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A key: small letters, digits, `_` and `-`.
    Key,
    /// A name for people; it may be left empty.
    OptionalName,
    /// A name for people.
    Name,
}

impl Takes {
    /// As HTML's `pattern` has it. It is a regular expression with the flag `v`, where `-` is escaped.
    const fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Key => Some(r"[a-z][a-z0-9_\-]{0,62}"),
            Self::Name | Self::OptionalName => None,
        }
    }

    const fn max_length(self) -> &'static str {
        match self {
            Self::Key => "63",
            Self::Name | Self::OptionalName => "80",
        }
    }
}

/// A field of one line. `error` is what the last attempt came to.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    takes: Takes,
    /// What stands in it at first.
    #[prop(into, optional)]
    initial: String,
    error: Signal<Option<PanelError>>,
) -> impl IntoView {
    let fault = move || error.read().as_ref().and_then(|error| error.of_field(name));
    let given =
        move || error.read().as_ref().and_then(|error| error.given_for(name)).unwrap_or_else(|| initial.clone());
    let (hint_id, error_id) = (format!("{name}-Hint"), format!("{name}-Error"));
    let described_by = format!("{hint_id} {error_id}");
    view! {
        <div class="field">
            <label for=name>
                {label} {(takes == Takes::OptionalName).then(|| view! { <span class="optional">" optional"</span> })}
            </label>
            <input
                id=name
                name=name
                type="text"
                class=if takes == Takes::Key { "mono" } else { "" }
                value=given
                required=takes != Takes::OptionalName
                pattern=takes.pattern()
                maxlength=takes.max_length()
                title=(takes == Takes::Key).then_some(KEY_RULE)
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=move || fault().map(|_| "true")
                aria-describedby=described_by
            />
            <p class="hint" id=hint_id>{hint}</p>
            <div id=error_id class="fault-place">
                {move || {
                    fault()
                        .map(|fault| {
                            view! {
                                <p class="warn">
                                    <Sign icon=Icon::Warning />
                                    <span>{capitalised(&fault)}</span>
                                </p>
                            }
                        })
                }}
            </div>
        </div>
    }
    .erased()
}

/// What browsers show when a key does not fit its pattern.
const KEY_RULE: &str = "A small letter a to z first, then small letters, digits, _ and -, at most 63 characters";
