//! `/migrations/new`: the form that creates a migration.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::server_fns::migration::CreateMigration;
use crate::ui::components::field::{Takes, TextField};
use crate::ui::components::form::{FormError, SubmitButton, shown_error};
use crate::ui::erased::Erase;

/// The page.
#[component]
pub fn NewMigrationPage() -> impl IntoView {
    let action = ServerAction::<CreateMigration>::new();
    let error = shown_error(action);
    view! {
        <Title text="New migration" />
        <div class="form-page">
            <header class="head">
                <div class="head-title">
                    <h1>"New migration"</h1>
                    <p class="small">"One replacement project. It starts with the candidate, fallback and shadow runs on."</p>
                </div>
            </header>
            <ActionForm action attr:class="card form">
                <FormError error />
                <TextField
                    name="name"
                    label="Name"
                    hint="For people, as the overview shows it: File management"
                    takes=Takes::Name
                    error
                />
                <TextField
                    name="slug"
                    label="Slug"
                    hint="For addresses and programs: file-management. It stays for good."
                    takes=Takes::Key
                    error
                />
                <p class="actions">
                    <SubmitButton label="Create migration" pending=action.pending() />
                    <a class="button" href="/">"Cancel"</a>
                </p>
            </ActionForm>
        </div>
    }
    .erased()
}
