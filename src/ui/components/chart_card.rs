//! One chart of the feature page: heading, legend with the values pointed at, drawing, and the table behind it.

use std::sync::Arc;

use chrono::TimeDelta;
use leptos::prelude::*;

use super::chart_table::ChartTableFold;
use super::legend::{AlertItem, LegendItem};
use super::plot::{Plot, PointedStep};
use crate::ui::erased::Erase;
use crate::views::chart::{self, ChartKind, ChartView};
use crate::views::feature::HistoryRow;
use crate::views::format;
use crate::views::metrics::MetricsView;

/// One chart. `metrics` and `history` are what it was drawn from.
#[component]
pub fn ChartCard(chart: ChartView, metrics: Arc<MetricsView>, history: Arc<Vec<HistoryRow>>) -> impl IntoView {
    let kind = chart.kind;
    let steps = metrics.steps();
    let pointed = PointedStep::of_page();
    let table = chart::table(kind, &metrics, &history);
    let values = Arc::new(chart::values(kind, &metrics, &history));
    let value_at = move |step: u32, index: usize| {
        let value = usize::try_from(step).ok().and_then(|step| values.get(step)?.get(index).copied());
        format::chart_value(kind, value.flatten())
    };
    let legend = kind.series().iter().enumerate().map(|(index, series)| {
        let value_at = value_at.clone();
        let value = Signal::derive(move || pointed.get(steps).map(|step| value_at(step, index)));
        view! { <LegendItem series=*series value /> }
    });
    let legend = legend.collect_view();
    let alerts = chart.has_alerts.then(|| view! { <AlertItem /> });
    let caption = caption(kind, &metrics);
    let moment = {
        let metrics = metrics.clone();
        move || pointed.get(steps).map_or_else(|| caption.clone(), |step| metrics.step_label(step))
    };
    let reading = Callback::new(move |step: u32| {
        let values = kind.series().iter().enumerate();
        let values = values.map(|(index, series)| format!("{} {}", series.label(), value_at(step, index)));
        format!("{}: {}", metrics.step_label(step), values.collect::<Vec<_>>().join(", "))
    });
    view! {
        <section class=format!("card chart chart-{}", kind.slug()) aria-label=kind.title()>
            <header class="chart-head">
                <h3>{kind.title()}</h3>
                <p class="chart-moment">{moment}</p>
                <ul class="legend">{legend} {alerts}</ul>
            </header>
            <div class="chart-body">
                <Plot drawing=chart.wide class="chart-wide" title=kind.title() steps reading />
                <Plot drawing=chart.narrow class="chart-narrow" title=kind.title() steps reading />
            </div>
            <ChartTableFold title=kind.title() table />
        </section>
    }
    .erased()
}

/// What a step is, in words.
fn caption(kind: ChartKind, metrics: &MetricsView) -> String {
    let step = format::duration(TimeDelta::seconds(metrics.step_seconds));
    match kind {
        ChartKind::Requests | ChartKind::Comparisons => format!("per {step}"),
        ChartKind::ErrorRate | ChartKind::LatencyP50 | ChartKind::LatencyP95 | ChartKind::LatencyP99 => {
            format!("over {step} each")
        }
        ChartKind::Rollout => "per cent of units".to_owned(),
    }
}
