//! The criteria of a gate, each with what was measured, what it is held to, and the interval beside its limit.

use leptos::prelude::*;

use super::chips::GateChip;
use crate::ui::erased::Erase;
use crate::views::criterion::{Bar, CriterionRow};

/// All criteria of a gate.
#[component]
pub fn Criteria(rows: Vec<CriterionRow>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Criterion row /> });
    view! { <ul class="criteria">{rows.collect_view()}</ul> }.erased()
}

#[component]
fn Criterion(row: CriterionRow) -> impl IntoView {
    let bar = row.bar.map(|bar| view! { <IntervalBar bar /> });
    let interval = row.interval.map(|interval| {
        view! { <p class="small">"interval " <b>{interval}</b></p> }
    });
    let n = row.n.map(|n| view! { <p class="small">"counted " <b>{n}</b></p> });
    let needs = row.needs.map(|needs| view! { <p class="small">"Needs " {needs}</p> });
    view! {
        <li class="criterion">
            <div class="criterion-name">
                <p><b>{row.title}</b></p>
                <p class="small">{row.detail}</p>
            </div>
            <div class="criterion-state">
                <GateChip state=row.state />
            </div>
            <div class="criterion-measure">
                <p><b>{row.measured}</b> <span class="small">" must be " <b>{row.limit}</b></span></p>
                {bar}
                <div class="criterion-numbers">{interval} {n}</div>
            </div>
            <div class="criterion-reason">
                <p>{row.reason}</p>
                {needs}
            </div>
        </li>
    }
    .erased()
}

/// A picture of numbers that stand beside it.
#[component]
fn IntervalBar(bar: Bar) -> impl IntoView {
    let share = |at: f64| format!("{at:.2}%");
    match bar {
        Bar::Interval { from, to, at } => view! {
            <svg class="bar" width="100%" height="16" aria-hidden="true">
                <rect class="bar-track" x="0" y="6" width="100%" height="4" rx="2" />
                <rect class="bar-span" x=share(from) y="4" width=share((to - from).max(1.0)) height="8" rx="3" />
                <circle class="bar-at" cx=share(at) cy="8" r="3.5" />
                <line class="bar-limit" x1="50%" x2="50%" y1="0" y2="16" />
            </svg>
        }
        .erased(),
        Bar::Progress { share: done } => view! {
            <svg class="bar" width="100%" height="16" aria-hidden="true">
                <rect class="bar-track" x="0" y="6" width="100%" height="4" rx="2" />
                <rect class="bar-done" x="0" y="4" width=share(done) height="8" rx="3" />
                <line class="bar-limit" x1="100%" x2="100%" y1="0" y2="16" />
            </svg>
        }
        .erased(),
    }
}
