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

use super::frame::Frame;
use super::ink::{Ink, themed};
use super::scale::{Limit, Scale};
use super::series::Series;
use super::time_axis::TimeAxis;
use super::{ChartError, ChartInput};
use crate::views::chart::SeriesStyle;

/// plotters has whole pixels; ten of them to one of the page's make lines smooth.
pub(super) const ZOOM: u16 = 10;

/// Runs of at most so many points have a marker on each: between gaps, a dash or two tell nothing.
const SHORT_RUN: usize = 3;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Outcome = Result<(), DrawingAreaErrorKind<io::Error>>;

/// The marks, as SVG elements in units of a [`ZOOM`]th of a pixel.
pub(super) fn marks(
    input: &ChartInput,
    frame: &Frame,
    scale: &Scale,
    axis: &TimeAxis,
    series: &[Series],
) -> Result<String, ChartError> {
    let mut svg = String::new();
    let slot = (frame.right() - frame.left()) / input.metrics.points.len().max(1) as f64;
    {
        let size = (u32::from(frame.size.width() * ZOOM), u32::from(frame.size.height() * ZOOM));
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut chart = chart(&area, frame, scale)?;
        grid(&mut chart, scale, axis)?;
        alerts(&mut chart, input, scale)?;
        for series in series {
            match series.style {
                SeriesStyle::Discrepancies => bars(&mut chart, series, slot)?,
                SeriesStyle::Legacy | SeriesStyle::Candidate => lines(&mut chart, series, slot)?,
                SeriesStyle::Comparisons | SeriesStyle::Configured => {
                    washes(&mut chart, series)?;
                    lines(&mut chart, series, slot)?;
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

/// A wash over the time in which an alert fired, and a line where it began to.
fn alerts(chart: &mut Chart, input: &ChartInput, scale: &Scale) -> Outcome {
    let (from, to) = (input.metrics.from, input.metrics.to);
    for alert in input.alerts {
        let Some((start, end)) = alert.within(from, to) else { continue };
        chart.draw_series([Rectangle::new([(start, 0.0), (end, scale.top)], Ink::Failed.wash())])?;
        if alert.fired_at >= from {
            let line = vec![(start, 0.0), (start, scale.top)];
            chart.draw_series([PathElement::new(line, Ink::Failed.stroke(12))])?;
        }
    }
    Ok(())
}

/// `slot` is the width of a step in pixels.
fn lines(chart: &mut Chart, series: &Series, slot: f64) -> Outcome {
    // Where steps are as narrow as a line, strong lines run together.
    let (strong, light) = if slot < 2.0 { (13, 11) } else { (18, 15) };
    let style = Ink::of(series.style).stroke(match series.style {
        SeriesStyle::Candidate => strong,
        SeriesStyle::Configured => 18,
        SeriesStyle::Legacy | SeriesStyle::Comparisons | SeriesStyle::Discrepancies => light,
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
#[expect(clippy::cast_possible_truncation, reason = "at most 12 pixels")]
fn bars(chart: &mut Chart, series: &Series, slot: f64) -> Outcome {
    const LEAST_HEIGHT: i32 = 40;
    let half = ((slot * 0.7).clamp(2.0, 12.0) * f64::from(ZOOM) / 2.0) as i32;
    let mut bars = Vec::new();
    for (x, value) in series.points().filter(|(_, value)| *value > 0.0) {
        let height = chart.backend_coord(&(x, 0.0)).1 - chart.backend_coord(&(x, value)).1;
        let corners = [(-half, -height.max(LEAST_HEIGHT)), (half, 0)];
        bars.push(EmptyElement::at((x, 0.0)) + Rectangle::new(corners, Ink::Failed.fill()));
    }
    chart.draw_series(bars)?;
    Ok(())
}

/// A small marker on each point of a run too short to be seen as a line, and a larger one on the last of all.
fn markers(chart: &mut Chart, series: &Series) -> Outcome {
    let last = series.last();
    let is_short = |run: &&Vec<_>| run.len() <= SHORT_RUN && series.style != SeriesStyle::Configured;
    let short = series.runs.iter().filter(is_short).flatten().copied();
    let small = short.filter(|point| Some(*point) != last).map(|point| (point, 18, 24));
    for (point, radius, half) in small.chain(last.map(|last| (last, 30, 44))) {
        match series.style {
            // Around the dot with room between: both are seen where both paths had the same.
            SeriesStyle::Legacy => square(chart, point, half)?,
            SeriesStyle::Candidate | SeriesStyle::Configured => dot(chart, point, radius)?,
            SeriesStyle::Comparisons | SeriesStyle::Discrepancies => {}
        }
    }
    Ok(())
}

fn dot(chart: &mut Chart, point: (f64, f64), radius: i32) -> Outcome {
    chart.draw_series([EmptyElement::at(point) + Circle::new((0, 0), radius, Ink::Candidate.fill())])?;
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
