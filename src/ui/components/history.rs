//! What was changed, by whom and why.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::ui::erased::Erase;
use crate::views::feature::HistoryRow;
use crate::views::format;

/// The rollout changes of a feature, newest first.
#[component]
pub fn History(rows: Vec<HistoryRow>, now: DateTime<Utc>) -> impl IntoView {
    let rows = rows.into_iter().map(|row| {
        let change = match row.from {
            Some(from) => format!("{from} → {}", row.to),
            None => row.to.to_string(),
        };
        let reason = (!row.reason.is_empty()).then(|| format!(": {}", row.reason));
        view! {
            <li>
                <p class="trail-time">
                    <time datetime=row.at.to_rfc3339()>{format::minute(row.at)}</time>
                    <span class="small">{format::ago(row.at, now)}</span>
                </p>
                <div>
                    <p><b>{change}</b> " " {row.kind}</p>
                    <p class="small">"by " {row.actor} {reason}</p>
                </div>
            </li>
        }
    });
    view! {
        <section class="card finding" aria-labelledby="History">
            <h3 id="History">"Changes"</h3>
            <ol class="trail">{rows.collect_view()}</ol>
        </section>
    }
    .erased()
}
