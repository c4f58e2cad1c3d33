//! The charts of a feature: which there are, their drawings, and the table behind each.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::feature::HistoryRow;
use super::format;
use super::metrics::MetricsView;

/// One of a feature's charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    Requests,
    ErrorRate,
    LatencyP50,
    LatencyP95,
    LatencyP99,
    Comparisons,
    Rollout,
}

impl ChartKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Requests,
        Self::ErrorRate,
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::Comparisons,
        Self::Rollout,
    ];

    /// Its name in URLs: `/charts/kimi/error-rate.svg`.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::ErrorRate => "error-rate",
            Self::LatencyP50 => "latency-p50",
            Self::LatencyP95 => "latency-p95",
            Self::LatencyP99 => "latency-p99",
            Self::Comparisons => "comparisons",
            Self::Rollout => "rollout",
        }
    }

    /// The chart with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::ErrorRate => "Error rate",
            Self::LatencyP50 => "Latency p50",
            Self::LatencyP95 => "Latency p95",
            Self::LatencyP99 => "Latency p99",
            Self::Comparisons => "Comparisons and discrepancies",
            Self::Rollout => "Rollout history",
        }
    }

    /// Whether a value tells something: a count of 0 is nothing, while a rate or a percentage of 0 is something.
    fn tells(self, value: f64) -> bool {
        match self {
            Self::Requests | Self::Comparisons => value != 0.0,
            Self::ErrorRate | Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::Rollout => true,
        }
    }

    /// What its lines are, in the order of the columns of its table.
    pub const fn series(self) -> &'static [SeriesStyle] {
        match self {
            Self::Requests | Self::ErrorRate | Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 => {
                &[SeriesStyle::Legacy, SeriesStyle::Candidate]
            }
            Self::Comparisons => &[SeriesStyle::Comparisons, SeriesStyle::Discrepancies],
            Self::Rollout => &[SeriesStyle::Configured],
        }
    }
}

/// What a line stands for; colour, shape and word follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesStyle {
    Legacy,
    Candidate,
    Comparisons,
    Discrepancies,
    Configured,
}

impl SeriesStyle {
    /// The word in legends and table headings.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Candidate => "candidate",
            Self::Comparisons => "comparisons",
            Self::Discrepancies => "discrepancies",
            Self::Configured => "configured",
        }
    }
}

/// A chart as it is shown: drawn once for wide and once for narrow columns, so that its text never shrinks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartView {
    pub kind: ChartKind,
    /// Whether an alert is marked in it.
    pub has_alerts: bool,
    pub wide: Drawing,
    pub narrow: Drawing,
}

/// One drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// A whole `<svg>` element. Its colours are the page's custom properties.
    pub svg: String,
    /// Where the plotted area starts, as a fraction of the drawing's width.
    pub plot_left: f64,
    /// Where the plotted area ends, as a fraction of the drawing's width.
    pub plot_right: f64,
}

/// The numbers behind a chart, as text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartTable {
    /// The heading of each column after the first, which is the time.
    pub columns: Vec<&'static str>,
    pub rows: Vec<ChartTableRow>,
}

/// One row of a chart's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartTableRow {
    pub at: DateTime<Utc>,
    /// One per column; "no data" where there is none.
    pub cells: Vec<String>,
}

/// The values of a chart's lines, one inner vector per step; `None` where there is no data.
///
/// Rates are 0 to 1, latencies milliseconds, percentages per cents. The rollout chart has the percentage configured at
/// the end of each step.
pub fn values(kind: ChartKind, metrics: &MetricsView, history: &[HistoryRow]) -> Vec<Vec<Option<f64>>> {
    let step = chrono::TimeDelta::seconds(metrics.step_seconds);
    metrics
        .points
        .iter()
        .map(|point| {
            let both = |pick: fn(&super::summary::PathSummary) -> Option<f64>| {
                vec![pick(&point.legacy), pick(&point.candidate)]
            };
            match kind {
                ChartKind::Requests => both(|path| Some(count(path.requests))),
                ChartKind::ErrorRate => both(|path| path.error_rate),
                ChartKind::LatencyP50 => both(|path| path.p50_ms),
                ChartKind::LatencyP95 => both(|path| path.p95_ms),
                ChartKind::LatencyP99 => both(|path| path.p99_ms),
                ChartKind::Comparisons => {
                    vec![Some(count(point.shadow.comparisons)), Some(count(point.shadow.discrepancies))]
                }
                ChartKind::Rollout => vec![configured_at(history, point.at + step)],
            }
        })
        .collect()
}

/// The percentage configured just before `at`; `None` before the feature existed. `history` is newest first.
fn configured_at(history: &[HistoryRow], at: DateTime<Utc>) -> Option<f64> {
    history.iter().find(|change| change.at < at).map(|change| change.to.percent())
}

fn count(count: u64) -> f64 {
    count as f64
}

/// The table behind a chart, newest first; steps without any data are left out.
pub fn table(kind: ChartKind, metrics: &MetricsView, history: &[HistoryRow]) -> ChartTable {
    let rows = metrics
        .points
        .iter()
        .zip(values(kind, metrics, history))
        .filter(|(_, values)| values.iter().flatten().any(|value| kind.tells(*value)))
        .map(|(point, values)| ChartTableRow {
            at: point.at,
            cells: values.into_iter().map(|value| format::chart_value(kind, value)).collect(),
        })
        .rev()
        .collect();
    ChartTable { columns: kind.series().iter().map(|series| series.label()).collect(), rows }
}
