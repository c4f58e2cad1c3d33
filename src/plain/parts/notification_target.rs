//! One target: how telling it goes, and for admins a test, a change and its removal.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::alert_notice::Severity;
use crate::domain::notification::target::TargetKind;
use crate::plain::fields::{Field, Hidden, Reason, Select};
use crate::plain::form::PostForm;
use crate::plain::outcome::Outcome;
use crate::plain::pages::notifications::severities;
use crate::server_fns::notification::{ChangeTarget, RemoveTarget, TestTarget};
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::notification::{HealthWord, TargetView, TestedTarget};

/// A row of the list of targets.
#[component]
pub fn TargetRow(target: TargetView, migrations: Vec<String>) -> impl IntoView {
    let (tone, icon, word) = match target.health {
        HealthWord::Works => (Tone::Good, Icon::Check, "works"),
        HealthWord::Fails => (Tone::Bad, Icon::Warning, "fails"),
        HealthWord::Unused => (Tone::Hollow, Icon::Dash, "not used yet"),
        HealthWord::Disabled => (Tone::Quiet, Icon::Off, "disabled"),
    };
    let kind = match target.kind {
        TargetKind::Webhook => "webhook, signed".to_owned(),
        TargetKind::Slack => "slack".to_owned(),
        TargetKind::Alertmanager if target.known_by == "nothing" => "alertmanager".to_owned(),
        TargetKind::Alertmanager => format!("alertmanager, with a {}", target.known_by),
    };
    let from = match target.least_severity {
        Severity::Warning => "warning and critical",
        Severity::Critical => "critical",
    };
    let of = target.migration.as_ref().map_or_else(|| "every migration".to_owned(), |slug| format!("migration {slug}"));
    let last = target
        .last_delivery
        .map_or_else(|| "nothing told yet".to_owned(), |at| format!("last told {}", format::second(at)));
    let error = target.last_error.clone().map(|error| {
        view! { <p class="small">"last error " {format::second(error.at)} ": " {error.error}</p> }
    });
    let tested = Outcome::of(&test_form(target.id)).and_then(|outcome| outcome.made::<TestedTarget>());
    let tested = tested.map(|tested| view! { <Tested tested /> });
    let forms = may("administer").then(|| view! { <Forms target=target.clone() migrations=migrations.clone() /> });
    view! {
        <li class="row">
            <div class="row-main">
                <p><b>{target.name.clone()}</b> " " <span class="small">{kind}</span></p>
                <p class="small mono">{target.host.clone()} "/… (" {target.url_mark.clone()} ")"</p>
                <p class="small">
                    {from} " of " {of} " · " {last} " · " {target.queued} " waiting · " {target.dead} " not told"
                </p>
                {error}
                {tested}
            </div>
            <Chip tone icon text=word />
            <div class="row-end">{forms}</div>
        </li>
    }
    .erased()
}

/// What came of a test.
#[component]
fn Tested(tested: TestedTarget) -> impl IntoView {
    let (weight, word) = if tested.delivered {
        (Weight::Notice, "The test arrived")
    } else {
        (Weight::Warning, "The test did not arrive")
    };
    view! {
        <div role="status">
            <Banner weight>
                <p><b>{word}</b> ": " {tested.detail.clone()}</p>
            </Banner>
        </div>
    }
    .erased()
}

#[component]
fn Forms(target: TargetView, migrations: Vec<String>) -> impl IntoView {
    let (id, name) = (target.id, target.name.clone());
    view! {
        <PostForm id=test_form(id) call=TestTarget::PATH class="row-form" so="The test was not sent">
            <Hidden name="id" value=id.to_string() />
            <button>"Send a test"<span class="unseen">" to " {name.clone()}</span></button>
        </PostForm>
        <details class="row-fold">
            <summary>"Change"<span class="unseen">" " {target.name.clone()}</span></summary>
            <Change target=target.clone() migrations />
            <Remove target=target.clone() />
        </details>
    }
    .erased()
}

#[component]
fn Change(target: TargetView, migrations: Vec<String>) -> impl IntoView {
    let mut of = vec![("*".to_owned(), "every migration".to_owned())];
    of.extend(migrations.into_iter().map(|slug| (slug.clone(), slug)));
    let kind = target.kind;
    let (id, version, name) = (target.id, target.version, target.name.clone());
    let of_now = target.migration.clone().unwrap_or_else(|| "*".to_owned());
    let states = vec![("true".to_owned(), "enabled".to_owned()), ("false".to_owned(), "disabled".to_owned())];
    view! {
        <PostForm id=format!("Change-{id}") call=ChangeTarget::PATH class="form-inner">
            <Hidden name="id" value=id.to_string() />
            <Hidden name="version" value=version.to_string() />
            <Field name="name" label="Name" initial=name.clone() />
            <Field name="url" label="New address" hint="Empty to leave it as it is" kind="url" required=false />
            {(kind != TargetKind::Slack)
                .then(|| {
                    view! {
                        <Field
                            name="secret"
                            label="New secret"
                            hint="Empty to leave it as it is"
                            kind="password"
                            autocomplete="new-password"
                            required=false
                        />
                    }
                })}
            {(kind == TargetKind::Alertmanager)
                .then(|| view! { <Field name="username" label="User" hint="Empty to leave it as it is" required=false /> })}
            <Select
                name="least_severity"
                label="Alerts"
                initial=target.least_severity.as_str()
                options=severities()
            />
            <Select name="migration" label="Migration" initial=of_now.clone() options=of.clone() />
            <Select
                name="enabled"
                label="State"
                hint="While it is disabled nothing is queued for it, and what is queued waits"
                initial=target.enabled.to_string()
                options=states.clone()
            />
            <Reason />
            <p class="actions"><button>"Change " {name.clone()}</button></p>
        </PostForm>
    }
    .erased()
}

#[component]
fn Remove(target: TargetView) -> impl IntoView {
    let (id, version, name) = (target.id, target.version, target.name);
    view! {
        <PostForm id=format!("Remove-{id}") call=RemoveTarget::PATH class="form-inner">
            <Hidden name="id" value=id.to_string() />
            <Hidden name="version" value=version.to_string() />
            <p class="small">"It is told nothing more, what waits for it is dropped, and its secret is forgotten."</p>
            <Reason />
            <p class="actions"><button class="button-quiet-danger">"Remove " {name.clone()}</button></p>
        </PostForm>
    }
    .erased()
}

fn test_form(target: i64) -> String {
    format!("Test-{target}")
}
