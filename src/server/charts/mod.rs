//! A feature's charts as SVG: series → drawing with plotters, on the server only.
//!
//! One drawing goes through these files: `series` picks the points, `scale` and `time_axis` lay out the axes,
//! `plot` has plotters draw the marks, `label` writes the text, `words` says it for those who cannot see it and
//! `document` puts it together. What the numbers are, and how a page shows them, is in [`crate::views`]; nothing here
//! reads the store or the clock.
//!
//! Step `i` of `n` stands at the fraction `(i + 0.5) / n` of the plotted area, in every chart.

mod document;
mod frame;
mod header;
mod ink;
mod label;
mod limit;
mod plot;
mod scale;
mod series;
#[cfg(test)]
mod tests;
mod time_axis;
mod words;

use std::io;

use chrono::{DateTime, Utc};
use plotters::drawing::DrawingAreaErrorKind;

use self::frame::Frame;
pub use self::frame::Size;
use self::scale::Scale;
use self::time_axis::TimeAxis;
use crate::views::chart::{ChartKind, ChartView, Drawing};
use crate::views::feature::HistoryRow;
use crate::views::metrics::MetricsView;

/// For a column of the page on a desk.
pub const WIDE: Size = Size::fixed(600, 190);

/// For the whole width of a telephone.
pub const NARROW: Size = Size::fixed(330, 190);

/// From when to when an alert fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertSpan {
    pub fired_at: DateTime<Utc>,
    /// `None` while it fires.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl AlertSpan {
    /// What of it lies in a range, as fractions of it; `None` when nothing does.
    fn within(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<(f64, f64)> {
        let end = self.resolved_at.unwrap_or(to).min(to);
        let at = |moment: DateTime<Utc>| (moment - from).as_seconds_f64() / (to - from).as_seconds_f64();
        (self.fired_at < to && end > from).then(|| (at(self.fired_at.max(from)), at(end)))
    }
}

/// What a chart is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct ChartInput<'a> {
    pub kind: ChartKind,
    pub metrics: &'a MetricsView,
    /// Newest first; only the rollout chart reads it.
    pub history: &'a [HistoryRow],
    /// When alerts fired, and until when; every chart marks them.
    pub alerts: &'a [AlertSpan],
    /// The error-rate limit of the present stage, 0 to 1; only the error-rate chart shows it.
    pub limit: Option<f64>,
}

/// Where a drawing will be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In a page of the panel, whose custom properties are its colours and whose heading and legend explain it.
    Inline,
    /// By its URL: with its own colours for light and dark, its own heading and its own legend.
    Standalone,
}

/// Why there is no drawing.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error(
        "a chart must be {} to {} wide and {} to {} high",
        Size::WIDTHS.start(), Size::WIDTHS.end(), Size::HEIGHTS.start(), Size::HEIGHTS.end()
    )]
    Size,
    #[error("a chart must span some time and at most {} days", TimeAxis::MAX_DAYS)]
    Range,
    #[error("the chart could not be drawn")]
    Plotters(#[from] DrawingAreaErrorKind<io::Error>),
}

/// Draws one chart.
pub fn draw(input: &ChartInput, size: Size, placement: Placement) -> Result<Drawing, ChartError> {
    let series = series::of(input);
    let heading_lines = match placement {
        Placement::Inline => 0,
        Placement::Standalone => header::lines(input, size),
    };
    let scale = Scale::new(input, &series, frame::rows(size, heading_lines));
    let frame = Frame::new(size, heading_lines, scale.label_width());
    let axis = TimeAxis::new(input.metrics.from, input.metrics.to, &frame)?;
    let marks = plot::marks(input, &frame, &scale, &axis, &series)?;
    Ok(Drawing {
        svg: document::assemble(input, placement, &frame, &scale, &axis, &series, &marks),
        plot_left: frame.left() / frame.width(),
        plot_right: frame.right() / frame.width(),
    })
}

/// Draws one chart for a page of the panel, once for each width of its column.
pub fn view(input: &ChartInput) -> Result<ChartView, ChartError> {
    Ok(ChartView {
        kind: input.kind,
        has_alerts: input.alerts.iter().any(|it| it.within(input.metrics.from, input.metrics.to).is_some()),
        wide: draw(input, WIDE, Placement::Inline)?,
        narrow: draw(input, NARROW, Placement::Inline)?,
    })
}
