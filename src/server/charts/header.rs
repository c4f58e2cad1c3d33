//! The heading and legend of a drawing that stands alone. In a page of the panel these are HTML.

use std::fmt::Write as _;

use super::frame::{Frame, Size};
use super::ink::{Ink, STYLE};
use super::label::{Anchor, FONT_SIZE, Label, cut, escaped, width};
use super::{ChartInput, words};
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
    let room = width - 2 * INSET;
    // Bold text is up to an eighth wider.
    let text = cut(&title, room - room / 8);
    let heading = Label { text, x: INSET.into(), y: 20.0, anchor: Anchor::Start, fill: "var(--ink)" };
    heading.write_with(" font-weight=\"650\"", svg);
    let (x, y) = if lines(input, frame.size) == 1 { (width - INSET - legend_width(input), 20) } else { (INSET, 42) };
    legend(input, x, y, width - INSET, svg);
}

/// How many lines they take: the legend has its own where the heading leaves no room for it.
pub(super) fn lines(input: &ChartInput, size: Size) -> u16 {
    let title = width(&words::title(input));
    let needed = [title, title / 8, BETWEEN, legend_width(input), 2 * INSET].into_iter().fold(0, u16::saturating_add);
    if needed <= size.width() { 1 } else { 2 }
}

fn legend_width(input: &ChartInput) -> u16 {
    let styles = input.kind.series();
    styles.iter().map(|style| SIGN + width(style.label()) + BETWEEN).sum::<u16>() - BETWEEN
}

/// From `x` to `end` at most: in the smallest drawings a word is cut short.
fn legend(input: &ChartInput, mut x: u16, baseline: u16, end: u16, svg: &mut String) {
    for style in input.kind.series() {
        sign(*style, x, baseline - FONT_SIZE / 3, svg);
        let text = cut(style.label(), end.saturating_sub(x + SIGN));
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
