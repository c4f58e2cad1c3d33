//! The words at the limit, set where they hide as little of the lines as possible. The limit's line is in `plot`.

use super::frame::Frame;
use super::ink::Ink;
use super::label::{Anchor, Label, width};
use super::scale::{Limit, Scale};
use super::series::Series;
use crate::views::format;

/// Between the words and the edge of the plotted area.
const INSET: f64 = 4.0;

/// The words, unless there is no limit.
pub(super) fn label(frame: &Frame, scale: &Scale, series: &[Series]) -> Option<Label> {
    let (text, baselines) = match scale.limit? {
        Limit::Line(limit) => {
            let y = frame.y(limit / scale.top);
            (format!("limit {}", format::rate(Some(limit))), [y - 5.0, y + 14.0])
        }
        Limit::AboveScale(limit) => {
            let y = frame.top() + 14.0;
            let number = format::rate(Some(limit));
            let full = format!("limit {number} is above this scale");
            let fits = f64::from(width(&full)) + 2.0 * INSET <= frame.right() - frame.left();
            (if fits { full } else { format!("limit {number} is above") }, [y, y])
        }
    };
    let ends = [(frame.right() - INSET, Anchor::End), (frame.left() + INSET, Anchor::Start)];
    baselines
        .into_iter()
        .flat_map(|y| ends.map(|(x, anchor)| (x, y, anchor)))
        .map(|(x, y, anchor)| Label { text: text.clone(), x, y, anchor, fill: Ink::Limit.paint() })
        .filter(|label| label.bounds().top >= frame.top() - 12.0 && label.bounds().bottom <= frame.bottom())
        .min_by_key(|label| hidden(label, frame, scale, series))
}

/// About how much of the lines lies under a label.
fn hidden(label: &Label, frame: &Frame, scale: &Scale, series: &[Series]) -> usize {
    /// Looks between points too: lines cross a label without a point in it.
    const BETWEEN: u8 = 8;
    let bounds = label.bounds();
    let is_under = |x: f64, y: f64| bounds.contains(frame.x(x), frame.y(y / scale.top));
    series
        .iter()
        .flat_map(|series| &series.runs)
        .map(|run| {
            let single = usize::from(run.len() == 1 && run.iter().any(|&(x, y)| is_under(x, y)));
            let pairs = run.windows(2).flat_map(|pair| {
                let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
                (0..=BETWEEN).map(move |part| {
                    let part = f64::from(part) / f64::from(BETWEEN);
                    (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
                })
            });
            single + pairs.filter(|&(x, y)| is_under(x, y)).count()
        })
        .sum()
}
