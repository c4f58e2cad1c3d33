//! Which operation the page shows.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::ui::erased::Erase;
use crate::ui::live::use_live;
use crate::views::address::{self, FeatureAddress};

/// A choice that takes effect at once in the browser, and with its button without JavaScript.
#[component]
pub fn OperationFilter(key: String, address: FeatureAddress, operations: Vec<String>) -> impl IntoView {
    let live = use_live();
    let navigate = use_navigate();
    // One that was asked for is offered, even if nothing of it was ever seen.
    let asked = address.operation.clone();
    let unknown = (!asked.is_empty() && !operations.contains(&asked)).then(|| asked.clone());
    let options = operations.into_iter().chain(unknown).map(|operation| {
        let chosen = operation == asked;
        view! { <option value=operation.clone() selected=chosen>{operation.clone()}</option> }
    });
    let options = options.collect_view();
    let custom = address.is_custom().then(|| {
        view! {
            <input type="hidden" name="from" value=address.from.clone() />
            <input type="hidden" name="to" value=address.to.clone() />
        }
    });
    let range = address.range().to_owned();
    let action = address::path(&key);
    let choose = move |event| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&address.with_operation(event_target_value(&event)).of_feature(&key), options);
    };
    view! {
        <form class="operation-filter" method="get" action=action>
            <input type="hidden" name="range" value=range />
            {custom}
            <label for="operation">"Operation"</label>
            <select id="operation" name="operation" on:change=choose>
                <option value="" selected=asked.is_empty()>"all"</option>
                {options}
            </select>
            {move || (!live.hydrated.get()).then(|| view! { <button>"Show"</button> })}
        </form>
    }
    .erased()
}
