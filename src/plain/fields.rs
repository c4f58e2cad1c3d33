//! The fields of forms without a client: label, input, what it is for, and what is wrong with what was given.

mod file;

use leptos::prelude::*;

pub use self::file::File;
use super::form::FormContext;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;

/// What stands in a field and what is wrong with it.
struct Filled {
    id: String,
    value: String,
    fault: Option<String>,
}

impl Filled {
    /// The field called `name` of the form around it.
    fn of(name: &str, initial: String) -> Self {
        let FormContext { id, outcome } = expect_context();
        let given = outcome.as_ref().and_then(|outcome| outcome.given(name)).map(str::to_owned);
        let fault = outcome.as_ref().and_then(|outcome| outcome.error()?.of_field(name));
        Self { id: format!("{id}-{name}"), value: given.unwrap_or(initial), fault }
    }

    fn described_by(&self) -> String {
        format!("{0}-Hint {0}-Error", self.id)
    }
}

/// What is sent along and not seen.
#[component]
pub fn Hidden(name: &'static str, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }.erased()
}

/// Whose password a form is about, for those who keep passwords.
#[component]
pub fn Whose(login: String) -> impl IntoView {
    view! { <input type="text" name="username" value=login autocomplete="username" hidden=true readonly=true /> }
        .erased()
}

/// A field of one line.
#[component]
pub fn Field(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    /// The kind of `<input>`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(into, optional)] initial: String,
    /// What browsers fill in by themselves.
    #[prop(default = "off")]
    autocomplete: &'static str,
    #[prop(default = true)] required: bool,
    /// The numbers that it takes, for `kind="number"`: from, to and in steps of.
    #[prop(optional)]
    range: Option<(&'static str, String, &'static str)>,
    /// Whether it takes a key: small letters, digits, `_` and `-`.
    #[prop(optional)]
    key: bool,
    #[prop(optional)] max_length: Option<&'static str>,
) -> impl IntoView {
    let filled = Filled::of(name, initial);
    let described_by = filled.described_by();
    // What was typed as a password is not sent back.
    let value = if kind == "password" { String::new() } else { filled.value };
    let (min, max, step) = range.map_or((None, None, None), |(min, max, step)| (Some(min), Some(max), Some(step)));
    view! {
        <div class="field">
            <label for=filled.id.clone()>{label} {(!required).then(|| view! { <Optional /> })}</label>
            <input
                id=filled.id.clone()
                name=name
                type=kind
                value=value
                required=required
                min=min
                max=max
                step=step
                class=if key { "mono" } else { "" }
                pattern=key.then_some(KEY_PATTERN)
                title=key.then_some(KEY_RULE)
                maxlength=if key { Some("63") } else { max_length }
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=filled.fault.as_ref().map(|_| "true")
                aria-describedby=described_by
            />
            <Below id=filled.id hint fault=filled.fault />
        </div>
    }
    .erased()
}

/// A field of several lines.
#[component]
pub fn TextArea(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    #[prop(into, optional)] initial: String,
    #[prop(default = true)] required: bool,
    #[prop(default = "3")] rows: &'static str,
    /// Whether it is program text.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let filled = Filled::of(name, initial);
    let described_by = filled.described_by();
    // The parser drops the first line break.
    let text = format!("\n{}", filled.value);
    view! {
        <div class="field">
            <label for=filled.id.clone()>{label} {(!required).then(|| view! { <Optional /> })}</label>
            <textarea
                id=filled.id.clone()
                name=name
                class=if mono { "mono" } else { "" }
                rows=rows
                required=required
                spellcheck=if mono { "false" } else { "true" }
                aria-invalid=filled.fault.as_ref().map(|_| "true")
                aria-describedby=described_by
            >
                {text}
            </textarea>
            <Below id=filled.id hint fault=filled.fault />
        </div>
    }
    .erased()
}

