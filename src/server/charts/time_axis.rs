//! The horizontal axis: round moments in UTC and their labels, as many as there is room for.

use chrono::{DateTime, Datelike, Months, NaiveTime, TimeDelta, Utc};

use super::ChartError;
use super::frame::{Frame, GAP};
use super::label::{Anchor, Label, width};

/// More labels than this say no more.
const MOST_LABELS: f64 = 7.5;
/// Between two labels.
const BETWEEN: u16 = 12;
/// Below the plotted area.
const BASELINE: f64 = 17.0;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The epoch was a Thursday; weeks start on Mondays.
const FIRST_MONDAY: i64 = 4 * DAY;

/// How far apart labels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spacing {
    /// In seconds, dividing a day.
    Within(i64),
    Days(i64),
    Weeks(i64),
    /// Dividing a year.
    Months(u32),
}

/// From close to far.
const SPACINGS: [Spacing; 20] = [
    Spacing::Within(MINUTE),
    Spacing::Within(2 * MINUTE),
    Spacing::Within(5 * MINUTE),
    Spacing::Within(15 * MINUTE),
    Spacing::Within(30 * MINUTE),
    Spacing::Within(HOUR),
    Spacing::Within(2 * HOUR),
    Spacing::Within(3 * HOUR),
    Spacing::Within(6 * HOUR),
    Spacing::Within(12 * HOUR),
    Spacing::Days(1),
    Spacing::Days(2),
    Spacing::Weeks(1),
    Spacing::Weeks(2),
    Spacing::Months(1),
    Spacing::Months(2),
    Spacing::Months(3),
    Spacing::Months(6),
    Spacing::Months(12),
    Spacing::Months(24),
];

/// A horizontal axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TimeAxis {
    /// Where its ticks are, as fractions of the plotted area.
    pub ticks: Vec<f64>,
    /// In CSS pixels; none overlaps another or leaves the drawing.
    pub labels: Vec<Label>,
}

impl TimeAxis {
    /// The longest range: longer than any that the panel asks for.
    pub const MAX_DAYS: i64 = 1_500;

    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>, frame: &Frame) -> Result<Self, ChartError> {
        let span = to - from;
        if span <= TimeDelta::zero() || span > TimeDelta::days(Self::MAX_DAYS) {
            return Err(ChartError::Range);
        }
        let spacing = spacing(span, frame.right() - frame.left());
        let mut axis = Self { ticks: Vec::new(), labels: Vec::new() };
        // All times are UTC: said once, where the axis starts.
        let zone = Label {
            text: "UTC".to_owned(),
            x: frame.left() - f64::from(GAP),
            y: frame.bottom() + BASELINE,
            anchor: Anchor::End,
            fill: Label::QUIET,
        };
        let mut free_from = frame.left();
        for at in spacing.moments(from, to) {
            let fraction = (at - from).as_seconds_f64() / span.as_seconds_f64();
            let text = spacing.label(at);
            let half = f64::from(width(&text)) / 2.0;
            // A label at an edge is moved in; its tick stays.
            let x = frame.x(fraction).clamp(frame.left() + half, frame.width() - 2.0 - half);
            if x - half >= free_from {
                free_from = x + half + f64::from(GAP);
                axis.ticks.push(fraction);
                axis.labels.push(Label { text, x, anchor: Anchor::Middle, ..zone.clone() });
            }
        }
        axis.labels.push(zone);
        Ok(axis)
    }
}

/// The closest that is still calm.
fn spacing(span: TimeDelta, room: f64) -> Spacing {
    let fits = |spacing: &Spacing| {
        let labels = span.as_seconds_f64() / spacing.seconds();
        labels <= MOST_LABELS && labels * f64::from(width(spacing.widest()) + BETWEEN) <= room
    };
    SPACINGS.into_iter().find(fits).unwrap_or(Spacing::Months(24))
}

impl Spacing {
    /// About: months differ.
    fn seconds(self) -> f64 {
        match self {
            Self::Within(seconds) => seconds as f64,
            Self::Days(days) => (days * DAY) as f64,
            Self::Weeks(weeks) => (weeks * 7 * DAY) as f64,
            Self::Months(months) => f64::from(months) * 30.5 * DAY as f64,
        }
    }

