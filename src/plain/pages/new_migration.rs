//! `/migrations/new`: the form that creates a migration.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::plain::fields::Field;
use crate::plain::form::PostForm;
use crate::server_fns::migration::CreateMigration;
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn NewMigrationPage() -> impl IntoView {
    view! {
        <Title text="New migration" />
        <div class="form-page">
            <header class="head">
                <div class="head-title">
                    <h1>"New migration"</h1>
                    <p class="small">"One replacement project. It starts with the candidate, fallback and shadow runs on."</p>
                </div>
            </header>
            <PostForm id="CreateMigration" call=CreateMigration::PATH so="Nothing was created">
                <Field
                    name="name"
                    label="Name"
                    hint="For people, as the overview shows it: File management"
                    max_length="80"
                />
                <Field
                    name="slug"
                    label="Slug"
                    hint="For addresses and programs: file-management. It stays for good."
                    key=true
                />
                <p class="actions">
                    <button class="button-primary">"Create migration"</button>
                    <a class="button" href="/">"Cancel"</a>
                </p>
            </PostForm>
        </div>
    }
    .erased()
}
