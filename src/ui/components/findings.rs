//! What went wrong, by where and how: differing fields of shadow runs, and kinds of errors on each path.

use leptos::prelude::*;

use super::mark::MarkShape;
use crate::domain::path::Path;
use crate::ui::erased::Erase;
use crate::views::feature::{DiscrepancyRow, ErrorKindRow};
use crate::views::format;

/// The fields that differed; `none` says what it means when there are none.
#[component]
pub fn Discrepancies(key: String, rows: Vec<DiscrepancyRow>, none: &'static str) -> impl IntoView {
    let body = if rows.is_empty() {
        view! { <p class="small note">{none}</p> }.erased()
    } else {
        let rows = rows.into_iter().map(|row| {
            view! {
                <tr>
                    <th scope="row" class="mono field-path">{row.field}</th>
                    <td class="word">{row.kind}</td>
                    <td>{format::count(row.count)}</td>
                </tr>
            }
        });
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Table of differing fields">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"field"</th>
                            <th scope="col" class="word">"difference"</th>
                            <th scope="col">"count"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            <p class="small note">
                "missing: only legacy has it · extra: only the candidate has it · type, value: both have it, unlike · order: the same list in another order"
            </p>
        }
        .erased()
    };
    view! {
        <section class="card finding" aria-labelledby="Discrepancies">
            <h3 id="Discrepancies">"Discrepancies by field"</h3>
            {body}
            <p class="small note">
                <a href=format!("/features/{key}/discrepancies") rel="external">"Both sides, over time"</a>
            </p>
        </section>
    }
    .erased()
}

/// The kinds of errors; `none` says what it means when there are none.
#[component]
pub fn ErrorKinds(rows: Vec<ErrorKindRow>, none: &'static str) -> impl IntoView {
    let body = if rows.is_empty() {
        view! { <p class="small note">{none}</p> }.erased()
    } else {
        let rows = rows.into_iter().map(|row| {
            view! {
                <tr>
                    <th scope="row" class="mono field-path">{row.kind}</th>
                    <td>{format::count(row.legacy)}</td>
                    <td>{format::count(row.candidate)}</td>
                </tr>
            }
        });
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Table of kinds of errors">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"kind"</th>
                            <th scope="col"><MarkShape path=Path::Legacy />"legacy"</th>
                            <th scope="col"><MarkShape path=Path::Candidate />"candidate"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .erased()
    };
    view! {
        <section class="card finding" aria-labelledby="ErrorKinds">
            <h3 id="ErrorKinds">"Errors by kind"</h3>
            {body}
        </section>
    }
    .erased()
}
