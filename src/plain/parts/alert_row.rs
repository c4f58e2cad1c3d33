//! One alert in a list, and how a rule stands, as a chip.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::domain::alert::{Condition, StateWord};
use crate::domain::alert_notice::Severity;
use crate::ui::components::chips::{Chip, Tone};
use crate::ui::components::icon::Icon;
use crate::ui::erased::Erase;
use crate::views::alert::AlertView;
use crate::views::format;

/// One alert: what it is about, what was read, and what was done.
#[component]
pub fn AlertRow(alert: AlertView, now: DateTime<Utc>) -> impl IntoView {
    let since = alert.since();
    let done = alert.action_taken.clone().map(|done| view! { <p class="small"><b>{done}</b></p> });
    let why = alert.resolved_reason.clone().map(|why| view! { <p class="small">"over: " {why}</p> });
    view! {
        <li class="row">
            <div class="row-main">
                <p>
                    <a href=format!("/alerts/{}", alert.id)><b>{alert.rule.clone()}</b></a>
                    " of "
                    <b>{alert.subject()}</b>
                    <span class="small">
                        ", " <time datetime=since.to_rfc3339()>{format::minute(since)}</time> ", "
                        {format::ago(since, now)}
                    </span>
                </p>
                <p class="small">{alert.reading.reason.clone()}</p>
                {done}
                {why}
            </div>
            <p><AlertChip alert=alert.clone() /> " " <SilencedChip alert=alert.clone() /></p>
        </li>
    }
    .erased()
}

/// Where an alert is, and how grave it is.
#[component]
pub fn AlertChip(alert: AlertView) -> impl IntoView {
    let (tone, icon) = match (alert.state, alert.severity) {
        (StateWord::Firing, Severity::Critical | Severity::Warning) => (Tone::Bad, Icon::Warning),
        (StateWord::Pending, _) => (Tone::Waiting, Icon::Clock),
        (StateWord::Resolved, _) => (Tone::Quiet, Icon::Check),
    };
    let text = format!("{}, {}", alert.state.as_str(), alert.severity.as_str());
    view! { <Chip tone icon text /> }.erased()
}

/// That nobody is told of it, where that is so and it is not over.
#[component]
pub fn SilencedChip(alert: AlertView) -> impl IntoView {
    (alert.silenced && alert.state != StateWord::Resolved)
        .then(|| view! { <Chip tone=Tone::Quiet icon=Icon::Off text="silenced" /> })
        .erased()
}

/// How a rule stands now; with `None` there is nothing to watch.
#[component]
pub fn ConditionChip(condition: Option<Condition>) -> impl IntoView {
    let (tone, icon, text) = match condition {
        None => (Tone::Hollow, Icon::Dash, "not watched"),
        Some(condition) => {
            let (tone, icon) = match condition {
                Condition::Clear => (Tone::Good, Icon::Check),
                Condition::Breach => (Tone::Bad, Icon::Cross),
                Condition::NotEnough => (Tone::Waiting, Icon::Half),
                Condition::NoData => (Tone::Hollow, Icon::Dash),
                Condition::Stale => (Tone::Stale, Icon::Clock),
            };
            (tone, icon, condition.in_words())
        }
    };
    view! { <Chip tone icon text /> }.erased()
}
