//! Colours by their role. plotters knows only RGB, so each role is drawn in an RGB that stands for it and that
//! [`themed`] turns into the custom property; the values of the properties are the page's, or [`STYLE`] standing alone.

use plotters::style::{Color, RGBColor, ShapeStyle};

use crate::views::chart::SeriesStyle;

/// A role, with the pattern of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Legacy,
    LegacyDashed,
    Candidate,
    Comparisons,
    Failed,
    Limit,
    Grid,
    Baseline,
    Surface,
}

impl Ink {
    const ALL: [Self; 9] = [
        Self::Legacy,
        Self::LegacyDashed,
        Self::Candidate,
        Self::Comparisons,
        Self::Failed,
        Self::Limit,
        Self::Grid,
        Self::Baseline,
        Self::Surface,
    ];

    /// The ink of a series' line.
    pub const fn of(series: SeriesStyle) -> Self {
        match series {
            SeriesStyle::Legacy => Self::LegacyDashed,
            SeriesStyle::Candidate | SeriesStyle::Configured => Self::Candidate,
            SeriesStyle::Comparisons => Self::Comparisons,
            SeriesStyle::Discrepancies => Self::Failed,
        }
    }

    /// The colour, for attributes.
    pub const fn paint(self) -> &'static str {
        match self {
            Self::Legacy | Self::LegacyDashed => "var(--legacy)",
            Self::Candidate => "var(--candidate)",
            Self::Comparisons => "var(--ink-3)",
            Self::Failed | Self::Limit => "var(--failed)",
            Self::Grid => "var(--line)",
            Self::Baseline => "var(--line-strong)",
            Self::Surface => "var(--surface)",
        }
    }

    /// The attributes that plotters cannot write, in the plot's units.
    const fn pattern(self) -> &'static str {
        match self {
            Self::LegacyDashed => " stroke-dasharray=\"55 25\"",
            Self::Limit => " stroke-dasharray=\"40 30\"",
            Self::Grid | Self::Baseline => " shape-rendering=\"crispEdges\"",
            Self::Legacy | Self::Candidate | Self::Comparisons | Self::Failed | Self::Surface => "",
        }
    }

    /// A line of this ink; `width` in the plot's units.
    pub fn stroke(self, width: u32) -> ShapeStyle {
        self.rgb().stroke_width(width)
    }

    /// An area of this ink.
    pub fn fill(self) -> ShapeStyle {
        self.rgb().filled()
    }

    /// An area of this ink that others are seen through.
    pub fn wash(self) -> ShapeStyle {
        self.rgb().mix(0.12).filled()
    }

    /// What plotters draws instead; the last byte tells which it is.
    const fn rgb(self) -> RGBColor {
        RGBColor(0xC4, 0x05, self as u8)
    }
}

/// The drawing with each stand-in replaced by what it stands for.
pub(super) fn themed(svg: &str) -> String {
    const STAND_IN: &str = "=\"#C405";
    let mut parts = svg.split(STAND_IN);
    let mut themed = String::with_capacity(svg.len() + svg.len() / 8);
    themed.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let ink =
            part.get(..2).and_then(|code| usize::from_str_radix(code, 16).ok()).and_then(|code| Ink::ALL.get(code));
        if let (Some(ink), Some(rest)) = (ink, part.get(3..)) {
            themed.push_str("=\"");
            themed.push_str(ink.paint());
            themed.push('"');
            themed.push_str(ink.pattern());
            themed.push_str(rest);
        }
    }
    themed.replace(" opacity=\"1\"", "")
}

/// The look of a drawing that stands alone: the tokens of the panel, and its font.
pub(super) const STYLE: &str = "<style>\
:root{--surface:#ffffff;--line:#dde1e7;--line-strong:#c3cad4;--ink:#16202e;--ink-2:#4a5668;--ink-3:#5f6a7d;\
--legacy:#b45309;--candidate:#1d5fd1;--failed:#b42318}\
@media (prefers-color-scheme:dark){:root{--surface:#151c26;--line:#263140;--line-strong:#3a4859;--ink:#e8edf4;\
--ink-2:#aeb9c8;--ink-3:#8f9bad;--legacy:#f0a04b;--candidate:#72a7ff;--failed:#ff8a7e}}\
text{font-family:ui-sans-serif,system-ui,\"Segoe UI\",\"Helvetica Neue\",Arial,sans-serif;\
font-variant-numeric:tabular-nums}</style>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_comes_back_from_its_stand_in() {
        for ink in Ink::ALL {
            let RGBColor(r, g, b) = ink.rgb();
            let drawn = format!("<line opacity=\"1\" stroke=\"#{r:02X}{g:02X}{b:02X}\" x1=\"0\"/>");
            assert_eq!(themed(&drawn), format!("<line stroke=\"{}\"{} x1=\"0\"/>", ink.paint(), ink.pattern()));
        }
    }

    #[test]
    fn a_drawing_that_stands_alone_brings_every_colour_for_light_and_for_dark() {
        let used = Ink::ALL.map(Ink::paint).into_iter().chain(["var(--ink)", "var(--ink-2)", "var(--ink-3)"]);
        for paint in used {
            let token = paint.trim_start_matches("var(").trim_end_matches(')');
            assert_eq!(STYLE.matches(&format!("{token}:")).count(), 2, "{token}");
        }
    }

    #[test]
    fn a_drawing_that_stands_alone_has_the_colours_of_the_panel() {
        let page = include_str!("../../../style/main.css").replace(char::is_whitespace, "");
        for token in STYLE.split(['{', ';', '}']).filter(|token| token.starts_with("--")) {
            let name = token.split(':').next().unwrap_or_default();
            assert!(!page.contains(&format!("{name}:")) || page.contains(token), "style/main.css has another {token}");
        }
    }
}
