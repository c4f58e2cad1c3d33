//! `/migrations/{slug}/runbook`: the checklist that a migration goes by, with who ticked what, and the form that gives it a
//! new one.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::plain::fields::{Field, File, Hidden, TextArea};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::markdown::{rendered, rendered_inline, words};
use crate::server_fns::runbook::{ImportRunbook, Tick, get_runbook};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::runbook::{BlockView, GroupView, ItemView, ProgressView, RunbookView, VanishedView};

/// How deep items are shown within each other.
const DEEPEST: u64 = 4;

/// The page.
#[component]
pub fn RunbookPage() -> impl IntoView {
    let slug = use_params_map().read_untracked().get("slug").unwrap_or_default();
    view! {
        <Title text=format!("Runbook of {slug}") />
        {loaded(get_runbook(slug), |view| view! { <Runbook view /> }.erased())}
    }
    .erased()
}

#[component]
fn Runbook(view: RunbookView) -> impl IntoView {
    let slug = view.migration.clone();
    let told = match (view.imported_at, &view.imported_by) {
        (Some(at), Some(by)) => format!("version {} of {}, by {by}", view.version, format::minute(at)),
        _ => "no checklist yet".to_owned(),
    };
    let is_empty = view.groups.is_empty();
    let whole = (!is_empty).then(|| view! { <Progress name="All of it" progress=view.progress /> });
    let contents = view! { <Contents groups=view.groups.clone() whole=view.progress /> };
    let groups = view.groups.into_iter().enumerate();
    let groups = groups.map(|(index, group)| view! { <Headed slug=slug.clone() id=part(index) group /> });
    let groups = groups.collect_view();
    let none = is_empty.then(|| {
        view! {
            <section class="card blank">
                <p class="blank-sign"><Sign icon=Icon::Dash /></p>
                <h2>"There is no checklist"</h2>
                <p>"A file in Markdown with lines like " <code>"- [ ] Do it"</code> " becomes one."</p>
            </section>
        }
    });
    let vanished = (!view.vanished.is_empty()).then(|| view! { <Vanished vanished=view.vanished.clone() /> });
    let import = may("operate").then(|| view! { <Import slug=slug.clone() version=view.version /> });
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href=format!("/migrations/{slug}")>{slug.clone()}</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1>"Runbook of " {slug.clone()}</h1>
                <p class="small">{told}</p>
                {whole}
            </div>
        </header>
        <div class="page-columns">
            <div class="stack">{none} {groups} {vanished}</div>
            <div class="stack runbook-side">{contents} {import}</div>
        </div>
    }
    .erased()
}

/// Where the part of the page is that shows the group of this index.
fn part(index: usize) -> String {
    format!("Part-{index}")
}

