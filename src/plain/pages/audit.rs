//! `/audit?feature=…&migration=…&actor=…&action=…&from=…&to=…&before=…`: who did what, newest first, page by page.

use chrono::NaiveDateTime;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use serde_json::Value;

use crate::plain::loaded::loaded;
use crate::server_fns::audit::get_audit;
use crate::ui::erased::Erase;
use crate::views::audit::{AuditRow, AuditView};
use crate::views::{address, format};

/// What the address asks for: each part as it was written, empty for all.
#[derive(Clone)]
struct Filter {
    feature: String,
    migration: String,
    actor: String,
    action: String,
    from: String,
    to: String,
}

impl Filter {
    /// The address of the page that begins before event `before`.
    fn address(&self, before: Option<i64>) -> String {
        let before = before.map(|seq| seq.to_string()).unwrap_or_default();
        let parts = [
            ("feature", self.feature.as_str()),
            ("migration", &self.migration),
            ("actor", &self.actor),
            ("action", &self.action),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &before),
        ];
        address::with_query("/audit", parts)
    }
}

/// The page.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let part = |name: &str| query.get(name).unwrap_or_default();
    let filter = Filter {
        feature: part("feature"),
        migration: part("migration"),
        actor: part("actor"),
        action: part("action"),
        from: part("from"),
        to: part("to"),
    };
    let asked = filter.clone();
    let load =
        get_audit(asked.feature, asked.migration, asked.actor, asked.action, asked.from, asked.to, part("before"));
    view! {
        <Title text="Audit" />
        <header class="head">
            <div class="head-title">
                <h1>"Audit"</h1>
                <p class="small">"Who did what, newest first. Each event holds the hash of the one before it."</p>
            </div>
        </header>
        <Filters filter=filter.clone() />
        {loaded(load, |view| view! { <Events view filter /> }.erased())}
    }
    .erased()
}

#[component]
fn Filters(filter: Filter) -> impl IntoView {
    let field = |name: &'static str, label: &'static str, kind: &'static str, value: String| {
        // What is no moment is shown as it was typed, where a browser would show nothing.
        let is_moment =
            kind == "text" || value.is_empty() || NaiveDateTime::parse_from_str(&value, "%Y-%m-%dT%H:%M").is_ok();
        let kind = if is_moment { kind } else { "text" };
        let like = match name {
            "actor" => "user:ada",
            "action" => "feature.advanced",
            _ => "",
        };
        view! {
            <div class="field">
                <label for=format!("Audit-{name}")>{label}</label>
                <input id=format!("Audit-{name}") type=kind name=name value=value placeholder=like autocomplete="off" />
            </div>
        }
    };
    view! {
        <form class="card filters" method="get" action="/audit" role="search" aria-label="Audit events">
            {field("feature", "Feature", "text", filter.feature)}
            {field("migration", "Migration", "text", filter.migration)}
            {field("actor", "Actor", "text", filter.actor)}
            {field("action", "Action", "text", filter.action)}
            {field("from", "From, UTC", "datetime-local", filter.from)}
            {field("to", "To, UTC", "datetime-local", filter.to)}
            <p class="actions">
                <button class="button-primary">"Filter"</button>
                <a class="button" href="/audit">"All"</a>
            </p>
        </form>
    }
    .erased()
}

#[component]
fn Events(view: AuditView, filter: Filter) -> impl IntoView {
    if view.rows.is_empty() {
        return view! { <p class="card none">"No events match."</p> }.erased();
    }
    let older = view.next.map(|before| {
        view! { <a class="button" href=filter.address(Some(before))>"Older"</a> }
    });
    let length = u64::try_from(view.length).unwrap_or_default();
    let rows = view.rows.into_iter().map(|event| view! { <Event event /> });
    view! {
        <p class="small">{format!("{} events in the chain, head ", format::count(length))}<span class="mono digest">{view.head}</span></p>
        <section class="card" aria-label="Events">
            <div class="scroll scroll-tall" tabindex="0" role="region" aria-label="Table of events">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"when"</th>
                            <th scope="col">"who"</th>
                            <th scope="col">"what"</th>
                            <th scope="col">"to"</th>
                            <th scope="col">"before and after"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
        <nav class="paging" aria-label="Pages">
            <a class="button" href=filter.address(None)>"Newest"</a>
            {older}
        </nav>
    }
    .erased()
}

#[component]
fn Event(event: AuditRow) -> impl IntoView {
    let policy = event.policy_version.map(|version| format!("policy version {version}"));
    let about = [event.migration, event.feature, event.subject].into_iter().flatten().collect::<Vec<_>>().join(" / ");
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (before, after) = (pretty(&event.before), pretty(&event.after));
    view! {
        <tr>
            <td class="when">
                <time datetime=event.at.to_rfc3339()>{format::second(event.at)}</time>
                <br />
                <span class="small">"№ " {event.seq}</span>
            </td>
            <td class="mono">{event.actor}</td>
            <td><span class="mono">{event.action}</span><br /><span class="small">{event.reason}</span></td>
            <td class="mono">{about}</td>
            <td>
                <div class="record-change">
                    <span class="record-what">{event.what}</span>
                    <span class="small">{policy}</span>
                    <details class="record-whole">
                        <summary>"Before and after, hash"</summary>
                        <pre class="command">{before}</pre>
                        <pre class="command">{after}</pre>
                        <p class="mono digest">{event.hash}</p>
                    </details>
                </div>
            </td>
        </tr>
    }
    .erased()
}