    const fn widest(self) -> &'static str {
        match self {
            Self::Within(_) => "00:00",
            Self::Days(_) | Self::Weeks(_) => "Aug 30",
            Self::Months(_) => "2026",
        }
    }

    /// The round moments from `from` to `to`, both included.
    fn moments(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let even = |step: i64, offset: i64| {
            let first = from.timestamp() + (offset - from.timestamp()).rem_euclid(step);
            let steps = (first..=to.timestamp()).step_by(usize::try_from(step).unwrap_or(usize::MAX));
            steps.filter_map(|seconds| DateTime::from_timestamp(seconds, 0)).filter(|at| *at >= from).collect()
        };
        match self {
            Self::Within(seconds) => even(seconds, 0),
            Self::Days(days) => even(days * DAY, 0),
            Self::Weeks(weeks) => even(weeks * 7 * DAY, FIRST_MONDAY),
            Self::Months(months) => {
                let start = from.date_naive().with_day(1).and_then(|day| day.with_month(1));
                let start = start.map(|day| day.and_time(NaiveTime::MIN).and_utc());
                std::iter::successors(start, |at| at.checked_add_months(Months::new(months)))
                    .skip_while(|at| *at < from)
                    .take_while(|at| *at <= to)
                    .collect()
            }
        }
    }

    /// What changed most at this moment: the hour, at midnight the day, in January the year.
    fn label(self, at: DateTime<Utc>) -> String {
        let format = match self {
            Self::Within(_) if at.time() == NaiveTime::MIN => "%b %-d",
            Self::Within(_) => "%H:%M",
            Self::Days(_) | Self::Weeks(_) => "%b %-d",
            Self::Months(_) if at.month() == 1 => "%Y",
            Self::Months(_) => "%b",
        };
        at.format(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::server::charts::{NARROW, Size, WIDE};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn labels(from: &str, to: &str, frame: &Frame) -> Vec<String> {
        let axis = TimeAxis::new(at(from), at(to), frame).unwrap();
        axis.labels.into_iter().map(|label| label.text).filter(|text| text != "UTC").collect()
    }

    #[test]
    fn labels_stand_at_round_moments_that_fit_the_range() {
        let wide = Frame::new(WIDE, 0, 30);
        let narrow = Frame::new(NARROW, 0, 30);
        for (frame, from, to, expected) in [
            (wide, "2025-11-21T10:07:00Z", "2025-11-21T11:07:00Z", &["10:15", "10:30", "10:45", "11:00"][..]),
            (wide, "2025-11-21T10:00:00Z", "2025-11-22T10:00:00Z", &["12:00", "18:00", "Nov 22", "06:00"]),
            (narrow, "2025-11-21T10:00:00Z", "2025-11-22T10:00:00Z", &["12:00", "18:00", "Nov 22", "06:00"]),
            (
                wide,
                "2025-11-15T10:00:00Z",
                "2025-11-22T10:00:00Z",
                &["Nov 16", "Nov 17", "Nov 18", "Nov 19", "Nov 20", "Nov 21", "Nov 22"],
            ),
            (narrow, "2025-11-15T10:00:00Z", "2025-11-22T10:00:00Z", &["Nov 16", "Nov 18", "Nov 20", "Nov 22"]),
            (wide, "2025-10-23T12:00:00Z", "2025-11-22T12:00:00Z", &["Oct 27", "Nov 3", "Nov 10", "Nov 17"]),
            (wide, "2024-11-22T00:00:00Z", "2025-11-22T00:00:00Z", &["2025", "Mar", "May", "Jul", "Sep", "Nov"]),
        ] {
            assert_eq!(labels(from, to, &frame), expected, "{from} to {to}");
        }
    }

    #[test]
    fn ranges_that_no_chart_can_show_are_refused() {
        let frame = Frame::new(WIDE, 0, 30);
        for (from, to) in [
            ("2025-11-21T10:00:00Z", "2025-11-21T10:00:00Z"),
            ("2025-11-21T10:00:00Z", "2025-11-21T09:00:00Z"),
            ("1970-01-01T00:00:00Z", "2025-11-21T09:00:00Z"),
        ] {
            assert!(matches!(TimeAxis::new(at(from), at(to), &frame), Err(ChartError::Range)));
        }
    }

    proptest! {
        #[test]
        fn labels_never_overlap_nor_leave_the_drawing(
            from in 0i64..2_000_000_000, span in 1i64..=TimeAxis::MAX_DAYS * DAY, width in 240u16..=2_000, left in 0u16..80,
        ) {
            let frame = Frame::new(Size::fixed(width, 190), 0, left);
            let from = DateTime::from_timestamp(from, 0).unwrap();
            let axis = TimeAxis::new(from, from + TimeDelta::seconds(span), &frame).unwrap();
            for (index, label) in axis.labels.iter().enumerate() {
                let bounds = label.bounds();
                prop_assert!(bounds.left >= 0.0 && bounds.right <= frame.width() && bounds.bottom <= 190.0);
                let apart = |other: &Label| other.bounds().right <= bounds.left || bounds.right <= other.bounds().left;
                prop_assert!(axis.labels[..index].iter().all(apart));
            }
        }
    }
}
