//! `/system/schema`: the migrations of the database's schema, and where it has drifted from what they make.

use chrono::DateTime;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::domain::schema::steps::{Step, StepState};
use crate::plain::loaded::loaded;
use crate::server_fns::schema::get_schema;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::schema::{DriftRow, SchemaView};

/// The page.
#[component]
pub fn SchemaPage() -> impl IntoView {
    view! {
        <Title text="Schema" />
        {loaded(get_schema(), |view| view! { <Schema view /> }.erased())}
    }
    .erased()
}

#[component]
fn Schema(view: SchemaView) -> impl IntoView {
    view! {
        <header class="head">
            <div class="head-title">
                <h1>"Schema"</h1>
                <p class="small">
                    <a href="/system">"System"</a> " · " {view.database.clone()} ", looked at "
                    {format::second(view.at)} ", once a minute at most"
                </p>
            </div>
        </header>
        <Drifted view=view.clone() />
        <Migrations steps=view.migrations />
    }
    .erased()
}

/// What is not as the migrations make it.
#[component]
fn Drifted(view: SchemaView) -> impl IntoView {
    let to = view.compared_to.map(|version| format!(" up to {version:04}")).unwrap_or_default();
    if view.drift.is_empty() {
        return view! {
            <section class="part" aria-labelledby="Drift">
                <h2 id="Drift">"Drift"</h2>
                <p>
                    <Chip tone=Tone::Good icon=Icon::Check text="none" />
                    {format!(" What is there is what the migrations make{to}.")}
                </p>
            </section>
        }
        .erased();
    }
    let row = |DriftRow { kind, subject, detail }| {
        view! {
            <tr>
                <th scope="row">{subject}</th>
                <td>
                    <Chip tone=Tone::Bad icon=Icon::Warning text=kind />
                </td>
                <td>{detail}</td>
            </tr>
        }
    };
    let rows = view.drift.into_iter().map(row).collect_view();
    view! {
        <section class="part" aria-labelledby="Drift">
            <h2 id="Drift">"Drift"</h2>
            <div class="card scroll scroll-tall" tabindex="0" role="region" aria-label="Drift">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"what"</th>
                            <th scope="col">"kind"</th>
                            <th scope="col">"which means"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="small">{format!("Held against what the migrations make{to}.")}</p>
        </section>
    }
    .erased()
}

/// Every migration with what became of it.
#[component]
fn Migrations(steps: Vec<Step>) -> impl IntoView {
    let row = |step: Step| {
        let (tone, icon) = match step.state {
            StepState::Applied => (Tone::Good, Icon::Check),
            StepState::Pending => (Tone::Hollow, Icon::Dash),
            StepState::Interrupted | StepState::Changed | StepState::NoFile => (Tone::Bad, Icon::Warning),
        };
        view! {
            <tr>
                <th scope="row">{format!("{:04} {}", step.version, step.name)}</th>
                <td>
                    <Chip tone icon text=step.state.in_words() />
                </td>
                <td>{step.applied_at.map(|at| moment(&at))}</td>
            </tr>
        }
    };
    let rows = steps.into_iter().map(row).collect_view();
    view! {
        <section class="part" aria-labelledby="Migrations">
            <h2 id="Migrations">"Migrations of the schema"</h2>
            <div class="card scroll scroll-tall" tabindex="0" role="region" aria-label="Migrations of the schema">
                <table class="table-left table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"migration"</th>
                            <th scope="col">"state"</th>
                            <th scope="col">"applied"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .erased()
}

/// As other moments are written; as it stands in the ledger where that is something else.
fn moment(recorded: &str) -> String {
    DateTime::parse_from_rfc3339(recorded).map_or_else(|_| recorded.to_owned(), |at| format::second(at.to_utc()))
}
