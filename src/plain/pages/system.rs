//! `/system`: how busy the program and its machine are, how much there is, and what is kept how long.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::plain::loaded::loaded;
use crate::server_fns::system::get_system;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::system::{GroupRow, InstanceState, SystemView, Use};

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
                    {format::second(view.at)} " · " <a href="/system/schema">"Schema of the database"</a>
                </p>
            </div>
        </header>
        <InUse view=view.clone() />
        <Instances view=view.clone() />
        <Kept view />
    }
    .erased()
}

/// What there is only so much of.
#[component]
fn InUse(view: SystemView) -> impl IntoView {
    let free = view.disk_free_bytes.map(|bytes| format!("{} left where the data is", format::bytes(bytes)));
    let own = view.process_bytes.map(|bytes| format!("{} of it by this program", format::bytes(bytes)));
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
    let rows = rows.map(|(what, share, detail)| {
        let cells = [state(share), format::rate(share).into_any(), detail.into_any()];
        Row { what: what.to_owned(), cells }
    });
    view! {
        <Table id="InUse" title="In use" columns=["what", "state", "in use", "more"] rows=rows.into()>
            <p class="small">
                {format::number_of(view.file_tasks, "task", "tasks")} " of files and "
                {format::number_of(view.notifications_queued, "notification", "notifications")} " waiting, "
                <a href="/notifications#Dead">{format::count(view.notifications_dead)} " not told"</a> "; "
                {format::number_of(view.streams, "event stream", "event streams")} " open. High is above 80 %."
            </p>
        </Table>
    }
    .erased()
}

/// The programs on this database.
#[component]
fn Instances(view: SystemView) -> impl IntoView {
    let now = view.at;
    let rows = view.instances.into_iter().map(|instance| {
        let (tone, icon) = match instance.state {
            InstanceState::Fine => (Tone::Good, Icon::Check),
            InstanceState::Silent | InstanceState::Apart => (Tone::Bad, Icon::Warning),
            InstanceState::Replaced => (Tone::Quiet, Icon::Off),
        };
        let does = match instance.state {
            InstanceState::Replaced => "ended",
            InstanceState::Silent => "decides as it last knew, if it is there",
            InstanceState::Apart => "decides, and serves no files: it keeps them elsewhere than the one that leads",
            InstanceState::Fine if instance.leads => "decides, and does the timed work",
            InstanceState::Fine => "decides",
        };
        let started = format::ago(instance.started_at, now);
        let running = format!("{does}; started {started}, version {}", instance.version);
        let age = format::ago(instance.decides_as_of, now);
        let age = view! { <span class="narrow-only">"decides as of "</span>{age} };
        let chip = view! { <Chip tone icon text=instance.state.in_words() /> };
        Row { what: instance.name, cells: [chip.into_any(), age.into_any(), running.into_any()] }
    });
    let rows: Vec<Row> = rows.collect();
    let is_none = rows.is_empty();
    let none = is_none.then(|| view! { <p class="small">"No instance has told of itself yet."</p> });
    view! {
        <Table id="Instances" title="Instances" columns=["where", "state", "decides as of", "what it does"] rows>
            <p class="small">
                "All programs on this database. One that the database does not answer goes on deciding as it last knew; one that \
                 tells nothing for ten minutes is forgotten."
            </p>
            {none}
        </Table>
    }
    .erased()
}

/// What is to be thought of a share in use.
fn state(share: Option<f64>) -> AnyView {
    let state = Use::of(share);
    let (tone, icon) = match state {
        Use::Unknown => (Tone::Hollow, Icon::Dash),
        Use::Fine => (Tone::Good, Icon::Check),
        Use::High => (Tone::Bad, Icon::Warning),
    };
    view! { <Chip tone icon text=state.in_words() /> }.into_any()
}

/// What is kept, how long, and how much there is of it.
#[component]
fn Kept(view: SystemView) -> impl IntoView {
    let rows = view.groups.iter().cloned().map(|GroupRow { name, kept, rows, bytes }| {
        let rows = view! { <span class="narrow-only">"rows "</span>{format::count(rows)} };
        Row { what: name, cells: [kept.into_any(), rows.into_any(), format::bytes(bytes).into_any()] }
    });
    let rows = rows.collect();
    let measured = match view.measured_at {
        Some(at) => format!("Rows and sizes are those of {}, about.", format::second(at)),
        None => "Rows and sizes were not looked at yet.".to_owned(),
    };
    let cleaned = match view.cleaned_at {
        Some(at) if view.removed_rows == 0 => {
            format!("Last cleaned up {}: nothing was over.", format::ago(at, view.at))
        }
        Some(at) => format!(
            "Last cleaned up {}: {} removed, nobody kept waiting for more than {}.",
            format::ago(at, view.at),
            format::number_of(view.removed_rows, "row", "rows"),
            format::latency(Some(view.longest_step_ms))
        ),
        None => "Not cleaned up yet since the program began.".to_owned(),
    };
    view! {
        <Table id="Kept" title="What is kept" columns=["what", "kept", "rows", "size"] rows>
            <p class="small">
                "Minutes are kept " {view.keep_minutes_days} " days, hours " {view.keep_hours_days}
                " days; history, sign-offs and audit for good. " {cleaned} " " {measured}
            </p>
            <p class="small">
                "The database takes " {format::bytes(view.database_bytes)} ", of which " {format::bytes(view.free_bytes)}
                " are free for what comes; its log takes " {format::bytes(view.wal_bytes)} "."
            </p>
        </Table>
    }
    .erased()
}

/// A row of a [`Table`].
struct Row {
    what: String,
    cells: [AnyView; 3],
}

/// A part of the page: a table, whose rows become two lines each where there is no room, and what is to be said of it.
#[component]
fn Table(
    id: &'static str,
    title: &'static str,
    columns: [&'static str; 4],
    rows: Vec<Row>,
    children: Children,
) -> impl IntoView {
    let columns = columns.map(|column| view! { <th scope="col">{column}</th> }).into_iter().collect_view();
    let row = |Row { what, cells }| {
        let cells = cells.map(|cell| view! { <td>{cell}</td> }).into_iter().collect_view();
        view! {
            <tr>
                <th scope="row">{what}</th>
                {cells}
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <section class="part" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <div class="card scroll scroll-tall" tabindex="0" role="region" aria-label=title>
                <table class="table-left table-stack table-pairs">
                    <thead>
                        <tr>{columns}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {children()}
        </section>
    }
    .erased()
}
