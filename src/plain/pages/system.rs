//! `/system`: how busy the program and its machine are, how much there is, and what is kept how long.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::plain::loaded::loaded;
use crate::server_fns::system::get_system;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::system::{GroupRow, SystemView, Use};

/// The page.
#[component]
pub fn SystemPage() -> impl IntoView {
    view! {
        <Title text="System" />
        {loaded(get_system(), |view| view! { <System view /> }.erased())}
    }
    .erased()
}

#[component]
fn System(view: SystemView) -> impl IntoView {
    view! {
        <header class="head">
            <div class="head-title">
                <h1>"System"</h1>
                <p class="small">
                    "Crossfade " <b>{view.version.clone()}</b> ", running for " {view.uptime()} ", as of "
                    {format::second(view.at)}
                </p>
            </div>
        </header>
        <InUse view=view.clone() />
        <Kept view />
    }
    .erased()
}

/// What there is only so much of.
#[component]
fn InUse(view: SystemView) -> impl IntoView {
    let free = view.disk_free_bytes.map(|bytes| format!("{} left where the data is", format::bytes(bytes)));
    let own = view.process_bytes.map(|bytes| format!("{} of it this program's", format::bytes(bytes)));
    let connections = SystemView::share(view.pool_in_use.into(), view.pool_size.into());
    let queue = SystemView::share(view.ingest_queued, view.ingest_places);
    let rows = [
        ("Processor", view.cpu, Some("all cores, over the last seconds".to_owned())),
        ("Memory", view.memory, own),
        ("Disk", view.disk, free),
        ("Store connections", connections, Some(format!("{} of {}", view.pool_in_use, view.pool_size))),
        (
            "Ingest queue",
            queue,
            Some(format!("{} of {} batches", format::count(view.ingest_queued), format::count(view.ingest_places))),
        ),
    ];
    let rows = rows.map(|(what, share, detail)| view! { <UseRow what share detail /> }).into_iter().collect_view();
    view! {
        <section class="part" aria-labelledby="InUse">
            <h2 id="InUse">"In use"</h2>
            <div class="card scroll" tabindex="0" role="region" aria-label="What is in use">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"what"</th>
                            <th scope="col">"state"</th>
                            <th scope="col">"in use"</th>
                            <th scope="col">"of which"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="small">
                {format::number_of(view.file_tasks, "task", "tasks")} " of files waiting, "
                {format::number_of(view.streams, "event stream", "event streams")} " open. High is above 80 %."
            </p>
        </section>
    }
    .erased()
}

#[component]
fn UseRow(what: &'static str, share: Option<f64>, detail: Option<String>) -> impl IntoView {
    let state = Use::of(share);
    let (tone, icon) = match state {
        Use::Unknown => (Tone::Hollow, Icon::Dash),
        Use::Fine => (Tone::Good, Icon::Check),
        Use::High => (Tone::Bad, Icon::Warning),
    };
    view! {
        <tr>
            <th scope="row">{what}</th>
            <td><Chip tone icon text=state.in_words() /></td>
            <td>{format::rate(share)}</td>
            <td>{detail}</td>
        </tr>
    }
    .erased()
}

/// What is kept, how long, and how much there is of it.
#[component]
fn Kept(view: SystemView) -> impl IntoView {
    let rows = view.groups.iter().cloned().map(|row| view! { <KeptRow row /> }).collect_view();
    let measured = match view.measured_at {
        Some(at) => format!("Rows and sizes as of {}, about.", format::second(at)),
        None => "Rows and sizes were not looked at yet.".to_owned(),
    };
    let cleaned = match view.cleaned_at {
        Some(at) => format!(
            "Last cleaned up {}: {} removed, nobody kept waiting for more than {}.",
            format::ago(at, view.at),
            format::number_of(view.removed_rows, "row", "rows"),
            format::latency(Some(view.longest_step_ms))
        ),
        None => "Not cleaned up yet since the program began.".to_owned(),
    };
    view! {
        <section class="part" aria-labelledby="Kept">
            <h2 id="Kept">"What is kept"</h2>
            <div class="card scroll" tabindex="0" role="region" aria-label="What is kept">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"what"</th>
                            <th scope="col">"kept"</th>
                            <th scope="col">"rows"</th>
                            <th scope="col">"size"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="small">
                "Minutes are kept " {view.keep_minutes_days} " days, hours " {view.keep_hours_days}
                " days; history, sign-offs and audit for good. " {cleaned} " " {measured}
            </p>
            <p class="small">
                "The database has " {format::bytes(view.database_bytes)} ", of which " {format::bytes(view.free_bytes)}
                " are free for what comes; its log has " {format::bytes(view.wal_bytes)} "."
            </p>
        </section>
    }
    .erased()
}

#[component]
fn KeptRow(row: GroupRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.name}</th>
            <td>{row.kept}</td>
            <td><span class="narrow-only">"rows "</span>{format::count(row.rows)}</td>
            <td>{format::bytes(row.bytes)}</td>
        </tr>
    }
    .erased()
}
