//! One line to type into a terminal. It is broken where it does not fit, and copied as the one line that it is.

use leptos::prelude::*;

use crate::ui::erased::Erase;
use crate::ui::live::use_live;

/// A command as it is.
#[component]
pub fn Command(#[prop(into)] text: Signal<String>) -> impl IntoView {
    view! {
        <pre class="command">
            <code>{move || text.get()}</code>
        </pre>
    }
    .erased()
}

/// The line that sends one observation of a feature.
#[component]
pub fn SendObservation(#[prop(into)] feature: String) -> impl IntoView {
    let origin = use_live().origin;
    let line = Signal::derive(move || {
        format!(
            "curl {}/api/v1/observations -H \"Authorization: Bearer $TOKEN\" --json '{{\"feature\":\"{feature}\",\"operation\":\"upload\",\"path\":\"legacy\",\
             \"outcome\":\"ok\",\"latency_ms\":812.4}}'",
            origin.get()
        )
    });
    view! { <Command text=line /> }.erased()
}
