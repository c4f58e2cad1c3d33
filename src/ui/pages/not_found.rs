//! Every address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::ui::components::mark::Logo;
use crate::ui::erased::Erase;
use crate::ui::live;

/// The page, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    live::answer_not_found();
    view! {
        <Title text="Not found" />
        <section class="card blank">
            <p class="blank-logo"><Logo /></p>
            <h1>"There is no page at this address"</h1>
            <p>"Features are listed on the overview; a feature’s page is at /features/ and its key."</p>
            <p class="actions"><a class="button" href="/">"To the overview"</a></p>
        </section>
    }
    .erased()
}
