//! The whole `<svg>` element: root, marks and text.

use std::fmt::Write as _;

use super::frame::{Frame, GAP};
use super::label::{Anchor, FONT_SIZE, Label, escaped};
use super::plot::ZOOM;
use super::scale::Scale;
use super::series::Series;
use super::time_axis::TimeAxis;
use super::{ChartInput, Placement, header, limit, words};

/// Puts a drawing together.
pub(super) fn assemble(
    input: &ChartInput,
    placement: Placement,
    frame: &Frame,
    scale: &Scale,
    axis: &TimeAxis,
    series: &[Series],
    marks: &str,
) -> String {
    let (width, height) = (frame.size.width(), frame.size.height());
    let mut svg = String::with_capacity(marks.len() + 4_096);
    let placed = match placement {
        Placement::Inline => "class=\"chart-svg\"".to_owned(),
        Placement::Standalone => format!("width=\"{width}\" height=\"{height}\""),
    };
    let description = escaped(&words::describe(input, scale, series));
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" {placed} role=\"img\" \
         aria-label=\"{description}\" font-size=\"{FONT_SIZE}\">"
    );
    if placement == Placement::Standalone {
        header::write(input, frame, &mut svg);
    }
    let _ = writeln!(svg, "<g transform=\"scale({})\" stroke-linejoin=\"round\">", 1.0 / f64::from(ZOOM));
    svg.push_str(marks);
    svg.push_str("</g>\n");
    text(frame, scale, axis, series, &mut svg);
    svg.push_str("</svg>");
    svg
}

fn text(frame: &Frame, scale: &Scale, axis: &TimeAxis, series: &[Series], svg: &mut String) {
    for tick in scale.ticks.iter().filter(|tick| !tick.label.is_empty()) {
        // 4 pixels: half the height of a digit.
        let y = frame.y(tick.value / scale.top) + 4.0;
        let x = frame.left() - f64::from(GAP);
        Label { text: tick.label.clone(), x, y, anchor: Anchor::End, fill: Label::QUIET }.write(svg);
    }
    axis.labels.iter().for_each(|label| label.write(svg));
    if let Some(label) = limit::label(frame, scale, series) {
        label.write_over_lines(svg);
    }
    if series.iter().all(|series| series.runs.is_empty()) {
        let (x, y) = (frame.x(0.5), frame.y(0.5) + 4.0);
        let text = words::NO_DATA.to_owned();
        Label { text, x, y, anchor: Anchor::Middle, fill: "var(--ink-2)" }.write_over_lines(svg);
    }
}