/// The headings that lead to the parts of a long checklist, with how much is done below each.
#[component]
fn Contents(groups: Vec<GroupView>, whole: ProgressView) -> impl IntoView {
    let headed = groups.into_iter().enumerate().filter(|(_, group)| (1..=2).contains(&group.level));
    // A heading above everything leads nowhere.
    let headed = headed.filter(|(_, group)| group.progress.items > 0 && group.progress.items < whole.items);
    let headed: Vec<_> = headed.collect();
    let rows = headed.iter().map(|(index, group)| {
        view! {
            <li>
                <a href=format!("#{}", part(*index))>{words(&group.heading)}</a>
                " "
                <span class="small">{group.progress.in_words()}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    (headed.len() > 1)
        .then(|| {
            view! {
                <nav class="card told runbook-contents" aria-label="Contents">
                    <h2>"Contents"</h2>
                    <ol>{rows}</ol>
                </nav>
            }
        })
        .erased()
}

/// How much is done, in words and as a bar.
#[component]
fn Progress(#[prop(into)] name: String, progress: ProgressView) -> impl IntoView {
    (progress.items > 0)
        .then(|| {
            view! {
                <p class="runbook-progress">
                    <progress value=progress.done.to_string() max=progress.items.to_string() aria-label=name></progress>
                    " "
                    <span>{progress.in_words()} " done"</span>
                </p>
            }
        })
        .erased()
}

/// What stands below one heading.
#[component]
fn Headed(slug: String, id: String, group: GroupView) -> impl IntoView {
    let heading = rendered_inline(&group.heading);
    let name = group.heading.clone();
    let title = match group.level {
        0 => ().into_any(),
        1 | 2 => view! { <h2 inner_html=heading></h2> }.into_any(),
        3 => view! { <h3 inner_html=heading></h3> }.into_any(),
        _ => view! { <h4 inner_html=heading></h4> }.into_any(),
    };
    let blocks = group.blocks.into_iter().map(|block| match block {
        BlockView::Text { markdown } => {
            view! { <div class="runbook-text" inner_html=rendered(&markdown)></div> }.erased()
        }
        BlockView::Item(item) => view! { <Item slug=slug.clone() item /> }.erased(),
    });
    let blocks = blocks.collect_view();
    view! {
        <section class="part" id=id>
            {title}
            <Progress name progress=group.progress />
            {(!blocks.is_empty()).then(|| view! { <div class="card rows">{blocks}</div> })}
        </section>
    }
    .erased()
}

/// Something to be done, and the form that says that it is.
#[component]
fn Item(slug: String, item: ItemView) -> impl IntoView {
    let sign = item.done.then(|| view! { <Sign icon=Icon::Check /> });
    let word = if item.done { "done" } else { "to do" };
    let told = item.at.zip(item.by.clone()).map(|(at, by)| {
        let said = if item.done { "ticked" } else { "unticked" };
        view! { <p class="small">{said} " by " {by} " " <time datetime=at.to_rfc3339()>{format::minute(at)}</time></p> }
    });
    let note = item.note.clone().map(|note| view! { <p class="small">"“" {note} "”"</p> });
    let class = format!("row runbook-item runbook-depth-{}", item.depth.min(DEEPEST));
    let form = may("operate").then(|| view! { <TickForm slug=slug.clone() item=item.clone() /> });
    view! {
        <div class=class>
            <span class="runbook-box">{sign}<span class="unseen">{word}</span></span>
            <div class="row-main">
                <p inner_html=rendered_inline(&item.markdown)></p>
                {told}
                {note}
            </div>
            <div class="row-end">{form}</div>
        </div>
    }
    .erased()
}

#[component]
fn TickForm(slug: String, item: ItemView) -> impl IntoView {
    let id = item.id.clone();
    let words = if item.done { "Untick" } else { "Tick" };
    let (text, version, done) = (item.markdown.clone(), item.version.to_string(), (!item.done).to_string());
    view! {
        <PostForm id=format!("Tick-{id}") call=Tick::PATH class="form-line">
            <Hidden name="migration" value=slug.clone() />
            <Hidden name="item" value=id.clone() />
            <Hidden name="version" value=version.clone() />
            <Hidden name="done" value=done.clone() />
            <details class="row-fold">
                <summary>"Note"<span class="unseen">" on " {text.clone()}</span></summary>
                <Field name="note" label="Note" required=false max_length="1000" />
            </details>
            <button>{words}<span class="unseen">": " {text.clone()}</span></button>
        </PostForm>
    }
    .erased()
}

/// What was ticked and is not in the checklist any more.
#[component]
fn Vanished(vanished: Vec<VanishedView>) -> impl IntoView {
    let rows = vanished.into_iter().map(|item| {
        view! {
            <li class="row">
                <div class="row-main">
                    <p inner_html=rendered_inline(&item.markdown)></p>
                    <p class="small">
                        {item.headings.join(" / ")} " · ticked by " {item.by} " " {format::minute(item.at)}
                    </p>
                    {item.note.map(|note| view! { <p class="small">"“" {note} "”"</p> })}
                </div>
            </li>
        }
    });
    let rows = rows.collect_view();
    view! {
        <section class="part" aria-labelledby="Vanished">
            <h2 id="Vanished">"No longer in the checklist"</h2>
            <p class="small">"This was ticked before the checklist was changed."</p>
            <ul class="card rows">{rows}</ul>
        </section>
    }
    .erased()
}

#[component]
fn Import(slug: String, version: i64) -> impl IntoView {
    view! {
        <PostForm id="Import" call=ImportRunbook::PATH has_file=true>
            <h2>{if version == 0 { "Give it a checklist" } else { "Change the checklist" }}</h2>
            <Hidden name="migration" value=slug.clone() />
            <Hidden name="version" value=version.to_string() />
            <p class="small">
                "Ticks stay with their items, also with those that are gone: an item is the same while its text, its headings and what it is within are."
            </p>
            <File name="file" label="File" hint="In Markdown, at most 512 KiB" accept=".md,.markdown,.txt,text/markdown,text/plain" />
            <TextArea
                name="markdown"
                label="Markdown"
                hint="In place of a file"
                required=false
                rows="14"
                mono=true
            />
            <p class="actions"><button class="button-primary">"Save the checklist"</button></p>
        </PostForm>
    }
    .erased()
}
