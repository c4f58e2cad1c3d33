//! `/files/consistency?state=…&kind=…&feature=…&before=…`: checks of all files, what they found, and having it mended.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::domain::consistency::FindingKind;
use crate::domain::consistency::check::CheckMode;
use crate::plain::fields::Select;
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::finding::FindingRow;
use crate::server_fns::file::{CheckFiles, get_consistency};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::state::capitalised;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::consistency::{CheckView, ConsistencyView};
use crate::views::{address, format};

/// What the address asks for: each part as it was written, empty for all.
#[derive(Clone)]
struct Filter {
    state: String,
    kind: String,
    feature: String,
}

impl Filter {
    fn address(&self, before: &str) -> String {
        let parts =
            [("state", self.state.as_str()), ("kind", &self.kind), ("feature", &self.feature), ("before", before)];
        address::with_query("/files/consistency", parts)
    }
}

/// The page.
#[component]
pub fn ConsistencyPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let part = |name: &str| query.get(name).unwrap_or_default();
    let filter = Filter { state: part("state"), kind: part("kind"), feature: part("feature") };
    let asked = filter.clone();
    let load = get_consistency(asked.state, asked.kind, asked.feature, part("before"));
    view! {
        <Title text="Consistency of files" />
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href="/files">"Files"</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>"Consistency"</h1>
                <p class="small">"Whether the records of files and what both sides really have agree"</p>
            </div>
        </header>
        {loaded(load, |view| view! { <Consistency view filter /> }.erased())}
    }
    .erased()
}

#[component]
fn Consistency(view: ConsistencyView, filter: Filter) -> impl IntoView {
    let last = view.checks.first().cloned();
    let now = view.at;
    let is_open = last.as_ref().is_some_and(CheckView::is_open);
    let ask = may("operate").then(|| view! { <AskForm is_open /> });
    let checks = view.checks.iter().cloned().map(|check| view! { <CheckRow check now /> }).collect_view();
    let checks = (!view.checks.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="Checks">
                <h2 id="Checks">"Checks"</h2>
                <ol class="card rows">{checks}</ol>
            </section>
        }
    });
    let state = match &last {
        None => view! {
            <section class="card blank">
                <p class="blank-sign"><Sign icon=Icon::Dash /></p>
                <h2>"Nothing was ever checked"</h2>
                <p>"A check reads every file on both sides. Until one is complete no gate that asks for it passes."</p>
            </section>
        }
        .erased(),
        Some(_) => view! { <Findings view=view.clone() filter /> }.erased(),
    };
    view! {
        <div class="page-columns">
            <div class="stack">{state} {checks}</div>
            {ask}
        </div>
    }
    .erased()
}

#[component]
fn AskForm(is_open: bool) -> impl IntoView {
    if is_open {
        return view! {
            <section class="card form" aria-label="Check under way">
                <h2>"A check is under way"</h2>
                <p class="small">"It goes on by itself. What it has found so far is in the list already."</p>
                <p class="actions"><a class="button" href="/files/consistency">"Look again"</a></p>
            </section>
        }
        .erased();
    }
    let options = vec![
        (CheckMode::Full.as_str().to_owned(), "full: reads everything".to_owned()),
        (CheckMode::Quick.as_str().to_owned(), "quick: what is there, and its size".to_owned()),
    ];
    view! {
        <PostForm id="Check" call=CheckFiles::PATH so="No check was asked for">
            <h2>"Check now"</h2>
            <Select name="mode" label="How closely" hint="Only a full check counts for a gate." options=options.clone() />
            <p class="actions"><button class="button-primary">"Check all files"</button></p>
        </PostForm>
    }
    .erased()
}

#[component]
fn CheckRow(check: CheckView, now: DateTime<Utc>) -> impl IntoView {
    let looked = check.looked;
    let told = format!(
        "{} records, {} objects, {} read, {} found",
        format::count(looked.records),
        format::count(looked.objects),
        format::bytes(looked.bytes),
        format::count(looked.found)
    );
    let when = check.ended_at.or(check.started_at).unwrap_or(check.asked_at);
    let error = check.error.clone().map(|error| view! { <p class="small">{capitalised(&error)}</p> });
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <b>"№ " {check.id}</b> " " {check.mode.as_str()} " check, "
                    <time datetime=when.to_rfc3339()>{format::minute(when)}</time> ", " {format::ago(when, now)}
                </p>
                <p class="small">{told} " · asked for by " {check.asked_by.clone()}</p>
                {error}
            </div>
            <CheckChip check />
        </li>
    }
    .erased()
}

