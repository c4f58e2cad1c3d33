//! The marks of a chart, by plotters: grid, areas, lines, bars, markers. No text: plotters would fix its font and could
//! not leave it to the page.

use std::io;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, EmptyElement, PathElement, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, SVGBackend};
use plotters::series::{AreaSeries, LineSeries};

use super::ChartError;
use super::frame::Frame;
use super::ink::{Ink, themed};
use super::scale::{Limit, Scale};
use super::series::Series;
use super::time_axis::TimeAxis;
use crate::views::chart::SeriesStyle;

/// plotters has whole pixels; ten of them to one of the page's make lines smooth.
pub(super) const ZOOM: u16 = 10;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Outcome = Result<(), DrawingAreaErrorKind<io::Error>>;

/// The marks, as SVG elements in units of a [`ZOOM`]th of a pixel.
pub(super) fn marks(
    frame: &Frame,
    scale: &Scale,
    axis: &TimeAxis,
    series: &[Series],
    steps: usize,
) -> Result<String, ChartError> {
    let mut svg = String::new();
    {
        let size = (u32::from(frame.size.width() * ZOOM), u32::from(frame.size.height() * ZOOM));
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut chart = chart(&area, frame, scale)?;
        grid(&mut chart, scale, axis)?;
        for series in series {
            match series.style {
                SeriesStyle::Discrepancies => bars(&mut chart, series, frame, scale, steps)?,
                SeriesStyle::Comparisons => {
                    washes(&mut chart, series)?;
                    lines(&mut chart, series)?;
                }
                SeriesStyle::Legacy | SeriesStyle::Candidate => lines(&mut chart, series)?,
                SeriesStyle::Configured => {
                    washes(&mut chart, series)?;
                    lines(&mut chart, series)?;
                }
            }
        }
        if let Some(Limit::Line(limit)) = scale.limit {
            chart.draw_series([PathElement::new(vec![(0.0, limit), (1.0, limit)], Ink::Limit.stroke(12))])?;
        }
        for series in series {
            markers(&mut chart, series)?;
        }
        area.present()?;
    }
    Ok(themed(inside(&svg)))
}

fn chart<'a, 'b>(
    area: &'a DrawingArea<SVGBackend<'b>, Shift>,
    frame: &Frame,
    scale: &Scale,
) -> Result<Chart<'a, 'b>, DrawingAreaErrorKind<io::Error>> {
    ChartBuilder::on(area)
        .margin_left(u32::from(frame.left * ZOOM))
        .margin_right(u32::from(frame.margin_right * ZOOM))
        .margin_top(u32::from(frame.top * ZOOM))
        .margin_bottom(u32::from(frame.margin_bottom * ZOOM))
        .build_cartesian_2d(0.0..1.0, 0.0..scale.top)
}

/// The lines of the ticks, and ticks below the time labels' lines.
fn grid(chart: &mut Chart, scale: &Scale, axis: &TimeAxis) -> Outcome {
    let line = |value: f64, ink: Ink| PathElement::new(vec![(0.0, value), (1.0, value)], ink.stroke(10));
    chart.draw_series(scale.ticks.iter().skip(1).map(|tick| line(tick.value, Ink::Grid)))?;
    chart.draw_series(
        axis.ticks
            .iter()
            .map(|&x| EmptyElement::at((x, 0.0)) + PathElement::new(vec![(0, 0), (0, 40)], Ink::Baseline.stroke(10))),
    )?;
    chart.draw_series([line(0.0, Ink::Baseline)])?;
    Ok(())
}

fn lines(chart: &mut Chart, series: &Series) -> Outcome {
    let style = Ink::of(series.style).stroke(match series.style {
        SeriesStyle::Candidate | SeriesStyle::Configured => 18,
        SeriesStyle::Legacy | SeriesStyle::Comparisons | SeriesStyle::Discrepancies => 15,
    });
    for run in series.runs.iter().filter(|run| run.len() > 1) {
        chart.draw_series(LineSeries::new(run.iter().copied(), style))?;
    }
    Ok(())
}

fn washes(chart: &mut Chart, series: &Series) -> Outcome {
    for run in series.runs.iter().filter(|run| run.len() > 1) {
        chart.draw_series(AreaSeries::new(run.iter().copied(), 0.0, Ink::of(series.style).wash()))?;
    }
    Ok(())
}

/// A bar for each value above 0, always high and wide enough to be seen.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels, and a few thousand steps")]
fn bars(chart: &mut Chart, series: &Series, frame: &Frame, scale: &Scale, steps: usize) -> Outcome {
    let zoom = f64::from(ZOOM);
    let slot = (frame.right() - frame.left()) / steps.max(1) as f64;
    let half = ((slot * 0.7).clamp(2.0, 12.0) * zoom / 2.0) as i32;
    chart.draw_series(series.points().filter(|(_, value)| *value > 0.0).map(|(x, value)| {
        let height = (value / scale.top * (frame.bottom() - frame.top())).max(4.0) * zoom;
        EmptyElement::at((x, 0.0)) + Rectangle::new([(-half, -(height as i32)), (half, 0)], Ink::Failed.fill())
    }))?;
    Ok(())
}

/// A small marker on each point without a neighbour, which no line shows, and a larger one on the last.
fn markers(chart: &mut Chart, series: &Series) -> Outcome {
    let lone = series.runs.iter().filter(|run| run.len() == 1).flatten().copied();
    let last = series.last();
    for (point, radius) in
        lone.filter(|point| Some(*point) != last).map(|point| (point, 22)).chain(last.map(|last| (last, 34)))
    {
        match series.style {
            SeriesStyle::Legacy => square(chart, point, radius + 4)?,
            SeriesStyle::Candidate | SeriesStyle::Configured => dot(chart, point, radius, Ink::Candidate)?,
            SeriesStyle::Comparisons => dot(chart, point, radius - 10, Ink::Comparisons)?,
            SeriesStyle::Discrepancies => {}
        }
    }
    Ok(())
}

fn dot(chart: &mut Chart, point: (f64, f64), radius: i32, ink: Ink) -> Outcome {
    chart.draw_series([EmptyElement::at(point) + Circle::new((0, 0), radius, ink.fill())])?;
    Ok(())
}

/// Hollow: the lines behind it do not run through it.
fn square(chart: &mut Chart, point: (f64, f64), half: i32) -> Outcome {
    let corners = vec![(-half, -half), (half, -half), (half, half), (-half, half)];
    let mut outline = corners.clone();
    outline.extend([(-half, -half), (half, -half)]);
    chart.draw_series([EmptyElement::at(point)
        + Polygon::new(corners, Ink::Surface.fill())
        + PathElement::new(outline, Ink::Legacy.stroke(15))])?;
    Ok(())
}

/// What is inside of the root element.
fn inside(svg: &str) -> &str {
    let inside = svg.split_once(">\n").map_or("", |(_, inside)| inside);
    inside.trim_end().strip_suffix("</svg>").unwrap_or(inside)
}
