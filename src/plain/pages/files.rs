//! `/files?feature=…&name=…&side=…&before=…`: what there is on both sides, what waits, and the files one by one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::consistency::CheckChip;
use crate::domain::path::Path;
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::file_sides::{SideChip, TaskRow};
use crate::plain::parts::file_sums::Sums;
use crate::server_fns::file::{RetryFiles, get_files};
use crate::ui::components::banner::{Banner, Weight};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::file::FileView;
use crate::views::file_pages::FilesPage as FilesView;
use crate::views::{address, format};

/// What the address asks for: each part as it was written, empty for all.
#[derive(Clone)]
struct Filter {
    feature: String,
    name: String,
    side: String,
}

impl Filter {
    fn address(&self, before: &str) -> String {
        let parts =
            [("feature", self.feature.as_str()), ("name", &self.name), ("side", &self.side), ("before", before)];
        address::with_query("/files", parts)
    }

    const fn is_empty(&self) -> bool {
        self.feature.is_empty() && self.name.is_empty() && self.side.is_empty()
    }
}

/// The page.
#[component]
pub fn FilesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let part = |name: &str| query.get(name).unwrap_or_default();
    let filter = Filter { feature: part("feature"), name: part("name"), side: part("side") };
    let asked = filter.clone();
    let load = get_files(asked.feature, asked.name, asked.side, part("before"));
    view! {
        <Title text="Files" />
        <header class="head">
            <div class="head-title">
                <h1>"Files"</h1>
                <p class="small">"What the file service keeps on legacy and on the candidate, and what is still to be done"</p>
            </div>
            <div class="actions"><a class="button" href="/files/consistency">"Consistency"</a></div>
        </header>
        {loaded(load, |view| view! { <Files view filter /> }.erased())}
    }
    .erased()
}

#[component]
fn Files(view: FilesView, filter: Filter) -> impl IntoView {
    let not_set_up = (!view.is_set_up).then(|| {
        view! {
            <Banner weight=Weight::Warning>
                <p>"The file service is not set up: what is shown was kept before."</p>
            </Banner>
        }
    });
    let features = view.features.iter().map(|it| it.feature.clone()).collect::<Vec<_>>();
    view! {
        {not_set_up}
        <Sums view=view.clone() />
        <div class="page-columns">
            <Queue view=view.clone() />
            <Check view=view.clone() />
        </div>
        <Filters filter=filter.clone() features />
        <List view filter />
    }
    .erased()
}

#[component]
fn Queue(view: FilesView) -> impl IntoView {
    let now = view.at;
    if view.waiting == 0 {
        return view! {
            <section class="card form" aria-labelledby="Queue">
                <h2 id="Queue">"Queue"</h2>
                <p><Chip tone=Tone::Good icon=Icon::Check text="nothing waits" /></p>
                <p class="small">"Both sides have what they should have, as far as is known."</p>
            </section>
        }
        .erased();
    }
    let due = view.due_since.map(|at| {
        if at <= now {
            format!("the first has been due for {}", format::duration(now - at))
        } else {
            "the first is due soon".to_owned()
        }
    });
    let failing = (view.failing > 0).then(|| format!(", {} of which failed before", format::count(view.failing)));
    let rows = view.tasks.into_iter().map(|task| view! { <TaskRow task now /> }).collect_view();
    let retry = may("operate").then(|| {
        view! {
            <PostForm id="Retry" call=RetryFiles::PATH class="row-form" so="Nothing was hastened">
                <p class="actions"><button class="button-primary">"Try everything again now"</button></p>
            </PostForm>
        }
    });
    view! {
        <section class="card form" aria-labelledby="Queue">
            <h2 id="Queue">"Queue"</h2>
            <p>
                <Chip tone=Tone::Waiting icon=Icon::Clock text=format!("{} waiting", format::count(view.waiting)) />
            </p>
            <p class="small">{due} {failing}</p>
            <ol class="rows">{rows}</ol>
            {retry}
        </section>
    }
    .erased()
}

