//! `/login?next=…`: signing in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::{Field, Hidden};
use crate::plain::form::PostForm;
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn LogInPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    view! {
        <Title text="Log in" />
        <div class="form-page form-alone">
            <header class="head head-alone">
                <h1>"Log in to Crossfade"</h1>
            </header>
            <PostForm id="LogIn" call="/panel/log-in">
                <Hidden name="next" value=next.clone() />
                <Field name="login" label="Login" autocomplete="username" />
                <Field name="password" label="Password" kind="password" autocomplete="current-password" />
                <p class="actions">
                    <button class="button-primary">"Log in"</button>
                </p>
            </PostForm>
            <p class="small">
                "No account? An admin makes one under Users. The first admin’s link stands in the program’s log."
            </p>
        </div>
    }
    .erased()
}
