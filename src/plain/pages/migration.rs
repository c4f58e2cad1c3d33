//! `/migrations/{slug}`: the switches of a migration, its shadow setting, and the way to its policy and comparison rules.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::plain::fields::{Field, Hidden, Reason, Select};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::server_fns::rollout::{SetMigration, get_migration};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::catalog::MigrationView;

/// The page.
#[component]
pub fn MigrationPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    view! {
        <Title text=slug.clone() />
        {loaded(get_migration(slug), |view| view! { <Migration view /> }.erased())}
    }
    .erased()
}

#[component]
fn Migration(view: MigrationView) -> impl IntoView {
    let (slug, name) = (view.slug.clone(), view.name.clone());
    let features =
        view.features.iter().map(|key| view! { <li><a href=format!("/features/{key}")>{key.clone()}</a></li> });
    let features = features.collect_view();
    let none = view.features.is_empty().then(|| view! { <p class="small">"No features yet."</p> });
    let roll_back = may("operate").then(|| {
        view! {
            <a class="button button-quiet-danger" href=format!("/rollback?migration={slug}")>"Roll back " {slug.clone()}</a>
        }
    });
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href="/">"Overview"</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>{name}</h1>
                <p class="small mono">{view.slug.clone()}</p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/migrations/{}/policy", view.slug)>"Policy"</a>
                <a class="button" href=format!("/migrations/{}/comparison-rules", view.slug)>"Comparison rules"</a>
                <a class="button" href=format!("/migrations/{}/runbook", view.slug)>"Runbook"</a>
                {roll_back}
            </div>
        </header>
        <div class="page-columns">
            <Settings view=view.clone() />
            <section class="card form" aria-labelledby="FeaturesTitle">
                <h2 id="FeaturesTitle">"Features"</h2>
                <ul class="plain-list">{features}</ul>
                {none}
            </section>
        </div>
    }
    .erased()
}

#[component]
fn Settings(view: MigrationView) -> impl IntoView {
    let on_or_off = |on: bool| if on { "true" } else { "false" }.to_owned();
    let options = || vec![("true".to_owned(), "on".to_owned()), ("false".to_owned(), "off".to_owned())];
    if !may("operate") {
        let word = |on: bool| if on { "on" } else { "off" };
        return view! {
            <section class="card form" aria-labelledby="SettingsTitle">
                <h2 id="SettingsTitle">"Switches"</h2>
                <ul class="plain-list">
                    <li>"Candidate " <b>{word(view.candidate_enabled)}</b></li>
                    <li>"Fallback to legacy " <b>{word(view.fallback_to_legacy)}</b></li>
                    <li>"Shadow " <b>{word(view.shadow_mode.enabled)}</b>", sample rate " {view.shadow_mode.sample_rate}</li>
                </ul>
            </section>
        }
        .erased();
    }
    let (slug, version) = (view.slug.clone(), view.version.to_string());
    let (candidate, fallback, shadow) =
        (on_or_off(view.candidate_enabled), on_or_off(view.fallback_to_legacy), on_or_off(view.shadow_mode.enabled));
    let rate = view.shadow_mode.sample_rate.to_string();
    view! {
        <PostForm id="Settings" call=SetMigration::PATH>
            <h2>"Switches"</h2>
            <Hidden name="slug" value=slug.clone() />
            <Hidden name="version" value=version.clone() />
            <Select
                name="candidate_enabled"
                label="Candidate"
                hint="The kill switch: off means that every decision is legacy, 0 % effective for every feature."
                initial=candidate.clone()
                options=options()
            />
            <Select
                name="fallback_to_legacy"
                label="Fallback to legacy"
                hint="On: a call that failed at the candidate is answered by legacy."
                initial=fallback.clone()
                options=options()
            />
            <Select
                name="shadow_enabled"
                label="Shadow runs"
                hint="On: a share of calls is run on both sides and compared."
                initial=shadow.clone()
                options=options()
            />
            <Field
                name="sample_rate"
                label="Sample rate"
                hint="The share of calls that shadow runs take, 0 to 1: 0.05 is one in twenty."
                kind="number"
                initial=rate.clone()
                range=("0", "1".to_owned(), "any")
            />
            <Reason />
            <p class="actions">
                <button class="button-primary">"Set the switches of " {slug.clone()}</button>
            </p>
        </PostForm>
    }
    .erased()
}