#[component]
fn Check(view: FilesView) -> impl IntoView {
    let now = view.at;
    let open: u64 = view.open.iter().map(|(_, count)| count).sum();
    let last = view.last_check.map_or_else(
        || view! { <p><Chip tone=Tone::Hollow icon=Icon::Dash text="never checked" /></p> }.erased(),
        |check| {
            let when = check.ended_at.or(check.started_at).unwrap_or(check.asked_at);
            view! { <p><CheckChip check /> " " <span class="small">{format::ago(when, now)}</span></p> }.erased()
        },
    );
    let kinds = view.open.iter().map(|(kind, count)| {
        let href = address::with_query("/files/consistency", [("kind", kind.as_str())]);
        view! { <li><a href=href>{format::count(*count)} " × " {kind.in_words()}</a></li> }
    });
    let kinds = kinds.collect_view();
    let none = (open == 0).then(|| view! { <p class="small">"No finding is open."</p> });
    view! {
        <section class="card form" aria-labelledby="LastCheck">
            <h2 id="LastCheck">"Last check"</h2>
            {last}
            <ul class="plain-list">{kinds}</ul>
            {none}
            <p class="actions"><a class="button" href="/files/consistency">"Checks and findings"</a></p>
        </section>
    }
    .erased()
}

#[component]
fn Filters(filter: Filter, features: Vec<String>) -> impl IntoView {
    let option = |value: String, words: String, chosen: &str| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    };
    let mut keys = vec![option(String::new(), "every feature".to_owned(), &filter.feature)];
    keys.extend(features.into_iter().map(|key| option(key.clone(), key, &filter.feature)));
    let sides = [
        ("", "anywhere"),
        ("legacy", "on legacy"),
        ("candidate", "on the candidate"),
        ("not_legacy", "not on legacy"),
        ("not_candidate", "not on the candidate"),
    ];
    let sides: Vec<_> =
        sides.into_iter().map(|(value, words)| option(value.to_owned(), words.to_owned(), &filter.side)).collect();
    view! {
        <form class="card filters" method="get" action="/files" role="search" aria-label="Files">
            <div class="field">
                <label for="Files-feature">"Feature"</label>
                <select id="Files-feature" name="feature">{keys}</select>
            </div>
            <div class="field">
                <label for="Files-name">"Name contains"</label>
                <input id="Files-name" type="text" name="name" value=filter.name autocomplete="off" />
            </div>
            <div class="field">
                <label for="Files-side">"Where it is"</label>
                <select id="Files-side" name="side">{sides}</select>
            </div>
            <p class="actions">
                <button class="button-primary">"Filter"</button>
                <a class="button" href="/files">"All"</a>
            </p>
        </form>
    }
    .erased()
}

#[component]
fn List(view: FilesView, filter: Filter) -> impl IntoView {
    if view.files.is_empty() {
        let words = if filter.is_empty() { "No files yet." } else { "No files match." };
        return view! { <p class="card none">{words}</p> }.erased();
    }
    let older = view.next.map(|before| view! { <a class="button" href=filter.address(&before)>"Older"</a> });
    let rows = view.files.into_iter().map(|file| view! { <FileRow file /> }).collect_view();
    view! {
        <section class="card" aria-label="List of files">
            <div class="scroll scroll-tall" tabindex="0" role="region" aria-label="Table of files">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"name"</th>
                            <th scope="col">"feature"</th>
                            <th scope="col">"size"</th>
                            <th scope="col">"SHA-256"</th>
                            <th scope="col">"where it is"</th>
                            <th scope="col">"made"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
        <nav class="paging" aria-label="Pages">
            <a class="button" href=filter.address("")>"Newest"</a>
            {older}
        </nav>
    }
    .erased()
}

#[component]
fn FileRow(file: FileView) -> impl IntoView {
    let short = file.sha256.as_deref().map_or_else(|| "none".to_owned(), |digits| format!("{}…", &digits[..8]));
    view! {
        <tr>
            <th scope="row"><a href=format!("/files/{}", file.id)>{file.original_name}</a></th>
            <td class="mono">{file.feature}</td>
            <td>{format::bytes(file.size)}</td>
            <td class="mono">{short}</td>
            <td>
                <span class="actions">
                    <SideChip path=Path::Legacy side=file.legacy /> " " <SideChip path=Path::Candidate side=file.candidate />
                </span>
            </td>
            <td class="when"><time datetime=file.created_at.to_rfc3339()>{format::minute(file.created_at)}</time></td>
        </tr>
    }
    .erased()
}