/// Where a check is.
#[component]
pub fn CheckChip(check: CheckView) -> impl IntoView {
    let (tone, icon) = match check.state.as_str() {
        "complete" => (Tone::Good, Icon::Check),
        "failed" => (Tone::Bad, Icon::Cross),
        "interrupted" => (Tone::Stale, Icon::Off),
        "waiting" => (Tone::Waiting, Icon::Clock),
        _ => (Tone::Waiting, Icon::Pulse),
    };
    view! { <Chip tone icon text=check.state /> }.erased()
}

#[component]
fn Findings(view: ConsistencyView, filter: Filter) -> impl IntoView {
    let (now, open) = (view.at, view.open_count());
    let words = match open {
        0 => "Nothing is open".to_owned(),
        1 => "1 finding is open".to_owned(),
        more => format!("{} findings are open", format::count(more)),
    };
    let (tone, icon) = if open == 0 { (Tone::Good, Icon::Check) } else { (Tone::Bad, Icon::Warning) };
    let kinds = view.open_kinds().into_iter().map(|(kind, count)| {
        let of_kind = Filter { state: String::new(), kind: kind.as_str().to_owned(), feature: String::new() };
        view! { <li><a href=of_kind.address("")>{format::count(count)} " × " {kind.in_words()}</a></li> }
    });
    let kinds = kinds.collect_view();
    let by = view.last_full.as_ref().map_or_else(
        || "No full check was ever complete.".to_owned(),
        |check| {
            let ended = check.ended_at.unwrap_or(check.asked_at);
            format!("The last full check was complete {}.", format::ago(ended, now))
        },
    );
    let features = view.features.clone();
    let none = view.findings.is_empty().then(|| {
        let words = if filter.state.is_empty() && filter.kind.is_empty() && filter.feature.is_empty() {
            "Records and sides agree, as far as they were checked."
        } else {
            "No findings match."
        };
        view! { <p class="none">{words}</p> }
    });
    let rows = view.findings.into_iter().map(|finding| {
        let features = features.clone();
        view! { <FindingRow finding features now /> }
    });
    let rows = rows.collect_view();
    let older = view.next.map(|before| {
        view! {
            <nav class="paging" aria-label="Pages">
                <a class="button" href=filter.address("")>"Newest"</a>
                <a class="button" href=filter.address(&before.to_string())>"Older"</a>
            </nav>
        }
    });
    view! {
        <section class="part" aria-labelledby="Open">
            <div class="part-head">
                <h2 id="Open">"Findings"</h2>
                <Chip tone icon text=words />
            </div>
            <p class="small">{by}</p>
            <ul class="plain-list">{kinds}</ul>
        </section>
        <Filters filter=filter.clone() features=features.clone() />
        <section class="card" aria-label="List of findings">
            <ol class="rows">{rows}</ol>
            {none}
        </section>
        {older}
    }
    .erased()
}

#[component]
fn Filters(filter: Filter, features: Vec<String>) -> impl IntoView {
    let select = |name: &'static str, label: &'static str, value: String, options: Vec<(String, String)>| {
        let options = options.into_iter().map(|(option, words)| {
            let selected = option == value;
            view! { <option value=option selected=selected>{words}</option> }
        });
        view! {
            <div class="field">
                <label for=format!("Findings-{name}")>{label}</label>
                <select id=format!("Findings-{name}") name=name>{options.collect_view()}</select>
            </div>
        }
    };
    let word = |value: &str, words: &str| (value.to_owned(), words.to_owned());
    let states = vec![word("", "open"), word("closed", "closed"), word("all", "open and closed")];
    let mut kinds = vec![word("", "every kind")];
    kinds.extend(FindingKind::ALL.into_iter().map(|kind| word(kind.as_str(), kind.in_words())));
    let mut of = vec![word("", "every feature")];
    of.extend(features.iter().map(|key| word(key, key)));
    view! {
        <form class="card filters" method="get" action="/files/consistency" role="search" aria-label="Findings">
            {select("state", "State", filter.state, states)}
            {select("kind", "Kind", filter.kind, kinds)}
            {select("feature", "Feature", filter.feature, of)}
            <p class="actions">
                <button class="button-primary">"Filter"</button>
                <a class="button" href="/files/consistency">"Open ones"</a>
            </p>
        </form>
    }
    .erased()
}
