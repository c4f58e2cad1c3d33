//! What the lines of a chart stand for, with their values at the step that is pointed at.

use leptos::prelude::*;

use crate::ui::erased::Erase;
use crate::views::chart::SeriesStyle;

/// One line of a chart; `value` is there while a step is pointed at.
#[component]
pub fn LegendItem(series: SeriesStyle, value: Signal<Option<String>>) -> impl IntoView {
    view! {
        <li>
            <SeriesSign series />
            {series.label()}
            <b class="legend-value">{move || value.get()}</b>
        </li>
    }
    .erased()
}

/// How it is marked that an alert fired.
#[component]
pub fn AlertItem() -> impl IntoView {
    view! {
        <li>
            <svg class="series-sign" width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
                <path class="ink-alert" d="M10 0v12" />
            </svg>
            "an alert fired"
        </li>
    }
    .erased()
}

/// A sample of a line, as it is drawn in the chart.
#[component]
pub fn SeriesSign(series: SeriesStyle) -> impl IntoView {
    let sample = match series {
        SeriesStyle::Legacy => view! {
            <path class="ink-legacy ink-dashed" d="M0 6h20" />
            <rect class="ink-legacy ink-hollow" x="6.5" y="2.5" width="7" height="7" />
        }
        .erased(),
        SeriesStyle::Candidate | SeriesStyle::Configured => view! {
            <path class="ink-candidate" d="M0 6h20" />
            <circle class="ink-candidate ink-filled" cx="10" cy="6" r="3" />
        }
        .erased(),
        SeriesStyle::Comparisons => view! { <path class="ink-comparisons" d="M0 6h20" /> }.erased(),
        SeriesStyle::Discrepancies => view! { <path class="ink-discrepancies" d="M5 11V1M10 11V5M15 11V8" /> }.erased(),
    };
    view! {
        <svg class="series-sign" width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
            {sample}
        </svg>
    }
    .erased()
}
