//! The numbers behind a chart, for those who want them one by one or cannot see the drawing.

use leptos::prelude::*;

use super::figures::Value;
use crate::ui::erased::Erase;
use crate::views::chart::ChartTable;
use crate::views::format;

/// A table behind a fold. It scrolls in its own box.
#[component]
pub fn ChartTableFold(title: &'static str, table: ChartTable) -> impl IntoView {
    let body = if table.rows.is_empty() {
        view! { <p class="small note">"No data in this range."</p> }.erased()
    } else {
        let columns = table.columns.iter().map(|column| view! { <th scope="col">{*column}</th> });
        let rows = table.rows.into_iter().map(|row| {
            let cells = row.cells.into_iter().map(|value| view! { <td><Value value /></td> });
            view! {
                <tr>
                    <th scope="row">{format::minute(row.at)}</th>
                    {cells.collect_view()}
                </tr>
            }
        });
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Table of {title}")>
                <table>
                    <caption class="unseen">{title}", newest first; each row is a step from the time given"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"from"</th>
                            {columns.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .erased()
    };
    view! {
        <details class="fold">
            <summary>"Table"<span class="unseen">" of "{title}</span></summary>
            {body}
        </details>
    }
    .erased()
}
