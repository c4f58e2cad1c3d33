//! `/notifications`: who is told of alerts and how that goes, what waits to be told, and what could not be. Managing targets
//! is for admins; sending again and dropping for engineers.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::plain::fields::{Field, Reason, Select};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::outcome::Outcome;
use crate::plain::parts::notification::NotificationRow;
use crate::plain::parts::notification_target::TargetRow;
use crate::server_fns::notification::{CreateTarget, get_notifications};
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::components::command::Command;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::notification::{CreatedTarget, NotificationView, NotificationsView};

/// The page.
#[component]
pub fn NotificationsPage() -> impl IntoView {
    view! {
        <Title text="Notifications" />
        <header class="head">
            <div class="head-title">
                <h1>"Notifications"</h1>
                <p class="small">
                    "Each target is told of an alert when it begins to fire and when it is over, in this order; what fails is "
                    "tried again for a day."
                </p>
            </div>
        </header>
        {loaded(get_notifications(), |view| view! { <Notifications view /> }.erased())}
    }
    .erased()
}

#[component]
fn Notifications(view: NotificationsView) -> impl IntoView {
    let created = Outcome::of("CreateTarget").and_then(|outcome| outcome.made::<CreatedTarget>());
    let is_created = created.is_some();
    let migrations = view.migrations.clone();
    let new = may("administer").then(|| {
        // What was typed into the form, the address among it, is not shown again once it is kept.
        if is_created {
            view! { <p class="actions"><a class="button" href="/notifications">"Add another target"</a></p> }.erased()
        } else {
            view! { <NewTarget migrations=migrations.clone() /> }.erased()
        }
    });
    let none = view.targets.is_empty().then(|| {
        view! {
            <div class="card blank">
                <p class="blank-sign"><Sign icon=Icon::Dash /></p>
                <h3>"Nobody is told of alerts"</h3>
                <p>"Alerts are in the panel only, until an admin adds a target."</p>
            </div>
        }
    });
    let rows = view.targets.into_iter().map(|target| view! { <TargetRow target migrations=view.migrations.clone() /> });
    let rows = rows.collect_view();
    view! {
        {created.map(|created| view! { <Created created /> })}
        <div class="page-columns">
            <div class="stack">
                <section class="part" aria-labelledby="TargetsTitle">
                    <h2 id="TargetsTitle">"Targets"</h2>
                    {(!rows.is_empty()).then(|| view! { <ul class="card rows">{rows}</ul> })}
                    {none}
                </section>
                <Listed id="Dead" title="Not told" none="Everything was told, or is still tried." list=view.dead />
                <Listed id="Queued" title="Waiting" none="Nothing waits to be told." list=view.queued />
                <Listed id="Delivered" title="Told last" none="Nothing was told yet." list=view.delivered />
            </div>
            {new}
        </div>
    }
    .erased()
}

/// That a target was made, and its key if it was made with it.
#[component]
fn Created(created: CreatedTarget) -> impl IntoView {
    let name = created.target.name;
    let key = created.secret.map(|secret| {
        view! {
            <p>"Its letters are signed with this key. It is shown this once: copy it now."</p>
            <Command text=secret />
        }
    });
    view! {
        <div role="status">
            <Banner weight=Weight::Notice>
                <p><b>"The target " {name.clone()} " was made."</b></p>
                {key}
            </Banner>
        </div>
    }
    .erased()
}

#[component]
fn Listed(id: &'static str, title: &'static str, none: &'static str, list: Vec<NotificationView>) -> impl IntoView {
    let none = list.is_empty().then(|| view! { <p class="card none">{none}</p> });
    let rows = list.into_iter().map(|notification| view! { <NotificationRow notification /> });
    let rows = rows.collect_view();
    view! {
        <section class="part" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {(!rows.is_empty()).then(|| view! { <ul class="card rows">{rows}</ul> })}
            {none}
        </section>
    }
    .erased()
}

#[component]
fn NewTarget(migrations: Vec<String>) -> impl IntoView {
    let kinds = [
        ("webhook", "Webhook: Crossfade’s own JSON, signed"),
        ("slack", "Slack, and what takes the same"),
        ("alertmanager", "Prometheus Alertmanager"),
    ];
    let kinds: Vec<(String, String)> = kinds.map(|(kind, words)| (kind.to_owned(), words.to_owned())).into();
    let mut all = vec![(String::new(), "every migration".to_owned())];
    all.extend(migrations.into_iter().map(|slug| (slug.clone(), slug)));
    view! {
        <PostForm id="CreateTarget" call=CreateTarget::PATH>
            <h2>"New target"</h2>
            <Field name="name" label="Name" hint="Who is told: on call, #rollouts" />
            <Select name="kind" label="Kind" initial="webhook" options=kinds.clone() />
            <Field
                name="url"
                label="Address"
                hint="Nobody is shown more of it than its host. Of an Alertmanager, the part before /api/v2/alerts."
                kind="url"
            />
            <Field
                name="secret"
                label="Secret"
                hint="Webhook: the key that letters are signed with; empty, and one is made and shown once. Alertmanager: a bearer token, or a password."
                kind="password"
                autocomplete="new-password"
                required=false
            />
            <Field name="username" label="User" hint="Alertmanager: with a password only." required=false />
            <Select name="least_severity" label="Alerts" initial="warning" options=severities() />
            <Select name="migration" label="Migration" options=all.clone() />
            <Reason />
            <p class="actions">
                <button class="button-primary">"Add target"</button>
            </p>
        </PostForm>
    }
    .erased()
}

/// From which severity a target is told.
pub fn severities() -> Vec<(String, String)> {
    let severities = [("warning", "warning and critical"), ("critical", "critical only")];
    severities.map(|(word, words)| (word.to_owned(), words.to_owned())).into()
}
