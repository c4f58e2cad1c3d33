//! What still stands in the way of an advance, each demand with its numbers.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::state::capitalised;
use crate::ui::erased::Erase;

/// The unmet demands; nothing when there are none.
#[component]
pub fn Demands(demands: Vec<String>) -> impl IntoView {
    let rows = demands.into_iter().map(|demand| {
        view! {
            <li>
                <Sign icon=Icon::Cross />
                <span>{capitalised(&demand)}</span>
            </li>
        }
    });
    view! { <ul class="demands">{rows.collect_view()}</ul> }.erased()
}
