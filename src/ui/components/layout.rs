//! What stands around every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::mark::Logo;
use crate::ui::erased::Erase;

/// The bar at the top, with what leads past it.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <a class="skip" href="#Content" rel="external">"Skip to the content"</a>
        <header class="top">
            <a class="brand" href="/">
                <Logo />
                "Crossfade"
            </a>
            <nav class="nav" aria-label="Main">
                <A href="/" exact=true>"Overview"</A>
                <A href="/migrations/new">"New migration"</A>
            </nav>
        </header>
    }
    .erased()
}

/// The line at the bottom.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="bottom">
            <p>"Crossfade "{env!("CARGO_PKG_VERSION")}</p>
            <p>"All times are UTC"</p>
        </footer>
    }
    .erased()
}
