//! What was changed and signed off, by whom and why, in one story.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::icon::{Icon, Sign};
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::timeline::{Sort, TimelineRow};

/// The story of a feature, newest first.
#[component]
pub fn History(key: String, rows: Vec<TimelineRow>, now: DateTime<Utc>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Event key=key.clone() row now /> });
    view! {
        <section class="card finding" aria-labelledby="History">
            <h3 id="History">"History"</h3>
            <ol class="trail">{rows.collect_view()}</ol>
        </section>
    }
    .erased()
}

#[component]
fn Event(key: String, row: TimelineRow, now: DateTime<Utc>) -> impl IntoView {
    let (icon, class) = match row.sort {
        Sort::Up => (Icon::Up, "trail-sign"),
        Sort::Down => (Icon::Down, "trail-sign trail-down"),
        Sort::Switched => (Icon::Dash, "trail-sign"),
        Sort::Approved => (Icon::Pen, "trail-sign trail-good"),
        Sort::Rejected => (Icon::Cross, "trail-sign trail-down"),
    };
    let reason = (!row.reason.is_empty()).then(|| format!(": {}", row.reason));
    let overridden = (!row.overridden.is_empty()).then(|| {
        view! {
            <p class="warn">
                <Sign icon=Icon::Warning />
                <span>"Override of the gate, past: " {row.overridden.join("; ")}</span>
            </p>
        }
    });
    let void = row.void_because.map(|why| view! { <p class="small">"void: " {why}</p> });
    let evidence = row.evidence.map(|id| {
        view! {
            <p class="small">
                <a href=format!("/features/{key}/evidence/{id}") rel="external">"Evidence that it was decided by"</a>
            </p>
        }
    });
    view! {
        <li>
            <p class="trail-time">
                <time datetime=row.at.to_rfc3339()>{format::minute(row.at)}</time>
                <span class="small">{format::ago(row.at, now)}</span>
            </p>
            <div>
                <p><span class=class><Sign icon /></span> " " <b>{row.what}</b> " " {row.detail}</p>
                <p class="small">"by " {row.actor} {reason}</p>
                {overridden}
                {void}
                {evidence}
            </div>
        </li>
    }
    .erased()
}
