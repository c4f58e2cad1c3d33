//! `/rollback[?migration=SLUG]`: everything, or one migration, back to legacy at once. The page needs nothing but itself:
//! when the list of migrations cannot be had, everything can still be rolled back.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::plain::fields::{Reason, Select};
use crate::plain::form::PostForm;
use crate::server_fns::error::PanelError;
use crate::server_fns::migration::get_migrations;
use crate::server_fns::rollback::EmergencyRollback;
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::catalog::MigrationView;

/// The page.
#[component]
pub fn EmergencyPage() -> impl IntoView {
    let asked = use_query_map().read_untracked().get("migration").unwrap_or_default();
    let form = Suspend::new(async move {
        let migrations = get_migrations().await;
        view! { <Confirmation asked migrations /> }.erased()
    });
    view! {
        <Title text="Emergency rollback" />
        <div class="form-page">
            <header class="head">
                <div class="head-title">
                    <h1>"Emergency rollback"</h1>
                    <p class="small">"Takes all traffic back to legacy at once. No gate, sign-off or version stands in its way."</p>
                </div>
            </header>
            {form}
        </div>
    }
    .erased()
}

#[component]
fn Confirmation(asked: String, migrations: Result<Vec<MigrationView>, PanelError>) -> impl IntoView {
    if !may("operate") {
        return view! { <p class="card none">"Rolling back is for engineers and admins."</p> }.erased();
    }
    let mut options = vec![(String::new(), "Everything: all migrations".to_owned())];
    let unknown = migrations.is_err().then(|| {
        view! {
            <Banner weight=Weight::Notice>
                <p>"The list of migrations cannot be had at the moment. Everything can be rolled back all the same."</p>
            </Banner>
        }
    });
    options.extend(migrations.unwrap_or_default().into_iter().map(|it| (it.slug, it.name)));
    if !asked.is_empty() && options.iter().all(|(slug, _)| *slug != asked) {
        options.push((asked.clone(), asked.clone()));
    }
    view! {
        {unknown}
        <PostForm id="Emergency" call=EmergencyRollback::PATH class="card form form-danger">
            <Select name="migration" label="What" initial=asked.clone() options=options.clone() />
            <ul class="demands plain-list">
                <li>"The candidate is switched off: every decision becomes legacy."</li>
                <li>"Fallback to legacy is switched on."</li>
                <li>"Every percentage becomes " <b>"0 %"</b> ", every gradual rollback ends."</li>
            </ul>
            <Reason hint="One line is enough. It stays in the history for good." />
            <p class="actions">
                <button class="button-danger">"Roll back now, to 0 %"</button>
                <a class="button" href="/">"Cancel"</a>
            </p>
        </PostForm>
    }
    .erased()
}