/// A choice from a list: values and what stands for them.
#[component]
pub fn Select(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    #[prop(into, optional)] initial: String,
    options: Vec<(String, String)>,
) -> impl IntoView {
    let filled = Filled::of(name, initial);
    let described_by = filled.described_by();
    let options = options.into_iter().map(|(value, words)| {
        let selected = value == filled.value;
        view! { <option value=value selected=selected>{words}</option> }
    });
    let options = options.collect_view();
    view! {
        <div class="field">
            <label for=filled.id.clone()>{label}</label>
            <select id=filled.id.clone() name=name aria-describedby=described_by>
                {options}
            </select>
            <Below id=filled.id hint fault=filled.fault />
        </div>
    }
    .erased()
}

/// A choice of few: values, what stands for them, and what each means.
#[component]
pub fn Choices(
    name: &'static str,
    #[prop(into)] legend: String,
    #[prop(into, optional)] initial: String,
    options: Vec<(&'static str, &'static str, String)>,
) -> impl IntoView {
    let filled = Filled::of(name, initial);
    let id = filled.id.clone();
    let options = options.into_iter().map(|(value, words, hint)| {
        let (choice, checked) = (format!("{id}-{value}"), value == filled.value);
        let hint_id = format!("{choice}-Hint");
        view! {
            <div class="choice">
                <input
                    id=choice.clone()
                    type="radio"
                    name=name
                    value=value
                    checked=checked
                    required=true
                    aria-describedby=hint_id.clone()
                />
                <label for=choice>{words}</label>
                <p class="hint" id=hint_id>{hint}</p>
            </div>
        }
    });
    let options = options.collect_view();
    let id = filled.id;
    view! {
        <fieldset class="field" id=id.clone() aria-describedby=format!("{id}-Error")>
            <legend>{legend}</legend>
            {options}
            <Below id=id.clone() hint=String::new() fault=filled.fault />
        </fieldset>
    }
    .erased()
}

/// A box to tick; it sends `true`, or nothing.
#[component]
pub fn Tick(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(into, optional)] hint: String,
    /// What it sends.
    #[prop(default = "true")]
    value: &'static str,
    #[prop(optional)] initial: bool,
    /// Whether the form cannot be sent without it.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let FormContext { id, outcome } = expect_context();
    let checked = outcome.as_ref().map_or(initial, |outcome| {
        outcome.given.iter().any(|(given, given_value)| given == name && given_value == value)
    });
    let fault = outcome.as_ref().and_then(|outcome| outcome.error()?.of_field(name));
    let id = format!("{id}-{name}-{value}");
    view! {
        <div class="field">
            <div class="choice">
                <input
                    id=id.clone()
                    type="checkbox"
                    name=name
                    value=value
                    checked=checked
                    required=required
                    aria-describedby=format!("{id}-Hint {id}-Error")
                />
                <label for=id.clone()>{label}</label>
            </div>
            <Below id hint fault />
        </div>
    }
    .erased()
}

/// Why somebody does it. Every change asks.
#[component]
pub fn Reason(#[prop(default = "It stays in the history for good.".to_owned(), into)] hint: String) -> impl IntoView {
    view! { <TextArea name="reason" label="Reason" hint rows="2" /> }.erased()
}

#[component]
fn Optional() -> impl IntoView {
    view! { <span class="optional">" optional"</span> }.erased()
}

/// What a field is for, and what is wrong with it.
#[component]
fn Below(id: String, hint: String, fault: Option<String>) -> impl IntoView {
    let fault = fault.map(|fault| {
        view! {
            <p class="warn">
                <Sign icon=Icon::Warning />
                <span>{capitalised(&fault)}</span>
            </p>
        }
    });
    let hint = (!hint.is_empty()).then_some(hint);
    view! {
        <p class="hint fault-place" id=format!("{id}-Hint")>{hint}</p>
        <div id=format!("{id}-Error") class="fault-place">{fault}</div>
    }
    .erased()
}

/// As HTML's `pattern` has it. It is a regular expression with the flag `v`, where `-` is escaped.
const KEY_PATTERN: &str = r"[a-z][a-z0-9_\-]{0,62}";

/// What browsers show when a key does not fit its pattern.
const KEY_RULE: &str = "A small letter a to z first, then small letters, digits, _ and -, at most 63 characters";
