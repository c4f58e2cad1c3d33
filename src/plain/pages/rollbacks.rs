//! `/rollbacks`: every rollback, newest first, with how far it has come and the proof of its effect.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

use crate::plain::fields::{Hidden, Reason};
use crate::plain::form::PostForm;
use crate::plain::loaded::loaded;
use crate::server_fns::rollback::{CancelRollback, get_rollbacks};
use crate::ui::components::icon::{Icon, Sign};
use crate::ui::components::rollback::{AlertLink, RollbackState};
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::rollback::{RollbackView, RollbacksView};

/// The page.
#[component]
pub fn RollbacksPage() -> impl IntoView {
    view! {
        <Title text="Rollbacks" />
        <header class="head">
            <div class="head-title">
                <h1>"Rollbacks"</h1>
                <p class="small">
                    "A rollback is verified once the candidate’s observed share has been at its target for a whole minute"
                </p>
            </div>
        </header>
        {loaded(get_rollbacks(), |view| view! { <Rollbacks view /> }.erased())}
    }
    .erased()
}

#[component]
fn Rollbacks(view: RollbacksView) -> impl IntoView {
    if view.rollbacks.is_empty() {
        return view! {
            <section class="card blank">
                <p class="blank-sign"><Sign icon=Icon::Dash /></p>
                <h2>"Nothing was ever rolled back"</h2>
                <p>"A feature is rolled back on its page; everything at once with the button at the top of every page."</p>
            </section>
        }
        .erased();
    }
    let now = view.at;
    let rows = view.rollbacks.into_iter().map(|rollback| view! { <RollbackRow rollback now /> });
    view! {
        <section class="card" aria-label="List of rollbacks">
            <ol class="rows">{rows.collect_view()}</ol>
        </section>
    }
    .erased()
}

#[component]
fn RollbackRow(rollback: RollbackView, now: DateTime<Utc>) -> impl IntoView {
    let cancel = (rollback.is_stepping() && may("operate")).then(|| {
        let (id, scope) = (rollback.id.clone(), rollback.scope_in_words());
        view! {
            <details class="row-fold">
                <summary>"Cancel"<span class="unseen">" the rollback of " {scope.clone()}</span></summary>
                <PostForm id=format!("Cancel-{id}") call=CancelRollback::PATH class="form-inner">
                    <Hidden name="id" value=id />
                    <p class="small">{scope.clone()} " stays at the percentage that it has reached."</p>
                    <Reason />
                    <p class="actions"><button>"Cancel the rollback of " {scope}</button></p>
                </PostForm>
            </details>
        }
    });
    let alert = rollback.alert.clone().map(|alert| view! { ". " <AlertLink alert /> });
    let was: Vec<String> = rollback.covered.iter().map(|it| format!("{} from {}", it.feature, it.from)).collect();
    let was = (!was.is_empty()).then(|| view! { <span class="small">" (" {was.join(", ")} ")"</span> });
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <b>{rollback.scope_in_words()}</b>
                    " "
                    {rollback.kind.clone()}
                    " rollback to "
                    <b>{rollback.target.to_string()}</b>
                    {was}
                </p>
                <p class="small">
                    <time datetime=rollback.at.to_rfc3339()>{format::minute(rollback.at)}</time>
                    ", " {format::ago(rollback.at, now)} " · by " {rollback.actor.clone()} ": " {rollback.reason.clone()} {alert}
                </p>
            </div>
            <RollbackState rollback=rollback.clone() now />
            <div class="row-end">{cancel}</div>
        </li>
    }
    .erased()
}
