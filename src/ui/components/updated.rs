//! How old the figures on the page are, and whether they are still being fetched.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::server_fns::error::PanelError;
use crate::ui::erased::Erase;
use crate::ui::live::{Received, is_late, use_live};
use crate::views::format;

/// The moment that the figures are of. In the browser also how long ago it got them, counting on when no others come.
#[component]
pub fn Updated(at: DateTime<Utc>, received: Received, failure: Option<PanelError>) -> impl IntoView {
    let live = use_live();
    let age = move || received.age(live);
    let failed = failure.is_some();
    let late = move || failed || age().is_some_and(is_late);
    let words = move || {
        age().map(|age| {
            let age = format::duration(age);
            match (late(), live.following.get()) {
                (true, _) => format!(" · not updated for {age}"),
                (false, true) => format!(" · live, updated {age} ago"),
                (false, false) => format!(" · updated {age} ago"),
            }
        })
    };
    let failure = failure.map(|failure| view! { <span role="status">{format!(": {failure}")}</span> });
    view! {
        <p class="updated" class:updated-late=late>
            {move || late().then(|| view! { <Sign icon=Icon::Warning /> })}
            "as of "
            <time datetime=at.to_rfc3339()>{format::second(at)}</time>
            <span>{words}</span>
            {failure}
        </p>
    }
    .erased()
}
