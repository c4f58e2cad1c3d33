//! `/features/new?migration=SLUG`: the form that creates a feature.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::Field;
use crate::plain::form::PostForm;
use crate::server_fns::feature::CreateFeature;
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn NewFeaturePage() -> impl IntoView {
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
            <PostForm id="CreateFeature" call=CreateFeature::PATH so="Nothing was created">
                <Field
                    name="migration"
                    label="Migration"
                    hint="The slug of the migration that it belongs to"
                    initial=migration
                    key=true
                />
                <Field
                    name="key"
                    label="Key"
                    hint="What programs call it: kimi. It stays for good, and no other feature of any migration has it."
                    key=true
                />
                <Field
                    name="name"
                    label="Name"
                    hint="For people: Uploads to Kimi. Without one the key is shown."
                    required=false
                    max_length="80"
                />
                <p class="actions">
                    <button class="button-primary">"Create feature"</button>
                    <a class="button" href=back>"Cancel"</a>
                </p>
            </PostForm>
        </div>
    }
    .erased()
}
