//! What both paths did over the range, side by side, and what shadow runs showed.

use leptos::prelude::*;

use super::figures::Value;
use super::mark::MarkShape;
use crate::domain::path::Path;
use crate::ui::erased::Erase;
use crate::views::format;
use crate::views::summary::{PathSummary, ShadowSummary};

const ERROR_RATE: &str = "Error rate";

type Pick = fn(&PathSummary) -> String;

const OUTCOMES: [(&str, Pick); 6] = [
    ("Requests", |path| format::count(path.requests)),
    ("OK", |path| format::count(path.ok)),
    ("Errors", |path| format::count(path.errors)),
    ("Caller errors", |path| format::count(path.caller_errors)),
    ("Fallbacks", |path| format::count(path.fallbacks)),
    (ERROR_RATE, |path| format::rate(path.error_rate)),
];

const LATENCIES: [(&str, Pick); 4] = [
    ("Mean", |path| format::latency(path.mean_ms)),
    ("p50", |path| format::latency(path.p50_ms)),
    ("p95", |path| format::latency(path.p95_ms)),
    ("p99", |path| format::latency(path.p99_ms)),
];

/// The summaries of a range.
#[component]
pub fn PathTables(legacy: PathSummary, candidate: PathSummary, shadow: ShadowSummary) -> impl IntoView {
    view! {
        <div class="summaries">
            <PathTable title="Outcomes" rows=&OUTCOMES legacy=legacy.clone() candidate=candidate.clone() />
            <PathTable title="Latency" rows=&LATENCIES legacy candidate />
            <ShadowTable shadow />
        </div>
    }
    .erased()
}

#[component]
fn PathTable(
    title: &'static str,
    rows: &'static [(&'static str, Pick)],
    legacy: PathSummary,
    candidate: PathSummary,
) -> impl IntoView {
    let rows = rows.iter().map(|(name, pick)| {
        view! {
            <tr class:total=*name == ERROR_RATE>
                <th scope="row">{*name}</th>
                <td><Value value=pick(&legacy) /></td>
                <td><Value value=pick(&candidate) /></td>
            </tr>
        }
    });
    view! {
        <section class="card summary">
            <table>
                <caption>{title}</caption>
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col"><MarkShape path=Path::Legacy />"legacy"</th>
                        <th scope="col"><MarkShape path=Path::Candidate />"candidate"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .erased()
}

#[component]
fn ShadowTable(shadow: ShadowSummary) -> impl IntoView {
    let rows = [
        ("Comparisons", shadow.comparisons, None),
        ("Discrepancies", shadow.discrepancies, Some(shadow.discrepancy_rate)),
        ("Shadow errors", shadow.errors, Some(shadow.error_rate)),
    ];
    let rows = rows.into_iter().map(|(name, count, rate)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td><Value value=format::count(count) /></td>
                <td>{rate.map(|rate| view! { <Value value=format::rate(rate) /> })}</td>
            </tr>
        }
    });
    view! {
        <section class="card summary">
            <table>
                <caption>"Shadow runs"</caption>
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">"count"</th>
                        <th scope="col">"rate"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            <p class="small note">
                "A discrepancy: both answered, with different results. A shadow error: only the candidate failed."
            </p>
        </section>
    }
    .erased()
}
