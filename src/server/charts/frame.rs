//! The sizes of a drawing and where its plotted area lies, in CSS pixels. It does not know what is plotted.

use std::ops::RangeInclusive;

use super::ChartError;

/// The size of a drawing in CSS pixels, at which its text is 12 pixels high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    width: u16,
    height: u16,
}

impl Size {
    /// The widths that there are.
    pub const WIDTHS: RangeInclusive<u32> = 240..=2_000;
    /// The heights that there are.
    pub const HEIGHTS: RangeInclusive<u32> = 120..=1_200;

    /// A size within the bounds.
    pub fn new(width: u32, height: u32) -> Result<Self, ChartError> {
        if !Self::WIDTHS.contains(&width) || !Self::HEIGHTS.contains(&height) {
            return Err(ChartError::Size);
        }
        match (width.try_into(), height.try_into()) {
            (Ok(width), Ok(height)) => Ok(Self { width, height }),
            _ => Err(ChartError::Size),
        }
    }

    pub(super) const fn fixed(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    /// In CSS pixels.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// In CSS pixels.
    pub const fn height(self) -> u16 {
        self.height
    }
}

/// Above the plotted area: half a line of text, for the label of its top line.
const TOP: u16 = 12;
/// Below it: the time labels.
const BOTTOM: u16 = 24;
/// Right of it: half of a last marker.
const RIGHT: u16 = 12;
/// Left of it at least: all but rare labels fit, so that charts above each other share one time axis.
const LEFT: u16 = 58;
/// Between a label and what it labels.
pub(super) const GAP: u16 = 8;
/// The height of a line of the heading.
const HEADING: u16 = 22;
/// Tick labels closer than this are hard to tell apart.
const ROW: u16 = 24;

/// Where the plotted area lies in a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub size: Size,
    pub left: u16,
    /// From the right edge of the drawing.
    pub margin_right: u16,
    pub top: u16,
    /// From the bottom edge of the drawing.
    pub margin_bottom: u16,
}

impl Frame {
    /// Leaves room for a heading of so many lines, and for tick labels that are `label_width` wide.
    pub fn new(size: Size, heading_lines: u16, label_width: u16) -> Self {
        Self {
            size,
            left: LEFT.max(label_width + GAP + 2),
            margin_right: RIGHT,
            top: TOP + HEADING * heading_lines,
            margin_bottom: BOTTOM,
        }
    }

    pub fn width(&self) -> f64 {
        self.size.width.into()
    }

    pub fn left(&self) -> f64 {
        self.left.into()
    }

    pub fn right(&self) -> f64 {
        (self.size.width - self.margin_right).into()
    }

    pub fn top(&self) -> f64 {
        self.top.into()
    }

    pub fn bottom(&self) -> f64 {
        (self.size.height - self.margin_bottom).into()
    }

    /// The pixel at a fraction of the width of the plotted area.
    pub fn x(&self, fraction: f64) -> f64 {
        self.left() + fraction * (self.right() - self.left())
    }

    /// The pixel at a fraction of the height of the plotted area, from its bottom.
    pub fn y(&self, fraction: f64) -> f64 {
        self.bottom() - fraction * (self.bottom() - self.top())
    }
}

/// How many rows between tick lines there is room for.
pub(super) fn rows(size: Size, heading_lines: u16) -> u16 {
    let height = size.height - TOP - BOTTOM - HEADING * heading_lines;
    (height / ROW).clamp(2, 4)
}
