//! The points of a chart's lines: values in their units over fractions of the range. Absence stays absence: a gap ends
//! a run, and a count of nothing at all is no data. No pixels.

use super::ChartInput;
use crate::views::chart::{self, ChartKind, SeriesStyle};

/// Beyond any count or latency, and far enough below the largest float that arithmetic on it stays finite.
const LARGEST: f64 = 1e30;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub style: SeriesStyle,
    /// Points without a gap between them, oldest first: a fraction of the range, and a value of at least 0.
    pub runs: Vec<Vec<(f64, f64)>>,
}

impl Series {
    pub fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.runs.iter().flatten().copied()
    }

    pub fn last(&self) -> Option<(f64, f64)> {
        self.runs.last()?.last().copied()
    }

    pub fn max(&self) -> Option<f64> {
        self.points().map(|(_, value)| value).reduce(f64::max)
    }
}

/// The lines of a chart, in the order of its legend. All of them are there, also without a point.
pub(super) fn of(input: &ChartInput) -> Vec<Series> {
    let styles = input.kind.series();
    if input.kind == ChartKind::Rollout {
        return styles.iter().map(|&style| Series { style, runs: rollout(input) }).collect();
    }
    let rows = chart::values(input.kind, input.metrics, input.history);
    let mut series: Vec<_> = styles
        .iter()
        .enumerate()
        .map(|(column, &style)| {
            let values = rows.iter().map(|row| row.get(column).copied().flatten());
            Series { style, runs: runs(values, rows.len()) }
        })
        .collect();
    if is_count(input.kind) && series.iter().all(|series| series.points().all(|(_, value)| value == 0.0)) {
        for series in &mut series {
            series.runs.clear();
        }
    }
    series
}

/// Whether its values are whole numbers, of which none is zero.
pub(super) const fn is_count(kind: ChartKind) -> bool {
    match kind {
        ChartKind::Requests | ChartKind::Comparisons => true,
        ChartKind::ErrorRate
        | ChartKind::LatencyP50
        | ChartKind::LatencyP95
        | ChartKind::LatencyP99
        | ChartKind::Rollout => false,
    }
}

fn runs(values: impl Iterator<Item = Option<f64>>, steps: usize) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (index, value) in values.enumerate() {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                if let Some(run) = runs.last_mut() {
                    run.push(((index as f64 + 0.5) / steps as f64, value.clamp(0.0, LARGEST)));
                }
            }
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// The configured percentage as a staircase. Changes stand at their own time, not at their step's, so that one that
/// was taken back within a step is still seen.
fn rollout(input: &ChartInput) -> Vec<Vec<(f64, f64)>> {
    let (from, to) = (input.metrics.from, input.metrics.to);
    let span = (to - from).as_seconds_f64();
    let mut level = input.history.iter().find(|change| change.at <= from).map(|change| change.to.percent());
    let mut stairs: Vec<_> = level.map(|level| (0.0, level)).into_iter().collect();
    for change in input.history.iter().rev().filter(|change| from < change.at && change.at < to) {
        let at = (change.at - from).as_seconds_f64() / span;
        stairs.extend(level.map(|level| (at, level)));
        stairs.push((at, change.to.percent()));
        level = Some(change.to.percent());
    }
    stairs.extend(level.map(|level| (1.0, level)));
    if stairs.is_empty() { Vec::new() } else { vec![stairs] }
}
