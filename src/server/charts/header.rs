//! The heading and legend of a drawing that stands alone. In a page of the panel these are HTML.

use std::fmt::Write as _;

use super::frame::{Frame, heading_lines};
use super::ink::{Ink, STYLE};
use super::label::{Anchor, FONT_SIZE, Label, cut, escaped, width};
use super::{ChartInput, Placement, words};
use crate::views::chart::SeriesStyle;

/// From the edges of the drawing.
const INSET: u16 = 12;
/// From a sign to its word.
const SIGN: u16 = 26;
/// From a word to the next sign.
const BETWEEN: u16 = 14;

/// Title for the browser's tab, style, ground, heading, legend.
pub(super) fn write(input: &ChartInput, frame: &Frame, svg: &mut String) {
    let title = words::title(input);
    let (width, height) = (frame.size.width(), frame.size.height());
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "<title>{}</title>{STYLE}", escaped(&title));
    let _ = writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", Ink::Surface.paint());
    let legend_width = legend_width(input);
    let one_line = heading_lines(frame.size, Placement::Standalone) == 1;
    let room = width - 2 * INSET - if one_line { legend_width + BETWEEN } else { 0 };
    // Bold text is up to an eighth wider.
    let text = cut(&title, room - room / 8);
    let heading = Label { text, x: INSET.into(), y: 20.0, anchor: Anchor::Start, fill: "var(--ink)" };
    heading.write_with(" font-weight=\"650\"", svg);
    let (x, y) = if one_line { (width - INSET - legend_width, 20) } else { (INSET, 42) };
    legend(input, x, y, svg);
}

fn legend_width(input: &ChartInput) -> u16 {
    let styles = input.kind.series();
    styles.iter().map(|style| SIGN + width(style.label()) + BETWEEN).sum::<u16>() - BETWEEN
}

fn legend(input: &ChartInput, mut x: u16, baseline: u16, svg: &mut String) {
    for style in input.kind.series() {
        sign(*style, x, baseline - FONT_SIZE / 3, svg);
        let text = style.label().to_owned();
        let advance = SIGN + width(&text) + BETWEEN;
        Label { text, x: (x + SIGN).into(), y: baseline.into(), anchor: Anchor::Start, fill: "var(--ink-2)" }
            .write(svg);
        x += advance;
    }
}

/// A sample of the line with its marker.
fn sign(style: SeriesStyle, x: u16, y: u16, svg: &mut String) {
    let paint = Ink::of(style).paint();
    let line = |width: &str, dash: &str| {
        format!("<path d=\"M{x} {y}h20\" stroke=\"{paint}\" stroke-width=\"{width}\"{dash}/>")
    };
    let _ = match style {
        SeriesStyle::Legacy => writeln!(
            svg,
            "{}<rect x=\"{}\" y=\"{}\" width=\"7\" height=\"7\" fill=\"{}\" stroke=\"{paint}\" stroke-width=\"1.5\"/>",
            line("1.5", " stroke-dasharray=\"5.5 2.5\""),
            f64::from(x) + 6.5,
            f64::from(y) - 3.5,
            Ink::Surface.paint(),
        ),
        SeriesStyle::Candidate | SeriesStyle::Configured => {
            writeln!(svg, "{}<circle cx=\"{}\" cy=\"{y}\" r=\"3.4\" fill=\"{paint}\"/>", line("1.8", ""), x + 10)
        }
        SeriesStyle::Comparisons => writeln!(svg, "{}", line("1.5", "")),
        SeriesStyle::Discrepancies => writeln!(
            svg,
            "<path d=\"M{} {}v10M{0} {1}m5 4v6m5 -3v3\" stroke=\"{paint}\" stroke-width=\"3\"/>",
            x + 6,
            y - 5
        ),
    };
}
