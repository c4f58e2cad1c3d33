//! The vertical axis: where it ends, its ticks with their labels, and how the limit fits in. Always from 0.

use super::ChartInput;
use super::label;
use super::series::{Series, is_count};
use crate::views::chart::ChartKind;
use crate::views::format;

/// Room above the highest value, so that a line does not run along the top.
const HEADROOM: f64 = 1.04;
/// A limit that is further above the highest value than this would press the lines flat.
const LIMIT_REACH: f64 = 4.0;

/// A vertical axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// The value at the top of the plotted area.
    pub top: f64,
    /// From 0 up, in the unit of the values.
    pub ticks: Vec<Tick>,
    pub limit: Option<Limit>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub value: f64,
    /// Empty on an axis without data: labels would claim a scale that nothing was measured on.
    pub label: String,
}

/// How the limit is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Limit {
    Line(f64),
    AboveScale(f64),
}

/// What the labels count in.
struct Unit {
    /// How much of the values' unit it is.
    size: f64,
    suffix: &'static str,
}

impl Scale {
    /// An axis with at most `rows` rows between its ticks.
    pub fn new(input: &ChartInput, series: &[Series], rows: u16) -> Self {
        let Some(max) = series.iter().filter_map(Series::max).reduce(f64::max) else {
            return Self::without_data(rows);
        };
        let limit = match input.limit {
            Some(limit) if input.kind == ChartKind::ErrorRate && (0.0..=1.0).contains(&limit) => {
                let fits = max == 0.0 || limit <= max * LIMIT_REACH;
                Some(if fits { Limit::Line(limit) } else { Limit::AboveScale(limit) })
            }
            _ => None,
        };
        let highest = match limit {
            Some(Limit::Line(limit)) => max.max(limit),
            Some(Limit::AboveScale(_)) | None => max,
        };
        let least = least_top(input.kind);
        let target = if highest == 0.0 { least } else { highest * HEADROOM };
        let target = match ceiling(input.kind) {
            Some(ceiling) if highest <= ceiling => target.min(ceiling),
            _ => target,
        };
        let target = if input.kind == ChartKind::Rollout { target.max(least) } else { target };
        let ticks = ticks(input.kind, target, rows);
        Self { top: ticks.last().map_or(1.0, |tick| tick.value), ticks, limit }
    }

    fn without_data(rows: u16) -> Self {
        let tick = |row| Tick { value: f64::from(row) / f64::from(rows), label: String::new() };
        Self { top: 1.0, ticks: (0..=rows).map(tick).collect(), limit: None }
    }

    /// The width of the widest label in pixels.
    pub fn label_width(&self) -> u16 {
        self.ticks.iter().map(|tick| label::width(&tick.label)).max().unwrap_or_default()
    }
}

/// The top of an axis on which all values are zero, and for the rollout at least.
const fn least_top(kind: ChartKind) -> f64 {
    match kind {
        ChartKind::ErrorRate => 0.01,
        ChartKind::Requests
        | ChartKind::LatencyP50
        | ChartKind::LatencyP95
        | ChartKind::LatencyP99
        | ChartKind::Comparisons
        | ChartKind::Rollout => 1.0,
    }
}

/// Above which there can be no value.
const fn ceiling(kind: ChartKind) -> Option<f64> {
    match kind {
        ChartKind::ErrorRate => Some(1.0),
        ChartKind::Rollout => Some(100.0),
        ChartKind::Requests
        | ChartKind::LatencyP50
        | ChartKind::LatencyP95
        | ChartKind::LatencyP99
        | ChartKind::Comparisons => None,
    }
}

/// From 0 to `target` or a little above.
fn ticks(kind: ChartKind, target: f64, rows: u16) -> Vec<Tick> {
    let rounded = |unit: &Unit| nice(target / unit.size, rows, is_count(kind) && unit.suffix.is_empty());
    let unit = unit_for(kind, target);
    let (step, count) = rounded(&unit);
    // Rounded up it may have come to the next unit: 0.25 s to 1 s, not 250 ms to 1,000 ms.
    let unit = unit_for(kind, step * f64::from(count) * unit.size);
    let (step, count) = rounded(&unit);
    let tick = |index| {
        let value = step * f64::from(index);
        Tick { value: value * unit.size, label: tick_label(value, step, &unit) }
    };
    (0..=count).map(tick).collect()
}

