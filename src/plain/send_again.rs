//! What stands in the place of a page whose form was sent after the session had ended: everything that was typed, to be
//! sent again.

use leptos::prelude::*;
use leptos_meta::Title;

use super::outcome::Outcome;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;

/// Fields that are not sent back to the browser.
const SECRET: [&str; 3] = ["password", "current", "new"];

/// The form again, without anything to see of it but its button.
#[component]
pub fn SendAgain(outcome: Outcome) -> impl IntoView {
    let fields = outcome.given.into_iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
    let fields = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <Title text="Signed out" />
        <section class="card blank" role="alert">
            <p class="blank-sign blank-bad"><Sign icon=Icon::Clock /></p>
            <h1>"Your session has ended"</h1>
            <p>
                "Nothing was changed, and what you typed is still here. Log in in another tab, come back, and send it again."
            </p>
            <form class="actions" method="post">
                <a class="button" href="/login" target="_blank">"Log in in another tab"</a>
                {fields.collect_view()}
                <button class="button-primary">"Send it again"</button>
            </form>
        </section>
    }
    .erased()
}
