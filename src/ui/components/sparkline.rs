//! Requests of the last 24 hours, one bar an hour: candidate below, filled; legacy above, hollow.

use leptos::prelude::*;

use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::overview::SparkPoint;
use crate::views::sparkline::{Bar, HEIGHT, bars, totals};

/// The bars. Their scale is their own: the figures beside them say how much it is.
#[component]
pub fn Sparkline(points: Vec<SparkPoint>) -> impl IntoView {
    let (legacy, candidate) = totals(&points);
    let label = format!(
        "Requests per hour over 24 hours: {} by legacy and {} by the candidate in all",
        format::count(legacy),
        format::count(candidate)
    );
    let bars = bars(&points).into_iter().zip(0_u8..).map(|(Bar { candidate, legacy }, hour)| {
        let x = f64::from(hour) + 0.1;
        view! {
            <rect class="spark-candidate" x=unit(x) y=unit(HEIGHT - candidate) width="0.8" height=unit(candidate) />
            <rect class="spark-legacy" x=unit(x) y=unit(HEIGHT - candidate - legacy) width="0.8" height=unit(legacy) />
        }
    });
    view! {
        <svg class="spark" viewBox="0 0 24 20" preserveAspectRatio="none" role="img" aria-label=label>
            {bars.collect_view()}
        </svg>
    }
    .erased()
}

fn unit(value: f64) -> String {
    format!("{value:.2}")
}
