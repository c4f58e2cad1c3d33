//! A chart in words, for those who cannot see it. One sentence; the table behind the chart has every value.

use chrono::TimeDelta;

use super::ChartInput;
use super::scale::Scale;
use super::series::{Series, is_count};
use crate::views::chart::ChartKind;
use crate::views::format;

/// What stands where nothing is drawn.
pub(super) const NO_DATA: &str = "no data in this range";

/// Title, range, and the gist of each line.
pub(super) fn describe(input: &ChartInput, scale: &Scale, series: &[Series]) -> String {
    let range = format!("{} to {}", format::minute(input.metrics.from), format::minute(input.metrics.to));
    let mut parts: Vec<String> = if series.iter().all(|series| series.runs.is_empty()) {
        vec![NO_DATA.to_owned()]
    } else {
        series.iter().map(|series| gist(input, series)).collect()
    };
    if scale.limit.is_some() {
        parts.push(format!("limit {}", format::rate(input.limit)));
    }
    let in_range = input.alerts.iter().filter(|it| it.within(input.metrics.from, input.metrics.to).is_some());
    parts.extend(in_range.map(|alert| {
        let until = alert.resolved_at.map_or_else(|| "now".to_owned(), format::minute);
        format!("an alert fired from {} to {until}", format::minute(alert.fired_at))
    }));
    format!("{}, {range}: {}", title(input), parts.join("; "))
}

/// What it shows of what.
pub(super) fn title(input: &ChartInput) -> String {
    let (title, feature) = (input.kind.title(), &input.metrics.feature);
    // Percentages are a feature's, not an operation's.
    match &input.metrics.operation {
        Some(operation) if input.kind != ChartKind::Rollout => format!("{title} of {feature}, {operation}"),
        _ => format!("{title} of {feature}"),
    }
}

fn gist(input: &ChartInput, series: &Series) -> String {
    let name = series.style.label();
    let (Some((_, last)), Some(max)) = (series.last(), series.max()) else {
        return format!("{name} {}", format::NO_DATA);
    };
    let text = |value| format::chart_value(input.kind, Some(value));
    if is_count(input.kind) {
        let total = series.points().map(|(_, value)| value).sum();
        let step = format::duration(TimeDelta::seconds(input.metrics.step_seconds));
        format!("{name} {} in all, at most {} in {step}", text(total), text(max))
    } else {
        format!("{name} last {}, highest {}", text(last), text(max))
    }
}
