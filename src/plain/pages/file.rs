//! `/files/{id}`: one file, where both sides keep it, and being rid of it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::domain::path::Path;
use crate::plain::fields::{Hidden, Reason};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::plain::parts::file_sides::{SideChip, TaskRow};
use crate::plain::parts::finding::FindingRow;
use crate::server_fns::file::{DeleteFile, get_file};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::file::{FileSideView, FileView};
use crate::views::file_pages::FilePage as Page;
use crate::views::format;

/// The page.
#[component]
pub fn FilePage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    view! {
        <Title text="File" />
        {loaded(get_file(id), |view| view! { <File view /> }.erased())}
    }
    .erased()
}

#[component]
fn File(view: Page) -> impl IntoView {
    let (now, file) = (view.at, view.file);
    let features = vec![file.feature.clone()];
    let tasks = view.tasks.into_iter().map(|task| view! { <TaskRow task now /> }).collect_view();
    let queued = (!tasks.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="Queued">
                <h2 id="Queued">"In the queue"</h2>
                <ol class="card rows">{tasks}</ol>
            </section>
        }
    });
    let found = view.findings.into_iter().map(|finding| {
        let features = features.clone();
        view! { <FindingRow finding features now /> }
    });
    let found = found.collect_view();
    let found = (!found.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="Found">
                <h2 id="Found">"What checks found"</h2>
                <ol class="card rows">{found}</ol>
            </section>
        }
    });
    let delete = may("operate").then(|| view! { <Delete file=file.clone() /> });
    view! {
        <header class="head">
            <div class="head-title">
                <nav class="crumbs" aria-label="Breadcrumb">
                    <a href="/files">"Files"</a>
                    <span aria-hidden="true">"/"</span>
                </nav>
                <h1 class="digest">{file.original_name.clone()}</h1>
                <p class="small mono digest">{file.id.clone()}</p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/api/v1/files/{}/content", file.id)>"Download"</a>
            </div>
        </header>
        <div class="page-columns">
            <div class="stack">
                <Facts file=file.clone() />
                {queued}
                {found}
            </div>
            {delete}
        </div>
    }
    .erased()
}

#[component]
fn Facts(file: FileView) -> impl IntoView {
    let metadata = (!file.metadata.is_empty()).then(|| {
        let pretty = serde_json::to_string_pretty(&file.metadata).unwrap_or_default();
        view! { <pre class="command">{pretty}</pre> }
    });
    let none = metadata.is_none().then_some("none");
    let row = |name: &'static str, value: AnyView| view! { <tr><th scope="row">{name}</th><td class="digest">{value}</td></tr> };
    let side = |path: Path, side: FileSideView| {
        let place = (!side.provider_id.is_empty()).then(
            || view! { <p class="small mono digest">{side.provider.clone()} ": " {side.provider_id.clone()}</p> },
        );
        view! {
            <SideChip path side />
            {place}
        }
        .erased()
    };
    let size = format!("{} ({} bytes)", format::bytes(file.size), format::count(file.size));
    let sha256 = file.sha256.clone().unwrap_or_else(|| "none: it was never read".to_owned());
    view! {
        <section class="card" aria-label="What is known of it">
            <table class="table-left">
                <tbody>
                    {row("Feature", view! { <a class="mono" href=format!("/features/{}", file.feature)>{file.feature.clone()}</a> }.erased())}
                    {row("Size", size.into_any())}
                    {row("SHA-256", view! { <span class="mono">{sha256}</span> }.erased())}
                    {row("Type", view! { <span class="mono">{file.mime_type}</span> }.erased())}
                    {row("Made", format::second(file.created_at).into_any())}
                    {row("Legacy", side(Path::Legacy, file.legacy))}
                    {row("Candidate", side(Path::Candidate, file.candidate))}
                    {row("Metadata", view! { {metadata} {none} }.erased())}
                </tbody>
            </table>
        </section>
    }
    .erased()
}

#[component]
fn Delete(file: FileView) -> impl IntoView {
    let name = file.original_name.clone();
    view! {
        <PostForm id="Delete" call=DeleteFile::PATH class="card form form-danger" so="Nothing was deleted">
            <h2>"Delete"</h2>
            <Hidden name="id" value=file.id.clone() />
            <p class="small">"Deletes " <b>{name.clone()}</b> " on both sides for good. Nothing brings it back."</p>
            <Reason />
            <p class="actions"><button class="button-danger">"Delete " {name.clone()}</button></p>
        </PostForm>
    }
    .erased()
}