/// The unit for an axis that reaches `top`; one for all its ticks.
fn unit_for(kind: ChartKind, top: f64) -> Unit {
    let (size, suffix) = match kind {
        ChartKind::ErrorRate => (0.01, "%"),
        ChartKind::Rollout => (1.0, "%"),
        ChartKind::Requests | ChartKind::Comparisons => match top {
            t if t < 1e4 => (1.0, ""),
            t if t < 1e6 => (1e3, "k"),
            t if t < 1e9 => (1e6, "M"),
            t if t < 1e12 => (1e9, "G"),
            t if t < 1e15 => (1e12, "T"),
            _ => (1e15, "P"),
        },
        // As `format::latency` does it.
        ChartKind::LatencyP50 | ChartKind::LatencyP95 | ChartKind::LatencyP99 => match top {
            t if t < 1e-3 => (1e-6, "ns"),
            t if t < 1.0 => (1e-3, "µs"),
            t if t < 1e3 => (1.0, "ms"),
            t if t < 12e4 => (1e3, "s"),
            t if t < 72e5 => (6e4, "min"),
            t if t < 1728e5 => (36e5, "h"),
            _ => (864e5, "d"),
        },
    };
    Unit { size, suffix }
}

/// The step and how often it is taken to reach `target` with the least room left over, in 2 to `rows` steps.
fn nice(target: f64, rows: u16, whole: bool) -> (f64, u16) {
    /// Two rows are coarse: worth it only where more would leave much more room.
    const COARSE: f64 = 1.3;
    let exponent = target.max(f64::MIN_POSITIVE).log10().floor();
    let mut best = None;
    let mut least = f64::INFINITY;
    for power in [exponent - 1.0, exponent] {
        for step in [1.0, 2.0, 2.5, 5.0].map(|digit| digit * 10f64.powf(power)) {
            if whole && (step < 1.0 || step.fract() != 0.0) {
                continue;
            }
            for count in 2..=rows {
                let top = step * f64::from(count);
                let cost = if count == 2 { top * COARSE } else { top };
                // Floats that ought to be equal may not be; of equals the later has smaller rows.
                if top >= target * (1.0 - 1e-9) && cost < least * (1.0 - 1e-9) {
                    (best, least) = (Some((step, count)), cost);
                }
            }
        }
    }
    best.unwrap_or((if whole { 1.0 } else { target.max(f64::MIN_POSITIVE) }, 2))
}

fn tick_label(value: f64, step: f64, unit: &Unit) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let number = match (0..=6).find(|&decimals| is_whole(step * 10f64.powi(decimals))) {
        _ if value >= 1e6 => format!("{value:.0e}"),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a million by the arm above")]
        Some(0) => format::count(value.round() as u64),
        Some(decimals) => format!("{value:.*}", usize::try_from(decimals).unwrap_or_default()),
        None => format!("{value:.1e}"),
    };
    if unit.suffix.is_empty() { number } else { format!("{number} {}", unit.suffix) }
}

fn is_whole(value: f64) -> bool {
    value >= 0.5 && (value - value.round()).abs() < 1e-6 * value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(kind: ChartKind, target: f64) -> Vec<String> {
        ticks(kind, target, 4).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_numbers_in_one_unit() {
        for (kind, target, expected) in [
            (ChartKind::Requests, 1.0, &["0", "1", "2"][..]),
            (ChartKind::Requests, 7.0, &["0", "2", "4", "6", "8"]),
            (ChartKind::Requests, 2_400.0, &["0", "1,000", "2,000", "3,000"]),
            (ChartKind::Requests, 9_700.0, &["0", "2.5 k", "5.0 k", "7.5 k", "10.0 k"]),
            (ChartKind::Requests, 23_000.0, &["0", "10 k", "20 k", "30 k"]),
            (ChartKind::Requests, 1.8e19, &["0", "5,000 P", "10,000 P", "15,000 P", "20,000 P"]),
            (ChartKind::ErrorRate, 0.0072, &["0", "0.25 %", "0.50 %", "0.75 %"]),
            (ChartKind::ErrorRate, 0.01, &["0", "0.25 %", "0.50 %", "0.75 %", "1.00 %"]),
            (ChartKind::ErrorRate, 1.0, &["0", "25 %", "50 %", "75 %", "100 %"]),
            (ChartKind::LatencyP95, 0.000_4, &["0", "100 ns", "200 ns", "300 ns", "400 ns"]),
            (ChartKind::LatencyP95, 990.0, &["0", "0.25 s", "0.50 s", "0.75 s", "1.00 s"]),
            (ChartKind::LatencyP95, 2_800.0, &["0", "1 s", "2 s", "3 s"]),
            (ChartKind::LatencyP95, 364_923.0, &["0", "2.5 min", "5.0 min", "7.5 min"]),
            (ChartKind::Rollout, 1.0, &["0", "0.25 %", "0.50 %", "0.75 %", "1.00 %"]),
            (ChartKind::LatencyP95, 1e30, &["0", "5e21 d", "1e22 d", "2e22 d"]),
        ] {
            assert_eq!(labels(kind, target), expected, "{kind:?} {target}");
        }
    }
}
