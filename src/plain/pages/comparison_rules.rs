//! `/migrations/{slug}/comparison-rules[?version=…]`: how a migration's results are compared, the versions of its rules, and
//! the form that makes a new one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::plain::fields::{Hidden, Reason, TextArea};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::server_fns::comparison_rules::{SaveComparisonRules, get_comparison_rules};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::comparison_rules::{RulesDocument, RulesView};
use crate::views::format;

/// The page.
#[component]
pub fn RulesPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    let version = use_query_map().read_untracked().get("version").unwrap_or_default();
    view! {
        <Title text=format!("Comparison rules of {slug}") />
        {loaded(get_comparison_rules(slug, version), |view| view! { <Rules view /> }.erased())}
    }
    .erased()
}

#[component]
fn Rules(view: RulesView) -> impl IntoView {
    let shown = view.shown.version;
    let standing = if shown == view.in_force { "in force" } else { "no longer in force" };
    let slug = view.migration_slug.clone();
    let rows = view.versions.iter().map(|version| {
        view! { <VersionRow slug=slug.clone() version=version.clone() shown in_force=view.in_force /> }
    });
    let rows = rows.collect_view();
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=format!("/migrations/{slug}")>{view.migration_name.clone()}</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>"Comparison rules of " {view.migration_name.clone()}</h1>
                <p class="small">"version " <b>{shown}</b> ", " {standing}</p>
            </div>
        </header>
        <div class="page-columns">
            <Edited view />
            <div class="aside">
                <HowToWrite />
                <section class="card finding" aria-labelledby="Versions">
                    <h3 id="Versions">"Versions"</h3>
                    <ol class="trail">{rows}</ol>
                </section>
            </div>
        </div>
    }
    .erased()
}

/// The rules: as a form for those who may change them.
#[component]
fn Edited(view: RulesView) -> impl IntoView {
    if !may("operate") {
        let rules = if view.lines.is_empty() { "No rules: everything is compared.".to_owned() } else { view.lines };
        return view! {
            <section class="card form" aria-labelledby="RulesTitle">
                <h2 id="RulesTitle">"Rules"</h2>
                <pre class="excerpt">{rules}</pre>
                <p class="small">"Comparison rules are changed by engineers and admins."</p>
            </section>
        }
        .erased();
    }
    let (slug, in_force, lines) = (view.migration_slug, view.in_force, view.lines);
    view! {
        <PostForm id="SaveRules" call=SaveComparisonRules::PATH>
            <h2>"Rules"</h2>
            <p class="small">
                "New rules hold for what is compared from now on; what was counted stays. A new redaction also forgets "
                "the examples that are kept."
            </p>
            <Hidden name="migration" value=slug.clone() />
            <Hidden name="version" value=in_force.to_string() />
            <TextArea
                name="rules"
                label="Rules"
                hint="One a line; empty for none"
                initial=lines.clone()
                required=false
                rows="14"
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

#[component]
fn HowToWrite() -> impl IntoView {
    let rules = [
        ("ignore $.files[].etag", "the field is not looked at, nor what lies below it"),
        ("tolerance $.duration 0.5", "numbers may differ by 0.5; 1 % is a share of the greater, 250 ms is for times"),
        ("unordered $.files", "the list has no order: its elements are matched wherever they stand"),
        ("redact $.user.email", "its values are compared and never kept"),
    ];
    let rules = rules.map(|(rule, what)| {
        view! {
            <li>
                <code class="mono">{rule}</code>
                <br />
                <span class="small">{what}</span>
            </li>
        }
    });
    view! {
        <section class="card finding" aria-labelledby="HowToWrite">
            <h3 id="HowToWrite">"How to write a rule"</h3>
            <ul class="rule-list">{rules.into_iter().collect_view()}</ul>
            <p class="small note">
                "$ is the whole result, .name a member, .* any member, [] any element of a list, .** any depth; a name with "
                "other signs is written [\"a.b\"]. Members called password, token, secret, authorization, cookie, API key and "
                "the like are redacted without a rule."
            </p>
        </section>
    }
    .erased()
}

#[component]
fn VersionRow(slug: String, version: RulesDocument, shown: i64, in_force: i64) -> impl IntoView {
    let number = version.version;
    let rules = match version.rules.len() {
        0 => "no rules".to_owned(),
        1 => "1 rule".to_owned(),
        many => format!("{many} rules"),
    };
    view! {
        <li>
            <p class="trail-time">
                <time datetime=version.at.to_rfc3339()>{format::minute(version.at)}</time>
            </p>
            <div>
                <p>
                    <a
                        href=format!("/migrations/{slug}/comparison-rules?version={number}")
                        aria-current=(number == shown).then_some("true")
                    >
                        "version " {number}
                    </a>
                    ", " {rules} {(number == in_force).then_some(", in force")}
                </p>
                <p class="small">"by " {version.actor} ": " {version.reason}</p>
            </div>
        </li>
    }
    .erased()
}
