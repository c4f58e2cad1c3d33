//! `/migrations/{slug}/policy[?version=…]`: the policy of a migration, its versions, and the form that makes a new one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::domain::policy::{Policy, Stage};
use crate::plain::fields::{Hidden, Reason, TextArea};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::server_fns::policy::{SavePolicy, get_policy};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::alert::rule_in_words;
use crate::views::criterion::demand_in_words;
use crate::views::format;
use crate::views::policy::{PolicyVersionRow, PolicyView};
use crate::views::rail::stage_label;

/// The page.
#[component]
pub fn PolicyPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    let version = use_query_map().read_untracked().get("version").unwrap_or_default();
    view! {
        <Title text=format!("Policy of {slug}") />
        {loaded(get_policy(slug, version), |view| view! { <PolicyOf view /> }.erased())}
    }
    .erased()
}

#[component]
fn PolicyOf(view: PolicyView) -> impl IntoView {
    let shown = view.shown.version;
    let standing = if shown == view.in_force { "in force" } else { "no longer in force" };
    let stages = view.shown.policy.stages.iter().map(|stage| view! { <StageRow stage=stage.clone() /> });
    let stages = stages.collect_view();
    let prerequisites = view.shown.policy.prerequisites.iter().map(|it| {
        view! { <li>{format!("{} leaves no stage before {} has reached {}", it.feature, it.needs, stage_label(&it.stage))}</li> }
    });
    let prerequisites = prerequisites.collect_view();
    let prerequisites = (!prerequisites.is_empty()).then(|| view! { <ul class="note plain-list">{prerequisites}</ul> });
    let slug = view.migration_slug.clone();
    let versions = view.versions.iter().map(|row| {
        view! { <VersionRow slug=slug.clone() row=row.clone() is_shown=row.version == shown is_in_force=row.version == view.in_force /> }
    });
    let versions = versions.collect_view();
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=format!("/migrations/{slug}")>{view.migration_name.clone()}</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>"Policy of " {view.migration_name.clone()}</h1>
                <p class="small">"version " <b>{shown}</b> ", " {standing}</p>
            </div>
        </header>
        <section class="card" aria-label="Stages">
            <div class="scroll scroll-tall" tabindex="0" role="region" aria-label="Table of stages">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"stage"</th>
                            <th scope="col">"percentage"</th>
                            <th scope="col">"leaves when"</th>
                            <th scope="col">"sign-offs"</th>
                        </tr>
                    </thead>
                    <tbody>{stages}</tbody>
                </table>
            </div>
            {prerequisites}
        </section>
        <AlertRules policy=view.shown.policy.clone() />
        <div class="page-columns">
            <NewVersion view />
            <section class="card finding" aria-labelledby="Versions">
                <h3 id="Versions">"Versions"</h3>
                <ol class="trail">{versions}</ol>
            </section>
        </div>
    }
    .erased()
}

/// What the migration is watched for, and what is done about it.
#[component]
fn AlertRules(policy: Policy) -> impl IntoView {
    let is_default = policy.alerts.is_none();
    let rules = policy.alert_rules().iter().map(|rule| {
        view! {
            <tr>
                <th scope="row"><b>{rule.name.clone()}</b></th>
                <td>{rule_in_words(rule)}</td>
                <td>{rule.severity.as_str()}</td>
                <td>{rule.action.in_words()}</td>
                <td>{format!("after {} min", rule.keep_firing_minutes)}</td>
            </tr>
        }
    });
    let rules = rules.collect_view();
    let words = match (is_default, policy.alert_rules().is_empty()) {
        (true, _) => "The policy names no rules, so these are the default ones.",
        (false, true) => "The policy has no alert rules: nothing is watched.",
        (false, false) => "What is watched in every stage, and what is done about it.",
    };
    view! {
        <section class="card told" aria-labelledby="AlertRules">
            <h2 id="AlertRules">"Alert rules"</h2>
            <p class="small">{words} " What fires is on the page " <a href="/alerts">"Alerts"</a> "."</p>
            <div class="scroll scroll-tall" tabindex="0" role="region" aria-label="Table of alert rules">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"rule"</th>
                            <th scope="col">"fires when"</th>
                            <th scope="col">"severity"</th>
                            <th scope="col">"then"</th>
                            <th scope="col">"over when all is well"</th>
                        </tr>
                    </thead>
                    <tbody>{rules}</tbody>
                </table>
            </div>
        </section>
    }
    .erased()
}

#[component]
fn StageRow(stage: Stage) -> impl IntoView {
    let criteria = stage.criteria.iter().map(|criterion| view! { <li>{demand_in_words(criterion)}</li> });
    let required = [(stage.sign_offs.manager, "manager"), (stage.sign_offs.tool, "tool")];
    let required =
        required.into_iter().filter(|(count, _)| *count > 0).map(|(count, who)| format!("{count} by a {who}"));
    let required = required.collect::<Vec<_>>().join(", ");
    view! {
        <tr>
            <th scope="row"><b>{stage_label(&stage.name)}</b></th>
            <td>{stage.percentage.to_string()}</td>
            <td><ul class="plain-list">{criteria.collect_view()}</ul></td>
            <td>{required}</td>
        </tr>
    }
    .erased()
}

#[component]
fn VersionRow(slug: String, row: PolicyVersionRow, is_shown: bool, is_in_force: bool) -> impl IntoView {
    let in_force = is_in_force.then_some(", in force");
    view! {
        <li>
            <p class="trail-time">
                <time datetime=row.at.to_rfc3339()>{format::minute(row.at)}</time>
            </p>
            <div>
                <p>
                    <a href=format!("/migrations/{slug}/policy?version={}", row.version) aria-current=is_shown.then_some("true")>
                        "version " {row.version}
                    </a>
                    {in_force}
                </p>
                <p class="small">"by " {row.actor} ": " {row.reason}</p>
            </div>
        </li>
    }
    .erased()
}

/// The form that makes a new version out of the one shown.
#[component]
fn NewVersion(view: PolicyView) -> impl IntoView {
    if !may("operate") {
        return view! { <p class="card none">"Policies are changed by engineers and admins."</p> }.erased();
    }
    let (slug, in_force, document) = (view.migration_slug, view.in_force, view.document);
    view! {
        <PostForm id="SavePolicy" call=SavePolicy::PATH>
            <h2>"New version"</h2>
            <p class="small">
                "It is in force at once for every feature of the migration, and voids approvals that were given under \
                 the version before."
            </p>
            <Hidden name="migration" value=slug.clone() />
            <Hidden name="version" value=in_force.to_string() />
            <TextArea
                name="document"
                label="Policy"
                hint="JSON: stages with rising percentages, each with criteria and sign-offs, and alert rules; limits are fractions, 0.01 is 1 %"
                initial=document.clone()
                rows="24"
                mono=true
            />
            <Reason />
            <p class="actions">
                <button class="button-primary">"Save as a new version"</button>
            </p>
        </PostForm>
    }
    .erased()
}
