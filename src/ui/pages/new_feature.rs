//! `/features/new?migration=SLUG`: the form that creates a feature.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::server_fns::feature::CreateFeature;
use crate::ui::components::field::{Takes, TextField};
use crate::ui::components::form::{FormError, SubmitButton, shown_error};
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn NewFeaturePage() -> impl IntoView {
    let action = ServerAction::<CreateFeature>::new();
    let error = shown_error(action);
    let migration = use_query_map().read_untracked().get("migration").unwrap_or_default();
    let back = if migration.is_empty() { "/".to_owned() } else { format!("/#{migration}") };
    view! {
        <Title text="New feature" />
        <div class="form-page">
            <header class="head">
                <div class="head-title">
                    <h1>"New feature"</h1>
                    <p class="small">"One thing that is moved, with its own percentage. It starts in shadow, at 0 %."</p>
                </div>
            </header>
            <ActionForm action attr:class="card form">
                <FormError error />
                <TextField
                    name="migration"
                    label="Migration"
                    hint="The slug of the migration that it belongs to"
                    takes=Takes::Key
                    initial=migration
                    error
                />
                <TextField
                    name="key"
                    label="Key"
                    hint="What programs call it: kimi. It stays for good, and no other feature of any migration has it."
                    takes=Takes::Key
                    error
                />
                <TextField
                    name="name"
                    label="Name"
                    hint="For people: Uploads to Kimi. Without one the key is shown."
                    takes=Takes::OptionalName
                    error
                />
                <p class="actions">
                    <SubmitButton label="Create feature" pending=action.pending() />
                    <a class="button" href=back>"Cancel"</a>
                </p>
            </ActionForm>
        </div>
    }
    .erased()
}
