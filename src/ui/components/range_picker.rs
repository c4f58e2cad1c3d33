//! Which span of time the page shows: links for those that end now, a form for any other.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::state::capitalised;
use crate::domain::field_error::FieldError;
use crate::ui::erased::Erase;
use crate::views::address::{self, CUSTOM, FeatureAddress};
use crate::views::range::RangeChoice;

/// The ranges of the page of the feature `key`; `from` and `to` are what the form starts with.
#[component]
pub fn RangePicker(
    key: String,
    address: FeatureAddress,
    from: String,
    to: String,
    #[prop(optional)] errors: Vec<FieldError>,
) -> impl IntoView {
    let links = RangeChoice::PRESETS.into_iter().map(|range| {
        let current = (range.slug() == address.range()).then_some("true");
        let href = address.with_range(range).of_feature(&key);
        view! {
            <a href=href data-noscroll="" aria-current=current>
                {range.label()}
            </a>
        }
    });
    let links = links.collect_view();
    let custom = address.is_custom();
    let operation = (!address.operation.is_empty())
        .then(|| view! { <input type="hidden" name="operation" value=address.operation /> });
    view! {
        <div class="range-picker">
            <div class="range" role="group" aria-label="Range">
                {links}
            </div>
            <details class="custom" open=custom>
                <summary aria-current=custom.then_some("true")>"Custom"</summary>
                <form class="custom-form" method="get" action=address::path(&key)>
                    <input type="hidden" name="range" value=CUSTOM />
                    <Moment name="from" label="from, UTC" value=from errors=errors.clone() />
                    <Moment name="to" label="to, UTC" value=to errors=errors />
                    {operation}
                    <button>"Show"</button>
                </form>
            </details>
        </div>
    }
    .erased()
}

#[component]
fn Moment(name: &'static str, label: &'static str, value: String, errors: Vec<FieldError>) -> impl IntoView {
    let fault = errors.into_iter().find(|error| error.pointer.strip_prefix('/') == Some(name));
    let error_id = format!("{name}-Error");
    let described_by = fault.as_ref().map(|_| error_id.clone());
    let invalid = fault.as_ref().map(|_| "true");
    let fault = fault.map(|fault| {
        view! {
            <p class="warn" id=error_id>
                <Sign icon=Icon::Warning />
                <span>{capitalised(&fault.detail)}</span>
            </p>
        }
    });
    view! {
        <div class="moment">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type="datetime-local"
                required
                value=value
                aria-invalid=invalid
                aria-describedby=described_by
            />
            {fault}
        </div>
    }
    .erased()
}
