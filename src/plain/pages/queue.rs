//! `/sign-offs`: what waits for a manager's decision, oldest first.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::domain::gate::GateState;
use crate::domain::policy::COMPLETE;
use crate::plain::loaded::loaded;
use crate::server_fns::queue::get_queue;
use crate::ui::components::chips::GateChip;
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::queue::{QueueRow, QueueView};
use crate::views::rail::{stage_in_words, stage_label};

/// The page.
#[component]
pub fn QueuePage() -> impl IntoView {
    view! {
        <Title text="Sign-offs" />
        <header class="head">
            <div class="head-title">
                <h1>"Sign-offs"</h1>
                <p class="small">"Stages whose evidence waits for a decision, the longest wait first"</p>
            </div>
        </header>
        {loaded(get_queue(), |view| view! { <Queue view /> }.erased())}
    }
    .erased()
}

#[component]
fn Queue(view: QueueView) -> impl IntoView {
    let at = view.at;
    let list = |rows: Vec<QueueRow>| {
        let rows = rows.into_iter().map(|row| view! { <Waiting row at /> });
        view! { <ol class="card rows">{rows.collect_view()}</ol> }
    };
    let waiting = if view.waiting.is_empty() {
        view! {
            <section class="card blank">
                <p class="blank-sign"><Sign icon=Icon::Check /></p>
                <h2>"Nothing waits for a decision"</h2>
                <p>"A stage comes here once all of its criteria have passed and only a sign-off is missing."</p>
            </section>
        }
        .erased()
    } else {
        view! {
            <section class="part" aria-labelledby="Waiting">
                <h2 id="Waiting">"Waiting for a decision"</h2>
                {list(view.waiting)}
            </section>
        }
        .erased()
    };
    let not_yet = (!view.not_yet.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="NotYet">
                <h2 id="NotYet">"Still gathering evidence"</h2>
                {list(view.not_yet)}
            </section>
        }
    });
    view! {
        {waiting}
        {not_yet}
    }
    .erased()
}

#[component]
fn Waiting(row: QueueRow, at: DateTime<Utc>) -> impl IntoView {
    let decides = may("sign_off") && row.state == GateState::Passed;
    let (class, words) = if decides { ("button button-primary", "Review") } else { ("button", "Look at the gate") };
    let entered_by = row.entered_by.map(|who| format!(" by {who}"));
    let next = if row.next_stage == COMPLETE {
        "complete".to_owned()
    } else {
        stage_in_words(&row.next_stage, row.next_percentage)
    };
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <b>{row.key.clone()}</b>
                    " from stage "
                    <b>{stage_label(&row.stage)}</b>
                    " to "
                    {next}
                </p>
                <p class="small">
                    {row.migration_slug} " · stage entered " {format::ago(row.entered_at, at)} {entered_by} " · "
                    {row.missing.join("; ")}
                </p>
            </div>
            <GateChip state=row.state />
            <a class=class href=format!("/features/{}/gate", row.key)>
                {words}
                <span class="unseen">" of " {row.key.clone()}</span>
            </a>
        </li>
    }
    .erased()
}
