//! `/set-up?token=…`: the account of the first admin, by the link that the program prints as long as there is nobody.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::{Field, Hidden};
use crate::plain::form::PostForm;
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = use_query_map().read_untracked().get("token").unwrap_or_default();
    let form = if token.is_empty() {
        view! {
            <section class="card blank" role="alert">
                <p>"This page needs the link that the program prints when it starts and has no users yet."</p>
                <p class="actions"><a class="button" href="/login">"Log in"</a></p>
            </section>
        }
        .erased()
    } else {
        view! {
            <PostForm id="SetUp" call="/panel/set-up">
                <Hidden name="token" value=token.clone() />
                <Field
                    name="login"
                    label="Login"
                    hint="Small letters, digits and - . _; it stands in the record of every change"
                    autocomplete="username"
                />
                <Field name="name" label="Name" hint="For people" autocomplete="name" />
                <Field
                    name="password"
                    label="Password"
                    hint="At least 12 characters; a few words are easy to keep in mind"
                    kind="password"
                    autocomplete="new-password"
                />
                <p class="actions">
                    <button class="button-primary">"Create the first admin"</button>
                </p>
            </PostForm>
        }
        .erased()
    };
    view! {
        <Title text="Set up" />
        <div class="form-page form-alone">
            <header class="head head-alone">
                <div class="head-title">
                    <h1>"Set up Crossfade"</h1>
                    <p class="small">"The first account is an admin’s: it may do everything, and make the others."</p>
                </div>
            </header>
            {form}
        </div>
    }
    .erased()
}
