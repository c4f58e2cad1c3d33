//! One thing that is told to a target: what, how far it has come, and what can be done about it.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::domain::notification::StateWord;
use crate::plain::fields::{Hidden, Reason};
use crate::plain::form::PostForm;
use crate::server_fns::notification::{DropNotification, SendAgain};
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::ui::session::may;
use crate::views::format;
use crate::views::notification::{NotificationView, StatusWord};

/// A row of a list.
#[component]
pub fn NotificationRow(notification: NotificationView) -> impl IntoView {
    let (tone, icon, word) = match notification.state {
        StateWord::Queued if notification.attempts > 0 => (Tone::Waiting, Icon::Clock, "tried again"),
        StateWord::Queued => (Tone::Waiting, Icon::Clock, "waits"),
        StateWord::Delivered => (Tone::Good, Icon::Check, "told"),
        StateWord::Dead => (Tone::Bad, Icon::Cross, "not told"),
        StateWord::Dropped => (Tone::Quiet, Icon::Off, "dropped"),
    };
    let status = match notification.status {
        StatusWord::Firing => "fires",
        StatusWord::Resolved => "is over",
    };
    let about = notification.feature.clone().or_else(|| notification.migration.clone());
    let about = about.unwrap_or_else(|| "everything".to_owned());
    let target = notification.target_name.clone().unwrap_or_else(|| "a target that was removed".to_owned());
    let when = match (notification.next_attempt_at, notification.ended_at) {
        (Some(next), _) if notification.attempts > 0 => format!("next attempt {}", format::second(next)),
        (_, Some(end)) => format!("{word} {}", format::second(end)),
        _ => "not tried yet".to_owned(),
    };
    let attempts = match notification.attempts {
        0 => String::new(),
        1 => " · 1 attempt".to_owned(),
        many => format!(" · {many} attempts"),
    };
    let error = notification.last_error.clone().filter(|_| notification.state != StateWord::Delivered);
    let error = error.map(|error| {
        view! { <p class="small">"last error " {format::second(error.at)} ": " {error.error}</p> }
    });
    let is_open = matches!(notification.state, StateWord::Queued | StateWord::Dead);
    let forms = (is_open && may("operate")).then(|| view! { <Forms notification=notification.clone() /> });
    view! {
        <li class="row">
            <div class="row-main">
                <p><b>{target}</b> ": " {notification.rule.clone()} " of " {about} " " {status}</p>
                <p class="small">{notification.summary.clone()}</p>
                <p class="small">"queued " {format::second(notification.queued_at)} " · " {when} {attempts}</p>
                {error}
            </div>
            <Chip tone icon text=word />
            <div class="row-end">{forms}</div>
        </li>
    }
    .erased()
}

#[component]
fn Forms(notification: NotificationView) -> impl IntoView {
    let (id, rule) = (notification.id.clone(), notification.rule.clone());
    let again = (notification.state == StateWord::Dead).then(|| {
        view! {
            <PostForm id=format!("Again-{id}") call=SendAgain::PATH class="row-form">
                <Hidden name="id" value=id.clone() />
                <button>"Send again"<span class="unseen">": " {rule.clone()}</span></button>
            </PostForm>
        }
    });
    let (id, rule) = (notification.id, notification.rule);
    view! {
        {again}
        <details class="row-fold">
            <summary>"Drop"<span class="unseen">": " {rule.clone()}</span></summary>
            <PostForm id=format!("Drop-{id}") call=DropNotification::PATH class="form-inner">
                <Hidden name="id" value=id.clone() />
                <p class="small">"The target is not told of it. What comes later is told."</p>
                <Reason />
                <p class="actions"><button class="button-quiet-danger">"Drop it"</button></p>
            </PostForm>
        </details>
    }
    .erased()
}
